"""A practice reached over the MedCom net: an access point that takes messages, and a mailbox behind it."""
