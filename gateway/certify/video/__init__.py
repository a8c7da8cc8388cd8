"""A bench for each system that keeps the rooms of calls."""
