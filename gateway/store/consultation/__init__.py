"""The consultation, its events, deliveries, audit rows and their erasure."""
