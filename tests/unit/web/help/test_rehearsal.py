"""Øvekald through the real pages: marked on each, heard of by nobody outside, gone the same day (N23, D18)."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from gateway.domain.consultation import clocks, ringing
from gateway.domain.consultation.aggregate import Consultation, Status
from gateway.domain.consultation.rehearsal import NUMBER
from gateway.domain.launch import LaunchChannel
from gateway.domain.people import SYSTEM
from gateway.domain.scope import SystemScope
from gateway.store.consultation.tables import consultation as rows
from gateway.store.consultation.tables_deliveries import delivery
from gateway.store.ground.engine import transaction
from tests.unit.web.nurse_world import FILLED, OWN, TENANT, Nurse, NurseWorld

MARK = 'data-testid="rehearsal"'


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> NurseWorld:
    return NurseWorld(tmp_path_factory.mktemp("rehearsal"))


def begins(world: NurseWorld, nurse: Nurse) -> Consultation:
    address = nurse.post("/oevekald").headers["Location"]
    (mine,) = [
        c for c in world.gateway.store.open_of_employee(TENANT, nurse.session.person) if c.is_open and c.is_rehearsal
    ]
    assert address.endswith(f"/konsultation/{mine.id}")
    return mine


def rings(world: NurseWorld, consultation: Consultation) -> Consultation:
    """The clocks, each at its moment."""
    found = world.reload(consultation)
    while found.status is Status.WAITING:
        due = clocks.deadline(found)
        assert due is not None
        found = world.does(found, lambda c, due=due: clocks.run_out(c, due, SYSTEM, "Fjordby Kommune"))
    return found


def test_n23_a_whole_rehearsal_is_marked_on_each_page_and_no_delivery_is_made(world: NurseWorld) -> None:
    nurse = world.nurse("Nora Ny")
    mine = begins(world, nurse)
    assert MARK in nurse.get(f"/konsultation/{mine.id}").text
    placed = nurse.send(f"/api/v1/consultations/{mine.id}/place", FILLED)
    assert placed.status_code == 200 and placed.get_json()["position"] == 2, placed.text
    assert MARK in nurse.get(f"/konsultation/{mine.id}").text
    found = rings(world, mine)
    assert found.status is Status.CALLING and MARK in nurse.get(f"/konsultation/{mine.id}").text
    assert nurse.send(f"/api/v1/consultations/{mine.id}/answer").status_code == 200
    assert nurse.send(f"/api/v1/consultations/{mine.id}/invented-doctor").get_json()["ticket"]
    world.does(mine, lambda c: ringing.start_talk(c, world.later(), SYSTEM))
    assert MARK in nurse.get(f"/konsultation/{mine.id}").text
    nurse.send(f"/api/v1/consultations/{mine.id}/hang-up")
    assert MARK in nurse.get(f"/konsultation/{mine.id}").text
    nurse.send(f"/api/v1/consultations/{mine.id}/approve", {"text": "Aftalt i øvelsen"})
    receipt = nurse.get(f"/konsultation/{mine.id}").text
    assert MARK in receipt and 'data-testid="note-rehearsed"' in receipt and "Aftalt i øvelsen" in receipt
    assert deliveries(world, mine) == 0
    _nobody_is_asked_for_it(world, nurse, mine)


def deliveries(world: NurseWorld, consultation: Consultation) -> int:
    with transaction(world.gateway.engine, SystemScope(), read_only=True) as connection:
        query = select(func.count()).where(delivery.c.consultation == consultation.id)
        return connection.execute(query).scalar_one()


def _nobody_is_asked_for_it(world: NurseWorld, nurse: Nurse, consultation: Consultation) -> None:
    """Its note stands on nobody's list, and its text is erased within the hour after its end."""
    undone = world.gateway.workplaces.undone_of_employee(TENANT, nurse.session.person, 10, 0)
    assert consultation.id not in {one.id for one in undone}
    with transaction(world.gateway.engine, SystemScope(), read_only=True) as connection:
        row = connection.execute(select(rows).where(rows.c.id == consultation.id)).one()
    assert not row.undone and row.erase_after - row.closed_at <= timedelta(hours=1)


def test_a_second_press_leads_to_the_same_one(world: NurseWorld) -> None:
    nurse = world.nurse("Dorte Dobbelt")
    assert begins(world, nurse).id == begins(world, nurse).id


def test_a_colleague_who_rehearses_too_is_not_in_front_of_her(world: NurseWorld) -> None:
    first, second = world.nurse("Fie Første"), world.nurse("Anna Anden")
    for nurse in (first, second):
        answer = nurse.send(f"/api/v1/consultations/{begins(world, nurse).id}/place", FILLED)
        assert answer.get_json()["position"] == 2


@pytest.mark.parametrize("practice", [str(OWN), "034835"])
def test_it_cannot_be_sent_to_a_real_practice(world: NurseWorld, practice: str) -> None:
    nurse = world.nurse("Ulla Uartig")
    mine = begins(world, nurse)
    answer = nurse.send(f"/api/v1/consultations/{mine.id}/place", {**FILLED, "ydernummer": practice})
    assert answer.status_code == 422 and world.reload(mine).entry is None
    answer = nurse.send(f"/api/v1/consultations/{mine.id}/choose-practice", {"ydernummer": practice})
    assert answer.status_code in (404, 422)
    assert all(case.own_practice and case.own_practice.ydernummer == NUMBER for case in world.reload(mine).cases)


def test_the_invented_doctors_seat_is_in_rehearsals_only(world: NurseWorld) -> None:
    """Else an employee could sit down as the doctor of a real call."""
    nurse = world.nurse("Frida Fræk")
    real = world.waiting(nurse)
    assert nurse.send(f"/api/v1/consultations/{real.id}/invented-doctor").status_code == 404
    mine = begins(world, nurse)
    other = world.nurse("Olga Anden")
    assert other.send(f"/api/v1/consultations/{mine.id}/invented-doctor").status_code == 404


def test_its_audit_rows_say_that_it_was_one(world: NurseWorld) -> None:
    nurse = world.nurse("Astrid Audit")
    mine = begins(world, nurse)
    assert mine.channel == LaunchChannel.REHEARSAL and mine.synthetic
