"""Figures for Prometheus on a port of each process's own: by connection, process and register, never by person."""
