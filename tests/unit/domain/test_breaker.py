"""A connection's breaker in virtual time: when it opens, for how long it rests, and what closes it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from gateway.domain.errors import PeerBusy, PeerCannot, PeerError, PeerIll, PeerRefused, PeerUnavailable, PeerUnclear
from gateway.domain.peers.breaker import (
    LONGEST_ASKED,
    LONGEST_REST,
    NOT_CALLED,
    OF_THE_ROW,
    OPENS_AFTER,
    Breaker,
    BreakerState,
    Trouble,
    trouble_of,
    was_asked,
)
from gateway.domain.peers.verdict import LOCKS, judged

START = datetime(2026, 3, 1, 6, 0, tzinfo=UTC)
AWAY = Trouble("unavailable: connecting")
LEASE = timedelta(seconds=30)


def opened(at: datetime = START) -> Breaker:
    breaker = Breaker()
    for _ in range(OPENS_AFTER):
        breaker = breaker.failed(AWAY, at, 1.0)
    return breaker


def test_it_opens_after_failures_in_a_row_and_says_why_and_until_when() -> None:
    breaker = Breaker()
    for _ in range(OPENS_AFTER - 1):
        breaker = breaker.failed(AWAY, START, 1.0)
        assert breaker.is_closed and breaker.reason == ""
    breaker = breaker.failed(AWAY, START, 1.0)
    assert (breaker.state, breaker.since, breaker.reason) == (BreakerState.OPEN, START, AWAY.reason)
    assert breaker.next_probe_at == START + timedelta(seconds=2)
    assert not breaker.may_probe(START) and breaker.may_probe(START + timedelta(seconds=2))


def test_attempts_that_began_before_it_opened_do_not_lengthen_the_rest() -> None:
    breaker = opened()
    assert breaker.failed(AWAY, START + timedelta(seconds=1), 1.0) == breaker


def test_a_failed_probe_doubles_the_rest_up_to_a_minute_and_keeps_since_when_it_is_open() -> None:
    breaker, now, rests = opened(), START, []
    for _ in range(10):
        assert breaker.next_probe_at is not None
        now = breaker.next_probe_at
        breaker = breaker.probing(now, LEASE).failed(AWAY, now, 1.0)
        assert breaker.next_probe_at is not None
        rests.append((breaker.next_probe_at - now).total_seconds())
    assert rests == [4, 8, 16, 32, *[LONGEST_REST] * 6]
    assert breaker.since == START


def test_a_probe_of_which_nothing_is_heard_gives_way_to_another_after_its_lease() -> None:
    probing = opened().probing(START, LEASE)
    assert probing.state is BreakerState.HALF_OPEN
    assert not probing.may_probe(START) and probing.may_probe(START + LEASE)


@pytest.mark.parametrize(("asked", "rest"), [(7, 7), (600, 600), (10**6, LONGEST_ASKED), (0, 2)])
@pytest.mark.parametrize("code", ["http-429", "http-503"])
def test_a_peer_that_asks_to_be_left_alone_is_left_alone_at_once(code: str, asked: int, rest: float) -> None:
    trouble = trouble_of(judged(PeerBusy("eoj", code, asked)))
    assert trouble is not None
    breaker = Breaker().failed(trouble, START, 1.0)
    assert (breaker.state, breaker.next_probe_at) == (BreakerState.OPEN, START + timedelta(seconds=rest))


def test_a_straggler_that_is_asked_to_wait_longer_lengthens_the_rest() -> None:
    breaker = opened().failed(Trouble("http-503", timedelta(seconds=90), at_once=True), START, 1.0)
    assert breaker.next_probe_at == START + timedelta(seconds=90)


OF_ONE_MESSAGE = [
    PeerRefused("eoj", "http-422"),
    PeerCannot("eoj", "task"),
    *(PeerBusy("eoj", code, 5) for code in sorted(OF_THE_ROW | LOCKS) if code not in NOT_CALLED),
]


@pytest.mark.parametrize("fault", OF_ONE_MESSAGE, ids=lambda fault: getattr(fault, "code", "cannot"))
def test_what_a_peer_says_of_one_message_is_no_trouble_of_its_connection(fault: PeerError) -> None:
    assert trouble_of(judged(fault)) is None


def test_what_was_never_sent_says_nothing_of_the_connection() -> None:
    asked = [was_asked(judged(fault)) for fault in OF_ONE_MESSAGE]
    assert asked == [True, False] + [True] * (len(OF_ONE_MESSAGE) - 2)
    assert not was_asked(judged(PeerBusy("eoj", "connection-not-active")))


def test_no_answer_is_trouble_in_every_phase_and_opens_after_several() -> None:
    for phase in ("connecting", "sending", "awaiting the answer"):
        assert trouble_of(judged(PeerUnavailable("eoj", phase))) == Trouble(f"unavailable: {phase}")
    assert trouble_of(judged(PeerUnclear("eoj", "no-fhir"))) == Trouble("no-fhir")


def test_credentials_or_an_address_that_are_ill_open_it_at_once() -> None:
    """Every further attempt would fail as well, and might lock our account."""
    trouble = trouble_of(judged(PeerIll("eoj", "http-401")))
    assert trouble is not None
    assert Breaker().failed(trouble, START, 1.0).reason == "ill: http-401"
