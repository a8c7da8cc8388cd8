"""Fixtures shared by all layers of tests."""

pytest_plugins = ["tests.support.databases"]
