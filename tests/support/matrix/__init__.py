"""Who might try, and at what: the actors and the routes of every process for the isolation matrix."""
