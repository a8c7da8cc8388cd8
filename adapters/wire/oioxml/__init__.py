"""MedCom's OIOXML letters (XDIS91) and receipts (XCTL01–03): as they are written and read."""
