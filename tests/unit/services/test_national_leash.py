"""The national look-up never holds a launch up: a budget, a breaker, and somebody who tells when it is back."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from gateway.domain.citizen.lookup import NationalAnswer
from gateway.domain.errors import PeerCannot, PeerError, PeerRefused, PeerUnavailable
from gateway.domain.identifiers import CitizenId, Cpr
from gateway.services.national import FAILURES, WAITING, BudgetedLookup

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
CITIZEN = Cpr("0201609995")
ANSWER = NationalAnswer.nobody(NOW)
DOWN = PeerUnavailable("dgcpr", "connecting")
LONG = 30.0  # seconds a test waits for something that must happen


class Service:
    """Answers, raises ``fault``, or (``held``) keeps everybody waiting until it is let go."""

    name = "dgcpr"

    def __init__(self) -> None:
        self.fault: Exception | None = None
        self.held = False
        self.let_go = threading.Event()
        self.asked = 0

    def find(self, identifier: CitizenId, now: datetime) -> NationalAnswer:
        self.asked += 1
        if self.held:
            assert self.let_go.wait(LONG)
        if self.fault is not None:
            raise self.fault
        return ANSWER


class Time:
    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def service() -> Iterator[Service]:
    service = Service()
    yield service
    service.let_go.set()


@pytest.fixture
def time() -> Time:
    return Time()


def leash(service: Service, time: Time, budget: float = LONG) -> BudgetedLookup:
    return BudgetedLookup(service, budget=budget, rest=15.0, monotonic=time)


def settled(lookup: BudgetedLookup) -> None:
    """Until everything asked has been answered or given up."""
    for _ in range(3000):
        if lookup._on_the_way == 0:
            return
        threading.Event().wait(0.01)
    raise AssertionError("a question is still on its way")


def test_an_answer_in_time_is_passed_on(service: Service, time: Time) -> None:
    lookup = leash(service, time)
    assert lookup.begin(CITIZEN, NOW)() == ANSWER
    assert not lookup.is_open


def test_one_question_over_its_budget_opens_the_breaker_and_nobody_waits_any_more(service: Service, time: Time) -> None:
    service.held = True
    lookup = leash(service, time, budget=0.0)
    assert lookup.begin(CITIZEN, NOW)() is None
    assert lookup.is_open
    assert [lookup.begin(CITIZEN, NOW)() for _ in range(100)] == [None] * 100
    assert service.asked == 1


def test_after_a_rest_one_launch_asks_without_waiting_and_its_answer_closes_the_breaker(
    service: Service, time: Time
) -> None:
    service.held = True
    lookup = leash(service, time, budget=0.0)
    lookup.begin(CITIZEN, NOW)()
    service.let_go.set()
    settled(lookup)
    time.now = 16.0
    assert lookup.begin(CITIZEN, NOW)() is None
    settled(lookup)
    assert not lookup.is_open
    assert service.asked == 2


def test_a_late_answer_closes_nothing(service: Service, time: Time) -> None:
    service.held = True
    lookup = leash(service, time, budget=0.0)
    lookup.begin(CITIZEN, NOW)()
    time.now = 3.0
    service.let_go.set()
    settled(lookup)
    assert lookup.is_open


@pytest.mark.parametrize("fault", [DOWN, PeerRefused("dgcpr", "not_authorized")], ids=["down", "refused"])
def test_quick_failures_in_a_row_open_it_too(service: Service, time: Time, fault: PeerError) -> None:
    lookup = leash(service, time)
    service.fault = fault
    for _ in range(FAILURES):
        assert not lookup.is_open
        assert lookup.begin(CITIZEN, NOW)() is None
        settled(lookup)
    assert lookup.is_open


def test_one_answer_between_them_makes_the_count_begin_again(service: Service, time: Time) -> None:
    lookup = leash(service, time)
    for fault in [DOWN, DOWN, None, DOWN, DOWN]:
        service.fault = fault
        lookup.begin(CITIZEN, NOW)()
        settled(lookup)
    assert not lookup.is_open


def test_a_number_the_service_does_not_take_says_nothing_about_its_health(service: Service, time: Time) -> None:
    lookup = leash(service, time)
    service.fault = PeerCannot("dgcpr", "replacement-number")
    for _ in range(FAILURES + 1):
        assert lookup.begin(CITIZEN, NOW)() is None
        settled(lookup)
    assert not lookup.is_open


def test_no_more_than_a_few_questions_are_on_their_way_at_once(service: Service, time: Time) -> None:
    service.held = True
    lookup = leash(service, time)
    answers = [lookup.begin(CITIZEN, NOW) for _ in range(WAITING + 5)]
    assert [answer() for answer in answers[WAITING:]] == [None] * 5
    service.let_go.set()
    assert [answer() for answer in answers[:WAITING]] == [ANSWER] * WAITING


def test_a_fault_of_our_own_is_not_hidden(service: Service, time: Time) -> None:
    service.fault = KeyError("mapping")
    with pytest.raises(KeyError):
        leash(service, time).begin(CITIZEN, NOW)()
