"""OAuth 2.0 as a client: who we are, how we prove it, and what we are granted."""
