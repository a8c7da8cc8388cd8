"""HL7 v2.5.1 beyond its bytes: settings of a line, MSH and PID, acknowledgements, the judge."""
