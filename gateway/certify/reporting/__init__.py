"""What a certification writes: its report, and of the wire what may be shown."""
