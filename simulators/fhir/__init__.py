"""A small FHIR R4 server that the care system and the practice system share."""
