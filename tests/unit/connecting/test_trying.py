"""What a trial tells and does not hold against the connection (AD05)."""

from __future__ import annotations

from datetime import timedelta

from gateway.connecting.naming import clock_told
from gateway.connecting.trying import Step, passed
from gateway.domain.peers.trial import TrialStep

AHEAD = clock_told(timedelta(minutes=2, seconds=5))


def test_ad05_a_clock_that_differs_warns_and_keeps_nothing_from_coming_into_force() -> None:
    well = Step(TrialStep.METADATA, None, "", 1)
    warned = [well, Step(TrialStep.CLOCK, AHEAD, "", 1)]
    assert AHEAD is not None and warned[-1].code == "clock" and passed(warned)


def test_ad05_a_login_refused_because_of_the_clock_does() -> None:
    assert not passed([Step(TrialStep.LOGIN, AHEAD, "", 1)])
