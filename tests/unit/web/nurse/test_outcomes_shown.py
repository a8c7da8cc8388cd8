"""How a consultation ends, as the employee does it on the page: another practice, the telephone, the wrong citizen."""

from __future__ import annotations

import pytest

from gateway.domain.consultation import queueing, ringing, talking
from gateway.domain.consultation.aggregate import Consultation, Ending, Status
from gateway.domain.consultation.queue_entry import Basis, EntryStatus, RejectReason
from gateway.domain.errors import ConfigFault
from gateway.domain.note.note import NoteStatus
from gateway.domain.people import PEER_ROLE, SYSTEM, Actor, ActorKind
from gateway.store.people.organisations import Tenant
from tests.unit.web.nurse_world import DOCTOR, FILLED, OWN, SECOND, TENANT, UNCONNECTED, Nurse, NurseWorld


def html(nurse: Nurse, path: str) -> str:
    return nurse.get(path).get_data(as_text=True)


def rejected(world: NurseWorld, nurse: Nurse) -> Consultation:
    waiting = world.waiting(nurse)
    return world.does(waiting, lambda c: queueing.reject(c, RejectReason.NOT_OUR_PATIENT, "", world.later(), DOCTOR))


def test_d01_not_our_patient_goes_to_the_next_practice_in_two_taps_with_its_reason(
    world: NurseWorld, nurse: Nurse
) -> None:
    consultation = rejected(world, nurse)
    found = html(nurse, f"/konsultation/{consultation.id}/laeger?q={SECOND}")
    assert 'value="changed" selected' in found and f'data-testid="choose-{SECOND}"' in found
    nurse.post(f"/konsultation/{consultation.id}/vaelg-ny", ydernummer=str(SECOND), basis="changed")
    again = world.reload(consultation)
    assert [(e.ydernummer, e.basis) for e in again.entries] == [(OWN, Basis.OWN_GP), (SECOND, Basis.CHANGED)]
    assert (again.id, again.reason, len(again.cases[0].consents)) == (consultation.id, FILLED["reason"], 1)
    assert again.cases[0].registered is not None and again.cases[0].registered.ydernummer == OWN


@pytest.mark.guide(15)
def test_d01_before_the_queue_another_doctor_needs_a_reason_too(world: NurseWorld, nurse: Nurse) -> None:
    consultation = world.launched(nurse)
    address = f"/konsultation/{consultation.id}?laege={SECOND}"
    assert "Hvorfor en anden læge?" in html(nurse, address)
    fields = {"consent.answer": "given", "reason": str(FILLED["reason"]), "ydernummer": str(SECOND), "basis": ""}
    refused = nurse.post(f"/konsultation/{consultation.id}/stil-i-koe", **fields)
    assert refused.status_code == 422 and "Vælg, hvorfor det er en anden læge." in refused.get_data(as_text=True)
    placed = nurse.post(f"/konsultation/{consultation.id}/stil-i-koe", **(fields | {"basis": "substitute"}))
    assert placed.status_code == 303
    entry = world.reload(consultation).entry
    assert entry is not None and entry.basis is Basis.SUBSTITUTE


def test_d01_while_waiting_the_entry_goes_on_to_another_practice(world: NurseWorld, nurse: Nurse) -> None:
    consultation = world.waiting(nurse)
    assert 'data-testid="open-transfer"' in html(nurse, f"/konsultation/{consultation.id}")
    found = html(nurse, f"/konsultation/{consultation.id}/laeger?q={SECOND}")
    assert f'data-testid="transfer-{SECOND}"' in found
    for _ in range(2):
        nurse.post(f"/konsultation/{consultation.id}/send-videre", ydernummer=str(SECOND))
    left, taken = world.reload(consultation).entries
    assert (left.status, taken.ydernummer, taken.basis) == (EntryStatus.TRANSFERRED, SECOND, Basis.TRANSFERRED)
    assert taken.place == left.place


def ring(world: NurseWorld, consultation: Consultation) -> None:
    world.does(consultation, lambda c: ringing.accept(c, world.later(), DOCTOR, "Lise Hansen"))


def talk(world: NurseWorld, consultation: Consultation) -> None:
    ring(world, consultation)
    world.does(consultation, lambda c: ringing.start_talk(c, world.later(), SYSTEM))


@pytest.mark.parametrize("begun", [lambda world, c: None, ring, talk], ids=["waiting", "ringing", "in the call"])
def test_d11_by_telephone_from_every_moment_of_the_way(world: NurseWorld, nurse: Nurse, begun: object) -> None:
    consultation = world.waiting(nurse)
    begun(world, consultation)  # type: ignore[operator]
    assert 'data-testid="by-phone"' in html(nurse, f"/konsultation/{consultation.id}")
    page = html(nurse, f"/konsultation/{consultation.id}/telefon")
    for answer in ("held-by-phone", "phone-unreached", "back-to-video"):
        assert f'data-testid="{answer}"' in page
    assert nurse.post(f"/konsultation/{consultation.id}/telefon", clinician="Lise Hansen").status_code == 303
    held = world.reload(consultation)
    assert (held.status, held.ending, held.modality) == (Status.REVIEW, Ending.HELD_BY_PHONE, "phone")
    assert len(held.entries) == 1 and held.entries[0].status.ended


def test_d11_nobody_on_the_telephone_leaves_her_in_the_queue(world: NurseWorld, nurse: Nurse) -> None:
    consultation = world.waiting(nurse)
    assert nurse.post(f"/konsultation/{consultation.id}/telefon-uden-svar").status_code == 303
    assert world.reload(consultation).entries == consultation.entries
    assert "phone-unreached" in [row.kind for row in world.gateway.store.timeline(world.scope, consultation.id)]


def test_d11_what_cannot_begin_is_ended_without_a_trace(world: NurseWorld, nurse: Nurse) -> None:
    consultation = world.launched(nurse, own=UNCONNECTED)
    assert 'data-testid="leave-unstarted"' in html(nurse, f"/konsultation/{consultation.id}")
    nurse.post(f"/konsultation/{consultation.id}/ikke-startet", cause="not-connected")
    closed = world.reload(consultation)
    assert (closed.ending, closed.entries, closed.cases[0].notes) == (Ending.NOT_STARTED, (), ())


def test_d11_the_wrong_citizen_found_out_after_the_note_had_gone(world: NurseWorld, nurse: Nurse) -> None:
    consultation = world.waiting(nurse)
    talk(world, consultation)
    world.does(consultation, lambda c: talking.hang_up(c, world.later(), SYSTEM))
    nurse.post(f"/konsultation/{consultation.id}/godkend", text="Aftalt", clinician="Lise Hansen")
    assert 'data-testid="wrong-citizen"' in html(nurse, f"/konsultation/{consultation.id}")
    nurse.post(f"/konsultation/{consultation.id}/forkert-borger")
    wrong = world.reload(consultation)
    note = wrong.cases[0].current_note
    assert wrong.ending is Ending.WRONG_CITIZEN and note is not None and note.status is NoteStatus.RETRACT
    page = html(nurse, f"/konsultation/{consultation.id}")
    assert 'data-testid="note-retract"' in page and "Aftalt" not in page
    assert all('data-state="retract"' in html(nurse, path) for path in ("/", "/arbejdssted?grund=agreed"))
    nurse.post(f"/konsultation/{consultation.id}/skrevet-selv")
    assert 'data-testid="nothing-undone"' in html(nurse, "/arbejdssted?grund=agreed")


@pytest.mark.parametrize(("chosen", "owed"), [(["rejected"], True), ([], False)])
def test_d11_the_organisation_says_which_attempts_are_noted(
    world: NurseWorld, nurse: Nurse, chosen: list[str], owed: bool
) -> None:
    world.settle({"notes_for": chosen})
    consultation = rejected(world, nurse)
    nurse.post(f"/konsultation/{consultation.id}/stop")
    closed = world.reload(consultation)
    assert closed.ending is Ending.REJECTED and bool(closed.cases[0].notes) is owed
    assert closed.entries[-1].status is EntryStatus.REJECTED


@pytest.mark.parametrize(
    "settings",
    [{"notes_for": ["held-on-video"]}, {"notes_for": ["nonsense"]}, {"review_minutes": 241}, {"review_minutes": -1}],
)
def test_d11_what_the_law_fixes_is_not_a_setting(world: NurseWorld, settings: dict[str, object]) -> None:
    with pytest.raises(ConfigFault):
        world.gateway.organisations.apply_tenant(
            Tenant(TENANT, "99110007", "Fjordby Kommune", "municipality", "0999", True, settings)
        )


def taken(world: NurseWorld, nurse: Nurse) -> Consultation:
    waiting = world.waiting(nurse)
    return world.does(waiting, lambda c: ringing.accept(c, world.later(), DOCTOR))


def test_a_call_that_came_back_before_the_talk_says_who_laid_it_back(world: NurseWorld, nurse: Nurse) -> None:
    consultation = taken(world, nurse)
    address = f"/konsultation/{consultation.id}"
    world.does(consultation, lambda c: ringing.put_back(c, world.later(), DOCTOR))
    assert "Klinikken lagde kaldet tilbage, før samtalen begyndte. Din plads er bevaret." in html(nurse, address)
    world.does(consultation, lambda c: ringing.accept(c, world.later(), DOCTOR))
    assert 'data-testid="came-back"' not in html(nurse, address)
    nurse.post(f"{address}/deltag")
    nurse.post(f"{address}/laeg-paa")
    page = html(nurse, address)
    assert "Du lagde på, før samtalen begyndte. Du står stadig i køen på din plads." in page
    assert 'data-testid="leave-after-all"' in page
    world.does(consultation, lambda c: ringing.accept(c, world.later(), DOCTOR))
    nurse.post(f"{address}/deltag")
    world.does(consultation, lambda c: ringing.miss(c, world.later(), SYSTEM))
    assert "Billede og lyd kom ikke i gang. Din plads er bevaret." in html(nurse, address)


def test_c13_the_nurse_reads_that_the_doctor_is_on_her_way_from_her_own_system(world: NurseWorld, nurse: Nurse) -> None:
    waiting = world.waiting(nurse)
    name = waiting.entries[-1].connections[0]
    peer = Actor(ActorKind.PEER, f"{name}:lha", "Lise Hansen", PEER_ROLE)
    world.does(waiting, lambda c: ringing.answer(ringing.accept(c, world.later(), peer), world.later(), SYSTEM))
    assert "Lægen har taget kaldet i sit eget system og er på vej ind" in html(nurse, f"/konsultation/{waiting.id}")
