"""What the benches of deliveries share."""
