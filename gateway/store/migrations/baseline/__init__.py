"""The schema as the first step makes it, one module a wing, in Alembic's operations for both databases. Frozen: a later
change is a step of its own in ``versions``."""
