"""Every metric's name and what it means: docs, alert rules and tests go by these."""

from __future__ import annotations

UP = ("laegebro_database_up", "1 where the database answered this scrape")
DEPTH = ("laegebro_deliveries", "Undone deliveries")
AGE = ("laegebro_delivery_oldest_age_seconds", "Age of the oldest undone delivery")
ATTEMPTS = ("laegebro_attempts", "Attempts that ended, by what they came to")
LATENCY = ("laegebro_attempt_seconds", "How long an attempt took")
LOST = ("laegebro_leases_lost", "Attempts whose process disappeared")
CONNECTION = ("laegebro_connection_state", "1 for the state a connection is in: well, failing, open, paused or retired")
FAILING = ("laegebro_connection_failing_seconds", "For how long a connection has failed; 0 where it does not")
DIFFERENCES = ("laegebro_differences", "What we believe filed and the peer does not show")
REGISTER_AGE = ("laegebro_register_age_days", "Age of a register in force; absent where it was never imported")
REGISTER_LIMIT = ("laegebro_register_limit_days", "Above this age a register is too old")
ROOMS = ("laegebro_rooms", "Rooms of open consultations, and those somebody is connected to")
UNSEALED = ("laegebro_unsealed_seats", "Seats in calls that had to give up encryption from page to page")
SILENCE = ("laegebro_process_silent_seconds", "Since when nobody has heard of any process of that name")
ALARMS = ("laegebro_alarms", "Alarms that are on")
STREAMS = ("laegebro_live_streams", "Open streams of this live process")
