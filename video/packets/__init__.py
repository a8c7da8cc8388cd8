"""A packet's way through the process, without aiortc: opened, renumbered, sealed, and what is said about it."""
