"""A launch is one consultation however often it is repeated, and its token is spent however the race goes."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from gateway.domain.citizen.citizen import Certainty, Citizen
from gateway.domain.consultation import opening
from gateway.domain.consultation.aggregate import Consultation, Ending, Kind, Status
from gateway.domain.consultation.case import ConsentAnswer
from gateway.domain.errors import ConcurrentChange, InvalidField, Replayed
from gateway.domain.identifiers import Cpr, Ydernummer
from gateway.domain.launch import Launch, LaunchChannel, PracticeClaim, UsedToken
from gateway.domain.people import EmployeeIdentity
from gateway.domain.records import AuditRow
from gateway.domain.scope import TenantScope
from gateway.services import launch as launching
from gateway.services.act import Move
from gateway.services.changing import ATTEMPTS, Together
from gateway.services.queue import withdraw
from tests.support.acting import memory_ports, press
from tests.support.consultations import KOMMUNE_A, NOW, NURSE, PRACTICE, case
from tests.support.memory import CountedIds, HandClock, MemoryStore
from tests.support.peers.memory_peers import ORGANISATION, MemoryProviders
from tests.unit.domain.stories import consent

CITIZEN = case().citizen
LAUNCH = Launch(
    tenant=KOMMUNE_A,
    channel=LaunchChannel.SIGNED,
    connection="eoj-nexus",
    key="signed|encounter-7",
    employee=EmployeeIdentity("subject-1", NURSE.name, True),
    citizen=CITIZEN,
    record_ref="Patient/7",
    practice=PracticeClaim(PRACTICE, "eoj", date(2026, 11, 20)),
)


class World:
    def __init__(self) -> None:
        self.clock = HandClock()
        self.ids = CountedIds()
        self.store = MemoryStore(self.clock)

    def launch(self, launch: Launch = LAUNCH, jti: str = "", organisation: object = ORGANISATION) -> Consultation:
        used = [UsedToken("nexus", jti, NOW + timedelta(minutes=1))] if jti else []
        return launching.accept_launch(
            launch,
            launching.Opener(NURSE.id, organisation),  # type: ignore[arg-type]
            launching.LaunchPorts(self.store, self.clock, self.ids, MemoryProviders()),
            together=Together(used, [AuditRow(NOW, NURSE, "Fjordby", "write", "launch")]),
        )

    def does(self, consultation: Consultation, move: Move[Any]) -> Consultation:
        return press(memory_ports(self.store, self.clock), consultation.id, NURSE, move, scope=TenantScope(KOMMUNE_A))


@pytest.fixture
def world() -> World:
    return World()


def test_a_double_click_is_one_consultation(world: World) -> None:
    first, second = world.launch(jti="a"), world.launch(jti="b")
    assert first.id == second.id
    assert len(world.store.kept) == 1
    assert {row.consultation for row in world.store.audits} == {first.id}, "both clicks are audited on it"


def test_two_clicks_at_the_same_moment_are_one_consultation_and_both_tokens_are_spent(world: World) -> None:
    world.store.before_commit.append(lambda: world.launch(jti="faster"))
    slower = world.launch(jti="slower")
    assert len(world.store.kept) == 1
    assert slower.id in world.store.kept
    assert world.store.used == {("nexus", "faster"), ("nexus", "slower")}
    with pytest.raises(Replayed):
        world.launch(jti="slower")


def test_somebody_working_on_the_draft_does_not_turn_the_second_click_away(world: World) -> None:
    first = world.launch()
    world.store.before_commit.append(lambda: world.does(first, lambda c, by: opening.write_reason(c, "Sår på benet")))
    again = world.launch(jti="b")
    assert (again.id, again.reason) == (first.id, "Sår på benet"), "what was typed is not lost"


def test_a_replayed_token_starts_nothing(world: World) -> None:
    world.launch(jti="once")
    with pytest.raises(Replayed):
        world.launch(replace(LAUNCH, key="signed|another"), jti="once")
    assert len(world.store.kept) == 1


def test_after_the_end_the_same_key_starts_anew(world: World) -> None:
    first = world.launch()
    world.does(first, lambda c, by: withdraw(c, "solved", by))
    assert world.launch().id != first.id


def test_one_who_loses_every_race_is_told_so(world: World) -> None:
    def faster() -> None:
        found = world.store.find_by_launch_key(KOMMUNE_A, LAUNCH.key)
        assert found is not None
        world.store.kept[found.id] = replace(found, version=found.version + 1)

    world.launch()
    world.store.before_commit.extend([faster] * ATTEMPTS)
    with pytest.raises(ConcurrentChange):
        world.launch()


@pytest.mark.parametrize("synthetic", [True, False])
def test_d18_test_people_and_real_organisations_do_not_meet(world: World, synthetic: bool) -> None:
    """D18, both ways round; the real number is any date that is on no list, made here."""
    stranger = Cpr("".join(("01", "01", "01", "0", "000")))
    who = replace(CITIZEN, identifier=stranger if synthetic else Cpr("2512489996"))
    with pytest.raises(InvalidField) as refusal:
        world.launch(replace(LAUNCH, citizen=who), organisation=replace(ORGANISATION, synthetic=synthetic))
    assert refusal.value.reason == "synthetic-mismatch"
    assert not world.store.kept


@pytest.mark.parametrize(
    ("practice", "certainty"), [(PRACTICE, Certainty.CERTAIN), (Ydernummer("099999"), Certainty.UNCERTAIN)]
)
def test_what_the_record_says_is_weighed_against_the_register(
    world: World, practice: Ydernummer, certainty: Certainty
) -> None:
    own = world.launch(replace(LAUNCH, practice=PracticeClaim(practice, "eoj", NOW.date()))).cases[0].own_practice
    assert own is not None
    assert (own.ydernummer, own.certainty, own.source) == (practice, certainty, "eoj")


def test_d02_a_record_without_a_number_is_still_a_record(world: World) -> None:
    nobody = replace(LAUNCH, citizen=Citizen(None, "Ukendt"), practice=None)
    consultation = world.launch(nobody)
    assert (consultation.kind, consultation.cases[0].can_be_filed) == (Kind.WITHOUT_NUMBER, True)


def test_a_refusal_twice_is_one_note(world: World) -> None:
    consultation = world.launch()
    no = consent(ConsentAnswer.REFUSED)
    for _ in range(2):
        closed = world.does(consultation, lambda c, by: launching.refuse_contact(c, c.cases[0].id, no, by))
    assert (closed.status, closed.ending) == (Status.CLOSED, Ending.CITIZEN_REFUSED)
    assert [row.delivery.kind for row in world.store.rows.values()] == ["note"]
