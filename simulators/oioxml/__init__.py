"""A VANS client with a municipality's old care system behind it: XDIS91 letters in, XCTL receipts into a folder."""
