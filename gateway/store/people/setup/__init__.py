"""Revisions of organisations' set-ups as rows."""
