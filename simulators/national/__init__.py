"""The national services as one process: a security token service and Det Gode CPR-opslag, which sign and verify."""
