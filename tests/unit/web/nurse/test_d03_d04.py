"""Consent and who takes part, on the pages: what is asked, what is kept, and what the clinic is told (D3, D4)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from uuid import UUID

import pytest

from adapters.wire.note.text import text_of
from gateway.domain.citizen.citizen import Citizen
from gateway.domain.consultation import ringing
from gateway.domain.consultation.aggregate import Consultation, Ending, Kind
from gateway.domain.consultation.case import ConsentAnswer
from gateway.domain.launch import Launch, LaunchChannel, PracticeClaim
from gateway.domain.note.note import NoteVersion
from gateway.domain.people import SYSTEM, EmployeeIdentity, ParticipantRole, Presence
from gateway.services.launch import LaunchPorts, Opener, accept_launch
from tests.unit.web.nurse_world import DOCTOR, FILLED, OWN, TENANT, Nurse, NurseWorld

UNKNOWN_FIELDS = {"called": "Kvinde fra rute 4", "because": "unknown-identity", "agreed_with": "Sekretær Test"}


def without_number(world: NurseWorld, nurse: Nurse) -> Consultation:
    """From a record that has no identity number."""
    g, grant = world.gateway, nurse.session.grant
    launch = Launch(
        TENANT, LaunchChannel.SMART, "eoj-fjordby", f"smart|{g.ids.new()}",
        EmployeeIdentity(grant.subject, grant.name, True),
        Citizen(None, "Ukendt Beboer"), "Patient/r-1008", PracticeClaim(OWN, "eoj", date(2026, 11, 20)),
    )  # fmt: skip
    opener = Opener(nurse.session.person, g.organisation(TENANT))
    return accept_launch(launch, opener, LaunchPorts(g.store, g.clock, g.ids, g.providers))


def talking(world: NurseWorld, consultation: Consultation) -> Consultation:
    world.does(consultation, lambda c: ringing.accept(c, world.later(), DOCTOR, "Lise Hansen"))
    return world.does(consultation, lambda c: ringing.start_talk(c, world.later(), SYSTEM))


def note_of(consultation: Consultation) -> NoteVersion:
    note = consultation.cases[0].current_note
    assert note is not None
    return note


def test_d03_the_wording_shown_is_the_wording_stored(world: NurseWorld, nurse: Nurse) -> None:
    consultation = world.launched(nurse)
    shown = nurse.get(f"/konsultation/{consultation.id}").get_data(as_text=True)
    version = shown.split('name="consent.wording" value="')[1].split('"')[0]
    assert f"version {version}" in shown
    path = f"/konsultation/{consultation.id}/stil-i-koe"
    fields = {"consent.answer": "given", "reason": str(FILLED["reason"])}
    old = nurse.post(path, **fields, **{"consent.wording": "an older one"})
    assert old.status_code == 422 and "Ordlyden er ændret imens" in old.get_data(as_text=True)
    assert world.reload(consultation).cases[0].consent is None
    assert nurse.post(path, **fields, **{"consent.wording": version}).status_code == 303
    kept = world.reload(consultation).cases[0].consent
    assert kept is not None and kept.wording_version == version


def test_d03_withdrawn_during_the_call_ends_it_and_is_noted(world: NurseWorld, nurse: Nurse) -> None:
    consultation = talking(world, world.waiting(nurse))
    nurse.post(f"/konsultation/{consultation.id}/afbryd", cause="citizen-wish")
    nurse.post(f"/konsultation/{consultation.id}/godkend", text="")
    closed = world.reload(consultation)
    answers = [(c.answer, c.wording_version) for c in closed.cases[0].consents]
    assert answers == [(ConsentAnswer.GIVEN, answers[0][1]), (ConsentAnswer.WITHDRAWN, answers[0][1])]
    assert closed.ending is Ending.BROKEN_OFF
    assert "Borgeren trak sit samtykke tilbage under samtalen." in text_of(note_of(closed))


@pytest.mark.guide(14)
def test_d03_without_a_number_the_consent_still_exists(world: NurseWorld, nurse: Nurse) -> None:
    consultation = without_number(world, nurse)
    place = f"/api/v1/consultations/{consultation.id}/place"
    named = nurse.send(place, FILLED)
    assert {e["field"] for e in named.get_json()["errors"]} == {"because", "agreed_with"}
    assert nurse.send(place, FILLED | UNKNOWN_FIELDS).get_json()["status"] == "waiting"
    kept = world.reload(consultation)
    assert (kept.kind, kept.cases[0].citizen.name) == (Kind.WITHOUT_NUMBER, UNKNOWN_FIELDS["called"])
    assert kept.cases[0].unnumbered_because == "unknown-identity" and kept.cases[0].consent is not None


def test_d03_a_child_does_not_consent_alone(world: NurseWorld, nurse: Nurse) -> None:
    consultation = world.launched(nurse)
    young = Citizen(None, "Barn Test", date(2015, 5, 5))
    world.does(consultation, lambda c: c.with_case(replace(c.cases[0], citizen=young)))
    place = f"/api/v1/consultations/{consultation.id}/place"
    assert nurse.send(place, FILLED).get_json()["reason"] == "under-fifteen"
    parent = {"answer": "representative", "representative": "custody-holder", "representative_name": "Mor Test"}
    assert nurse.send(place, FILLED | {"consent": parent}).get_json()["status"] == "waiting"


@pytest.mark.parametrize("form", ["citizen-alone", "relative-present"])
def test_d04_without_the_employee_her_section_is_absent_and_cannot_be_written(
    world: NurseWorld, nurse: Nurse, form: str
) -> None:
    consultation = world.launched(nurse)
    nurse.send(f"/api/v1/consultations/{consultation.id}/place", FILLED | {"form": form})
    talking(world, consultation)
    page = f"/konsultation/{consultation.id}"
    refused = nurse.send(f"{page}/notat-kladde", {"text": "Det, lægen sagde"})
    assert refused.status_code == 422 and refused.get_json()["reason"] == "employee-not-present"
    nurse.send(f"/api/v1/consultations/{consultation.id}/hang-up")
    assert 'data-testid="agreed-text"' not in nurse.get(page).get_data(as_text=True)
    assert nurse.post(f"{page}/godkend", text="Det, lægen sagde").status_code == 422
    assert nurse.post(f"{page}/godkend").status_code == 303
    said = text_of(note_of(world.reload(consultation)))
    assert "Aftalt" not in said and "kender ikke indholdet" in said


def test_d04_others_who_take_part_are_named_with_their_role(world: NurseWorld, nurse: Nurse) -> None:
    consultation = world.launched(nurse)
    others = {
        "role": "relative",
        "name": "Datter Test",
        "2": {"role": "interpreter", "name": "Tolk Test", "how": "phone"},
    }
    nurse.send(f"/api/v1/consultations/{consultation.id}/place", FILLED | {"other": others})
    people = [(p.role, p.name, p.how) for p in world.reload(consultation).participants[2:]]
    assert people == [
        (ParticipantRole.RELATIVE, "Datter Test", Presence.IN_ROOM),
        (ParticipantRole.INTERPRETER, "Tolk Test", Presence.PHONE),
    ]


@pytest.mark.parametrize("invented", [True, False])
def test_d18_an_invented_practice_and_a_real_consultation_never_meet(
    world: NurseWorld, nurse: Nurse, invented: bool
) -> None:
    """Nor an invented consultation and a real practice."""
    consultation = world.launched(nurse)
    world.does(consultation, lambda c: replace(c, synthetic=not invented))
    world.gateway.practices.set_profile(OWN, synthetic=invented, at=world.later())
    refused = nurse.send(f"/api/v1/consultations/{consultation.id}/place", FILLED)
    assert (refused.status_code, refused.get_json()["reason"]) == (422, "synthetic-mismatch")
    assert world.reload(consultation).entries == ()


def test_a_note_without_a_record_is_put_there_by_hand(world: NurseWorld, nurse: Nurse) -> None:
    """N19: no record and no number; the page offers to copy, and asks whether it was done."""
    wrong = nurse.post("/ny/uden-cpr", called="Turist Test", agreed_with="Sekretær Test")
    assert wrong.status_code == 422 and "hvorfor der ikke er et CPR-nummer" in wrong.get_data(as_text=True)
    begun = nurse.post("/ny/uden-cpr", called="Turist Test", because="tourist", agreed_with="Sekretær Test")
    id = UUID(begun.location.rsplit("/", 1)[1])
    consultation = world.gateway.store.load(world.gateway.access.scope(nurse.session), id)
    nurse.send(f"/api/v1/consultations/{id}/place", FILLED | {"ydernummer": str(OWN)})
    talking(world, consultation)
    nurse.send(f"/api/v1/consultations/{id}/hang-up")
    nurse.post(f"/konsultation/{id}/godkend", text="Smertestillende")
    page = nurse.get(f"/konsultation/{id}").get_data(as_text=True)
    case = world.reload(consultation).cases[0].id
    assert 'data-testid="copy-note"' in page and f'id="note-text-{case}"' in page and "Smertestillende" in page
    nurse.post(f"/konsultation/{id}/sat-i-journalen", case=str(case))
    assert 'data-testid="note-put"' in nurse.get(f"/konsultation/{id}").get_data(as_text=True)
