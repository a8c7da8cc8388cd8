"""What an auditor asks: refusals, erasure of a month, an incident, and the record of processing (AD18)."""
