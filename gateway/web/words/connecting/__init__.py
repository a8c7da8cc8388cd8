"""Words of what stands beside a connection while it is brought into force."""
