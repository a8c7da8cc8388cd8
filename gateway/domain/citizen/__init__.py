"""The citizen, and whose patient she is."""
