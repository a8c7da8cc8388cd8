"""The contract tried on a vendor's own system, and on a connection that is set up already (requirements.md AD20)."""
