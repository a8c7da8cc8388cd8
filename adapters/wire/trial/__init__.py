"""What a person learns when a connection is tried: network, certificates, and what passed as a page may show it."""
