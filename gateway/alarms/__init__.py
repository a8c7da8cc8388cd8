"""Alarms on their way to people: judged from the rows, told by mail and webhook, retried until told."""
