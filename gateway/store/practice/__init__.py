"""Practices, their hours and the connections they are reached by."""
