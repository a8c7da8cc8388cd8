"""The days of a nurse, a clinic and an administrator, row by row, through the real pages and the real store.

A row that another test shows is named in docs/three-days.md; what is not built is skipped by what it waits for.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from gateway.domain.consultation import clocks, queueing, ringing
from gateway.domain.consultation.aggregate import Consultation, Ending, Status
from gateway.domain.consultation.case import ConsentAnswer
from gateway.domain.consultation.queue_entry import EntryStatus, RejectReason
from gateway.domain.note.note import NoteStatus
from gateway.domain.people import SYSTEM
from tests.support.three_days import DAYS, Row
from tests.unit.web.nurse_world import DOCTOR, FILLED, SECOND, Nurse, NurseWorld

Script = Callable[[NurseWorld, Nurse], None]
ROWS = [(day, row) for day, rows in DAYS.items() for row in rows]


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> NurseWorld:
    return NurseWorld(tmp_path_factory.mktemp("days"))


@pytest.fixture(scope="module")
def nurse(world: NurseWorld) -> Nurse:
    return world.nurse()


def page(nurse: Nurse, consultation: Consultation) -> str:
    answer = nurse.get(f"/konsultation/{consultation.id}")
    assert answer.status_code == 200
    return answer.get_data(as_text=True)


def sends(nurse: Nurse, consultation: Consultation, verb: str, body: dict[str, object] | None = None) -> None:
    answer = nurse.send(f"/api/v1/consultations/{consultation.id}/{verb}", body)
    assert answer.status_code == 200, answer.get_data(as_text=True)


def in_talk(world: NurseWorld, nurse: Nurse) -> Consultation:
    consultation = world.waiting(nurse)
    world.does(consultation, lambda c: ringing.accept(c, world.later(), DOCTOR, "Lise Hansen"))
    sends(nurse, consultation, "answer")
    return world.does(consultation, lambda c: ringing.start_talk(c, world.later(), SYSTEM))


def runs_out(world: NurseWorld, consultation: Consultation) -> Consultation:
    """The next clock, at its moment."""

    def ran(known: Consultation) -> Consultation:
        due = clocks.deadline(known)
        assert due is not None
        return clocks.run_out(known, due, SYSTEM, "Fjordby Kommune")

    return world.does(consultation, ran)


def prepared_for_later(world: NurseWorld, nurse: Nurse) -> None:
    consultation = world.launched(nurse)
    agreed = world.later() + timedelta(days=1)
    sends(nurse, consultation, "place", {**FILLED, "agreed_at": agreed.isoformat(), "agreed_with": "Gitte"})
    planned = world.reload(consultation)
    assert planned.status is Status.PLANNED and planned.entries[-1].connections == ("venteværelse",)
    assert 'data-testid="planned"' in page(nurse, consultation)
    tablet = world.nurse()
    assert str(consultation.id) in tablet.get("/").get_data(as_text=True)
    assert runs_out(world, consultation).status is Status.WAITING


def first_day(world: NurseWorld, nurse: Nurse) -> None:
    relief = world.nurse("Vera Vikar", known=False)
    consultation = world.launched(relief)
    assert relief.get(f"/konsultation/{consultation.id}").location == f"/mine-oplysninger?til={consultation.id}"
    said = {"role": "Social- og sundhedshjælper", "workplace": "Hjemmesygeplejen Nord", "phone": "12 34 56 78"}
    assert relief.post("/mine-oplysninger", til=str(consultation.id), **said).status_code == 303
    assert 'data-testid="screen-start"' in page(relief, consultation)


def consent_by_a_relative(world: NurseWorld, nurse: Nurse) -> None:
    consultation = world.launched(nurse)
    daughter = {"answer": "representative", "representative": "next-of-kin", "representative_name": "Karen Test"}
    sends(nurse, consultation, "place", {**FILLED, "consent": daughter})
    consent = world.reload(consultation).cases[0].consent
    assert consent is not None and consent.answer is ConsentAnswer.REPRESENTATIVE
    assert consent.representative_name == "Karen Test"


def says_no(world: NurseWorld, nurse: Nurse) -> None:
    consultation = world.launched(nurse)
    sends(nurse, consultation, "place", {"consent": {"answer": "refused"}})
    closed = world.reload(consultation)
    assert (closed.ending, closed.entries, len(closed.cases[0].notes)) == (Ending.CITIZEN_REFUSED, (), 1)
    assert "Lægen er ikke kontaktet" in page(nurse, consultation)


def wrong_record(world: NurseWorld, nurse: Nurse) -> None:
    consultation = world.waiting(nurse)
    sends(nurse, consultation, "withdraw", {"reason": "wrong-citizen"})
    closed = world.reload(consultation)
    assert (closed.ending, closed.reason, closed.cases[0].notes) == (Ending.WRONG_CITIZEN, "", ())


def _received_and_kept(consultation: Consultation, at: datetime) -> Consultation:
    """With time to wait, whatever time of the day it is now: nothing waits across midnight."""
    entry = consultation.entries[-1]
    lasting = consultation.with_entry(replace(entry, expires_at=at + timedelta(hours=4)))
    return queueing.receive(lasting, entry.id, at, SYSTEM)


def nobody_looks(world: NurseWorld, nurse: Nurse) -> None:
    consultation = world.waiting(nurse)
    world.does(consultation, lambda c: _received_and_kept(c, world.later()))
    runs_out(world, consultation)
    shown = page(nurse, consultation)
    assert "Ingen i klinikken har set kaldet" in shown and "tel:" in shown
    assert 'data-testid="by-phone"' in shown


def missed_with_gloves_on(world: NurseWorld, nurse: Nurse) -> None:
    consultation = world.waiting(nurse)
    place = consultation.entries[-1].place
    world.does(consultation, lambda c: ringing.accept(c, world.later(), DOCTOR, "Lise Hansen"))
    assert nurse.get(f"/konsultation/{consultation.id}/nyt").headers["X-Screen"] == "ring"
    back = runs_out(world, consultation)
    assert (back.status, back.entries[-1].place) == (Status.WAITING, place)
    assert "men du var ikke ved skærmen. Din plads er bevaret." in page(nurse, consultation)


def by_telephone(world: NurseWorld, nurse: Nurse) -> None:
    consultation = in_talk(world, nurse)
    answer = nurse.post(f"/konsultation/{consultation.id}/telefon", clinician="Lise Hansen")
    assert answer.status_code == 303
    held = world.reload(consultation)
    assert (held.ending, held.modality, held.status) == (Ending.HELD_BY_PHONE, "phone", Status.REVIEW)


def approves(world: NurseWorld, nurse: Nurse) -> None:
    consultation = in_talk(world, nurse)
    sends(nurse, consultation, "hang-up")
    nurse.post(f"/konsultation/{consultation.id}/godkend", text="Ny forbinding dagligt", clinician="Lise Hansen")
    note = world.reload(consultation).cases[0].notes[-1]
    assert (note.status, note.employee_text, note.approved_by) == (
        NoteStatus.APPROVED, "Ny forbinding dagligt", "Mette Holm",
    )  # fmt: skip


def drives_off(world: NurseWorld, nurse: Nurse) -> None:
    consultation = in_talk(world, nurse)
    sends(nurse, consultation, "hang-up")
    assert "Sendes automatisk kl." in page(nurse, consultation)
    closed = runs_out(world, consultation)
    note = closed.cases[0].notes[-1]
    assert (closed.status, note.status, note.approved_by) == (Status.CLOSED, NoteStatus.UNREVIEWED, "")


def closes_before_her_turn(world: NurseWorld, nurse: Nurse) -> None:
    consultation = world.waiting(nurse)
    world.does(consultation, lambda c: queueing.expire(c, "not-answered", world.later(), SYSTEM))
    shown = page(nurse, consultation)
    assert 'data-testid="give-up"' in shown and FILLED["reason"] in world.reload(consultation).reason
    assert nurse.post(f"/konsultation/{consultation.id}/stop").status_code == 303
    closed = world.reload(consultation)
    assert closed.ending is Ending.NOT_ANSWERED and closed.cases[0].notes, "the attempt is documented"


def not_our_patient(world: NurseWorld, nurse: Nurse) -> None:
    consultation = world.waiting(nurse)
    world.does(consultation, lambda c: queueing.reject(c, RejectReason.NOT_OUR_PATIENT, "", world.later(), DOCTOR))
    assert "Din tekst er gemt" in page(nurse, consultation)
    assert nurse.post(f"/konsultation/{consultation.id}/vaelg-ny", ydernummer=str(SECOND)).status_code == 303
    again = world.reload(consultation)
    assert [e.status for e in again.entries] == [EntryStatus.REJECTED, EntryStatus.REQUESTED]
    assert (again.reason, len(again.cases[0].consents)) == (consultation.reason, 1)


SCRIPTS: dict[tuple[str, str], Script] = {
    ("nurse", "07.05"): prepared_for_later,
    ("nurse", "08.20"): first_day,
    ("nurse", "09.10"): consent_by_a_relative,
    ("nurse", "09.12"): says_no,
    ("nurse", "09.14"): wrong_record,
    ("nurse", "09.40"): nobody_looks,
    ("nurse", "09.55"): missed_with_gloves_on,
    ("nurse", "10.03"): by_telephone,
    ("nurse", "10.10"): approves,
    ("nurse", "10.12"): drives_off,
    ("nurse", "14.55"): closes_before_her_turn,
    ("clinic", "09.17"): not_our_patient,
}


def test_a_row_is_a_script_or_names_what_shows_it_or_what_it_waits_for() -> None:
    assert {(day, row.at) for day, row in ROWS if not row.shown_by and not row.waits} == set(SCRIPTS)


HERE = [(day, row) for day, row in ROWS if (day, row.at) in SCRIPTS or row.waits]


@pytest.mark.parametrize(("day", "row"), HERE, ids=[f"{day} {row.at}: {row.happens}" for day, row in HERE])
def test_three_days(world: NurseWorld, nurse: Nurse, day: str, row: Row) -> None:
    script = SCRIPTS.get((day, row.at))
    if script is None:
        pytest.skip(f"waits for {row.waits}")
    script(world, nurse)
