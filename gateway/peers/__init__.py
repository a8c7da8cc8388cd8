"""Connected systems from their rows: which are in use, how they are built, and who asks for one by what."""
