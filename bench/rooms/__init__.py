"""Calls over two media processes, with the real web process between them."""
