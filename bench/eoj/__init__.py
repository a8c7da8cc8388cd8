"""Benches over every care system that takes notes, found by discovery."""
