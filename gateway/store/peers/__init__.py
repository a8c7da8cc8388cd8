"""Connections to other systems, and what was answered to them."""
