"""Pictures for the note: when they are offered, what is pressed, what is shown."""
