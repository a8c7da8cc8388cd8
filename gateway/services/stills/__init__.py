"""Stills for the note, from the press to the care system."""
