"""Into the gateway: launches from the care record, logins, a typed number, another device."""
