"""Benchmarks of the administrator's console."""
