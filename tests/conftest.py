"""Fixtures and settings shared by all layers of tests."""

from __future__ import annotations

from hypothesis import HealthCheck, settings

pytest_plugins = ["tests.support.databases"]

# Two noisy cores: how long a draw takes says nothing about the code under test.
settings.register_profile("shared-machine", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("shared-machine")
