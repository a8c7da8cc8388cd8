"""What operations look at and mend: what is owed, alarms, differences; above all other wings of the store."""
