"""The consultation note: its facts, texts, review and rules."""
