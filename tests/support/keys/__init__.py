"""Keys in tests: by whoever owns them, and by whoever has nothing but them."""
