"""The media process killed in the middle of a talk: both see each other again, without a login."""

from __future__ import annotations

import httpx
import pytest

from tests.support.processes.kills import Killer
from tests.support.processes.stacks import Ledger, World

pytestmark = [pytest.mark.journey, pytest.mark.timeout(600)]


def test_media_killed_while_talking_comes_back_by_itself(world: World) -> None:
    """After the kill both must decode twice as many frames as the talk began with, or the run gives up."""
    ledger, killer = Ledger(world.stack), Killer(world.stack)
    logins_after: list[str] = []

    def between(step: str) -> None:
        if step == "talking":
            killer.kill(["media"], f"after {step}")

    def watch(response: httpx.Response) -> None:
        if killer.kills and "/login" in str(response.request.url):
            logins_after.append(response.request.url.path)

    consultation = world.consultation(between, watch)
    try:
        consultation.run()
        assert len(killer.require()) == 1
        assert all(joins >= 2 for joins in consultation.joins.values()), consultation.joins
        assert logins_after == []
        ledger.require_exactly_once(consultation)
    finally:
        consultation.close()
        killer.settle()
