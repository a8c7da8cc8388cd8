"""Spoilt inputs: the doors, what is said at each, and what an acknowledgement promised."""
