"""A small OAuth 2 authorization server that the simulators share: clients, codes, tokens."""
