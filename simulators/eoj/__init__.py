"""The nurse's care system: where a consultation begins and where its note ends."""
