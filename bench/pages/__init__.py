"""Open pages by the thousand: who is logged in and waits where, and a client that reads their streams."""
