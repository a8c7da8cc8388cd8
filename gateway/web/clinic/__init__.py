"""The practice's pages: the waiting room, the call and the settings."""
