"""Organisations, employees, sessions and who is present."""
