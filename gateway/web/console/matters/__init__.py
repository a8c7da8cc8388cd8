"""The organisation's own matters: its practices, statistics, rights, set-up and surroundings."""
