"""The same slice of random lives in every run of the tests; bench/random_lives.py lives new ones, as many as wanted."""

from __future__ import annotations

from hypothesis import HealthCheck, settings

from tests.unit.domain.random_life import Life

Life.TestCase.settings = settings(
    max_examples=60,
    stateful_step_count=40,
    deadline=None,
    derandomize=True,
    suppress_health_check=list(HealthCheck),
)
TestRandomLives = Life.TestCase
