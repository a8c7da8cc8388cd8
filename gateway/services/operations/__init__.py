"""What operations do about deliveries: repair, and comparing what is believed with what peers show."""
