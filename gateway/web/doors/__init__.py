"""Addresses that other systems call: practice systems, the MedCom net, media processes, monitoring."""
