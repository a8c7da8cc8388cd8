"""Codes to words, one table per set of codes."""
