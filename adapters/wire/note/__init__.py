"""The note as a care system is sent it, whatever the channel: its Danish text and what it is called."""
