"""The rules of a video consultation: pure values and moves, no I/O, no clock, no randomness, no logging."""
