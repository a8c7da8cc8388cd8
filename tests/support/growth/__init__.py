"""A database as it is after long use, and what each statement does to it."""
