"""Benches of the national registers: their import, look-ups, and what happens while the national service is down."""
