"""A launch reaches the citizen's own doctor or says why not, whatever becomes of the look-ups."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from gateway.domain.citizen.citizen import Citizen
from gateway.domain.citizen.finding import DEFAULT_ORDER, Finding, Notice, Outcome, Source
from gateway.domain.citizen.lookup import InsuranceGroup, InsuredPeriods, NationalAnswer, PersonStatus
from gateway.domain.identifiers import CitizenId, Cpr, ECpr, Ydernummer
from gateway.domain.launch import Launch, LaunchChannel, PracticeClaim
from gateway.domain.people import EmployeeIdentity
from gateway.domain.practice import Practice
from gateway.masterdata.resolver import resolve
from gateway.services.national import BudgetedLookup
from gateway.services.whose import Sources, find_own_practice, protected_by
from tests.support import consultations as make
from tests.unit.masterdata.resolver_cases import REGISTER, A, B

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
TODAY = NOW.date()
CITIZEN = Cpr("0201609995")


class Directory:
    def find(self, ydernummer: Ydernummer, on: date) -> Practice | None:
        return REGISTER.get(ydernummer)

    def search(self, text: str, on: date, limit: int = 20) -> Sequence[Practice]:
        raise AssertionError("a launch searches nothing")


class Register:
    """Knows one answer, and who was asked about."""

    def __init__(self, periods: InsuredPeriods | None = None, as_of: date | None = None) -> None:
        self.answer = (as_of or (periods.as_of if periods else None), periods)
        self.asked: list[CitizenId] = []

    def find_insured(self, identifier: CitizenId) -> tuple[date | None, InsuredPeriods | None]:
        self.asked.append(identifier)
        return self.answer


class Service:
    name = "dgcpr"

    def __init__(self, answer: NationalAnswer | None) -> None:
        self.answer = answer
        self.let_go = threading.Event()
        self.asked = 0

    def find(self, identifier: CitizenId, now: datetime) -> NationalAnswer:
        self.asked += 1
        if self.answer is None:
            assert self.let_go.wait(30)
            return NationalAnswer.nobody(now)
        return self.answer


@pytest.fixture
def hole() -> Iterator[Service]:
    service = Service(None)
    yield service
    service.let_go.set()


def launch(claimed: Ydernummer | None = None, identifier: CitizenId | None = CITIZEN) -> Launch:
    return Launch(
        tenant=make.KOMMUNE_A,
        channel=LaunchChannel.SMART,
        connection="eoj",
        key="k",
        employee=EmployeeIdentity("s", "Mette Holm", True),
        citizen=Citizen(identifier, "Einer Testmand"),
        record_ref="Patient/1",
        practice=PracticeClaim(claimed, "eoj", TODAY) if claimed else None,
    )


def found(
    launched: Launch, register: Register, service: Service | None = None, order: tuple[Source, ...] = DEFAULT_ORDER
) -> Finding | None:
    leash = BudgetedLookup(service, budget=0.0 if service.answer is None else 30.0) if service else None
    sources = Sources(resolve, register, leash)
    return find_own_practice(launched, order, sources=sources, providers=Directory(), now=NOW)


ALIVE = NationalAnswer(True, NOW, A, "", InsuranceGroup.FIXED_DOCTOR, PersonStatus.RESIDENT)
LISTED = InsuredPeriods(TODAY, A, date(2010, 1, 1), InsuranceGroup.FIXED_DOCTOR)


def test_every_source_is_heard_and_the_first_one_is_shown() -> None:
    finding = found(launch(A), Register(LISTED), Service(ALIVE))
    assert finding is not None and finding.outcome is Outcome.OWN_GP
    assert [one.source for one in finding.evidence] == list(DEFAULT_ORDER)
    assert (finding.source, finding.notices) == (Source.EOJ, ())


def test_with_the_national_look_up_black_holed_the_register_answers(hole: Service) -> None:
    finding = found(launch(), Register(LISTED), hole)
    assert finding is not None
    assert (finding.outcome, finding.source, finding.notices) == (Outcome.OWN_GP, Source.INSURED, (Notice.NOT_ASKED,))


def test_a_replacement_number_is_asked_about_nowhere() -> None:
    register, service = Register(LISTED), Service(ALIVE)
    finding = found(launch(identifier=ECpr.parse("0201601AA5")), register, service)
    assert finding is not None and finding.reason == "replacement-number"
    assert (register.asked, service.asked) == ([], 0)


def test_a_source_the_tenant_left_out_is_not_even_asked() -> None:
    register, service = Register(LISTED), Service(ALIVE)
    finding = found(launch(B), register, service, order=(Source.EOJ,))
    assert finding is not None and finding.ydernummer == B
    assert (register.asked, service.asked) == ([], 0)


def test_without_a_number_and_a_practice_there_is_nothing_to_find() -> None:
    register = Register(LISTED)
    assert found(launch(identifier=None), register) is None
    assert found(replace(launch(), citizen=None), register) is None
    assert register.asked == []


def test_without_a_number_the_record_may_still_name_a_practice() -> None:
    finding = found(launch(A, identifier=None), Register(LISTED))
    assert finding is not None and finding.ydernummer == A


def test_a_protected_citizen_stays_protected() -> None:
    launched = launch(A)
    finding = found(launched, Register(), Service(replace(ALIVE, protected=True)))
    citizen = protected_by(launched, finding).citizen
    assert citizen is not None and citizen.protected
    assert protected_by(launched, None) is launched
