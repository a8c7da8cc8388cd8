"""The practice's own system: receives the queue as FHIR Tasks and shows them on its own screen."""
