"""Help on every page, whom to call, and wishes and faults that reach somebody (requirements.md U15, N09, N24)."""
