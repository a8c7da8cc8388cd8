"""The audit trail as evidence: its chains, their sealing, their check, and what a citizen is told of them."""
