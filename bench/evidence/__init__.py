"""Benches of the audit trail as evidence."""
