"""Stand-ins for the systems around the gateway: real HTTP servers that know nothing of the product they test."""
