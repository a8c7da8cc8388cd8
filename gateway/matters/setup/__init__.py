"""An organisation's set-up: what it may say, its drafts, and what is valid on a day (AD16)."""
