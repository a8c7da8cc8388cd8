"""The promises of ``adapters/contract`` asked of a running system, and a report its vendor can read."""
