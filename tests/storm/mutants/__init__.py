"""The design without one of its promises: each mutant takes one away from the running processes of a storm.

A mutant is a function without arguments that changes the product's modules in its own process, before they are used.
"""

from __future__ import annotations

from collections.abc import Mapping


def prepare(environment: Mapping[str, str]) -> None:
    """What the plugin does in each process of the product."""
    if pause := environment.get("STORM_LONGEST_PAUSE"):
        from gateway.domain.peers import delivery

        assert delivery.LONGEST_PAUSE
        delivery.LONGEST_PAUSE = float(pause)
    if environment.get("STORM_STEPS"):
        from tests.storm import steps

        steps.install()
    if name := environment.get("STORM_MUTANT"):
        from tests.storm.mutants import attempts, launches

        {**attempts.MUTANTS, **launches.MUTANTS}[name]()
