"""An organisation's set-up as numbered revisions with the day from which each is valid (requirements.md AD16)."""
