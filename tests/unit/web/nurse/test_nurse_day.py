"""A nurse's consultation through the JSON twin and the forms: each state shows its own page."""

from __future__ import annotations

import pytest

from gateway.domain.consultation import queueing, ringing
from gateway.domain.consultation.aggregate import Ending, Status
from gateway.domain.consultation.queue_entry import Basis, RejectReason
from gateway.domain.people import SYSTEM
from tests.unit.web.nurse_world import DOCTOR, FILLED, OWN, SECOND, STATION, Nurse, NurseWorld


def shown(world: NurseWorld, nurse: Nurse, id: object) -> str:
    answer = nurse.get(f"/konsultation/{id}")
    assert answer.status_code == 200
    page = answer.get_data(as_text=True)
    return page.split('data-testid="screen-')[1].split('"')[0]


@pytest.mark.guide(3)
def test_the_first_time_she_is_asked_who_she_is(world: NurseWorld) -> None:
    nurse = world.nurse(known=False)
    consultation = world.launched(nurse)
    answer = nurse.get(f"/konsultation/{consultation.id}")
    assert answer.location == f"/mine-oplysninger?til={consultation.id}"
    saved = nurse.post(
        "/mine-oplysninger",
        til=str(consultation.id),
        role="Sygeplejerske",
        workplace=STATION["workplace"],
        phone="12 34 56 78",
    )
    assert saved.location == f"/konsultation/{consultation.id}"
    assert shown(world, nurse, consultation.id) == "start"


def test_d19_from_the_record_to_a_number_by_one_choice_one_text_one_button(world: NurseWorld, nurse: Nurse) -> None:
    consultation = world.launched(nurse)
    fields = {"consent.answer": "given", "reason": FILLED["reason"]}
    answer = nurse.post(f"/konsultation/{consultation.id}/stil-i-koe", **fields)  # type: ignore[arg-type]
    assert answer.status_code == 303
    page = nurse.get(f"/konsultation/{consultation.id}").get_data(as_text=True)
    assert "Du er nr. 1 i køen" in page and "blandt videokald fra kommuner og regioner" in page
    placed = world.reload(consultation)
    assert placed.entry is not None and placed.entry.basis is Basis.OWN_GP
    assert placed.workstation is not None and placed.workstation.phone == "99000101"


def test_d03_no_answer_is_preselected(world: NurseWorld, nurse: Nurse) -> None:
    consultation = world.launched(nurse)
    page = nurse.get(f"/konsultation/{consultation.id}").get_data(as_text=True)
    answers = page.split("<legend>Samtykke")[1].split("</fieldset>")[0]
    assert answers.count('type="radio"') == 4 and "checked" not in answers


@pytest.mark.guide(5)
@pytest.mark.parametrize(
    "consent",
    [
        {"answer": "given"},
        {"answer": "representative", "representative": "next-of-kin", "representative_name": "Karen Test"},
        {"answer": "urgent", "reason": "Åndenød"},
    ],
)
def test_d03_each_answer_that_allows_contact_leads_to_the_queue(
    world: NurseWorld, nurse: Nurse, consent: dict[str, str]
) -> None:
    consultation = world.launched(nurse)
    answer = nurse.send(f"/api/v1/consultations/{consultation.id}/place", FILLED | {"consent": consent})
    assert answer.get_json()["status"] == "waiting"
    kept = world.reload(consultation).cases[0].consent
    assert kept is not None and str(kept.answer) == consent["answer"] and kept.declared_by == "Mette Holm"


def test_d03_a_refusal_contacts_no_clinic_and_owes_a_note(world: NurseWorld, nurse: Nurse) -> None:
    consultation = world.launched(nurse)
    answer = nurse.send(f"/api/v1/consultations/{consultation.id}/place", {"consent": {"answer": "refused"}})
    assert answer.get_json()["ending"] == "citizen-refused"
    closed = world.reload(consultation)
    assert closed.entries == () and closed.cases[0].current_note is not None
    assert "Lægen er ikke kontaktet" in nurse.get(f"/konsultation/{consultation.id}").get_data(as_text=True)


def test_what_is_typed_is_there_after_a_reload(world: NurseWorld, nurse: Nurse) -> None:
    consultation = world.launched(nurse)
    assert nurse.send(f"/konsultation/{consultation.id}/kladde", {"reason": "halvt skr"}).status_code == 204
    assert "halvt skr</textarea>" in nurse.get(f"/konsultation/{consultation.id}").get_data(as_text=True)


def test_a_whole_consultation_shows_each_screen_in_turn(world: NurseWorld, nurse: Nurse) -> None:
    consultation = world.waiting(nurse)
    api, page = f"/api/v1/consultations/{consultation.id}", f"/konsultation/{consultation.id}"
    assert shown(world, nurse, consultation.id) == "queue"
    world.does(consultation, lambda c: ringing.accept(c, world.later(), DOCTOR, "Lise Hansen"))
    assert nurse.get(f"{page}/nyt").headers["X-Screen"] == "ring"
    assert nurse.send(f"{api}/answer").get_json()["screen"] == "call"
    ticket = nurse.send(f"{api}/ticket").get_json()
    assert ticket["signal_url"].startswith("ws://") and ticket["ticket"].count(".") == 2
    world.does(consultation, lambda c: ringing.start_talk(c, world.later(), SYSTEM))
    assert nurse.send(f"{page}/notat-kladde", {"text": "Ny forbinding"}).status_code == 204
    assert nurse.send(f"{api}/hang-up").get_json()["screen"] == "note"
    note = nurse.get(page).get_data(as_text=True)
    assert "Ny forbinding</textarea>" in note and 'value="Lise Hansen"' in note
    assert nurse.post(f"{page}/godkend", text="Ny forbinding dagligt", clinician="Lise Hansen").status_code == 303
    closed = world.reload(consultation)
    assert (closed.status, closed.ending) == (Status.CLOSED, Ending.HELD_ON_VIDEO)
    assert shown(world, nurse, consultation.id) == "closed"


def test_d10_a_note_without_the_doctors_name_is_not_approved(world: NurseWorld, nurse: Nurse) -> None:
    consultation = world.waiting(nurse)
    world.does(consultation, lambda c: ringing.accept(c, world.later(), DOCTOR))
    world.does(consultation, lambda c: ringing.start_talk(c, world.later(), SYSTEM))
    nurse.send(f"/api/v1/consultations/{consultation.id}/hang-up")
    answer = nurse.post(f"/konsultation/{consultation.id}/godkend", text="Aftalt", clinician="")
    assert answer.status_code == 422
    assert "Skriv lægens navn" in answer.get_data(as_text=True)


def test_rejected_goes_to_another_practice_with_the_same_text(world: NurseWorld, nurse: Nurse) -> None:
    consultation = world.waiting(nurse)
    world.does(consultation, lambda c: queueing.reject(c, RejectReason.NOT_OUR_PATIENT, "", world.later(), DOCTOR))
    page = nurse.get(f"/konsultation/{consultation.id}").get_data(as_text=True)
    assert "Afvist videokonsultation" in page and "Din tekst er gemt" in page
    found = nurse.get(f"/konsultation/{consultation.id}/laeger?q=havnen").get_data(as_text=True)
    assert f'data-testid="choose-{SECOND}"' in found
    answer = nurse.post(f"/konsultation/{consultation.id}/vaelg-ny", ydernummer=str(SECOND))
    assert answer.status_code == 303
    again = world.reload(consultation)
    assert [str(e.ydernummer) for e in again.entries] == [str(OWN), str(SECOND)]
    assert again.reason == FILLED["reason"] and len(again.cases[0].consents) == 1


@pytest.mark.parametrize("reason", list(RejectReason))
def test_every_rejection_has_its_words_and_a_next_step(world: NurseWorld, nurse: Nurse, reason: RejectReason) -> None:
    consultation = world.waiting(nurse)
    world.does(consultation, lambda c: queueing.reject(c, reason, "Kom forbi", world.later(), DOCTOR))
    page = nurse.get(f"/konsultation/{consultation.id}").get_data(as_text=True)
    assert 'data-testid="rejected-because"' in page and "«Kom forbi»" in page
    assert 'data-testid="give-up"' in page and "tel:" in page


def test_continued_by_phone_needs_the_doctors_name(world: NurseWorld, nurse: Nurse) -> None:
    consultation = world.waiting(nurse)
    assert nurse.post(f"/konsultation/{consultation.id}/telefon", clinician="").status_code == 422
    assert nurse.post(f"/konsultation/{consultation.id}/telefon", clinician="Lise Hansen").status_code == 303
    assert shown(world, nurse, consultation.id) == "note"
    assert world.reload(consultation).modality == "phone"


def test_missed_and_ready_again(world: NurseWorld, nurse: Nurse) -> None:
    consultation = world.waiting(nurse)
    world.does(consultation, lambda c: ringing.accept(c, world.later(), DOCTOR))
    world.does(consultation, lambda c: ringing.miss(c, world.later(), SYSTEM))
    part = nurse.get(f"/konsultation/{consultation.id}/nyt").get_data(as_text=True)
    assert "Din plads er bevaret" in part and 'data-testid="ready-now"' in part
    nurse.post(f"/konsultation/{consultation.id}/ved-skaermen", availability="here")
    assert 'data-testid="missed"' not in nurse.get(f"/konsultation/{consultation.id}/nyt").get_data(as_text=True)


def test_wrong_citizen_erases_the_text(world: NurseWorld, nurse: Nurse) -> None:
    consultation = world.waiting(nurse)
    answer = nurse.send(f"/api/v1/consultations/{consultation.id}/withdraw", {"reason": "wrong-citizen"})
    assert answer.get_json()["ending"] == "wrong-citizen"
    assert world.reload(consultation).reason == ""


def test_english_by_choice(world: NurseWorld, nurse: Nurse) -> None:
    nurse.post("/sprog", language="en")
    page = nurse.get("/").get_data(as_text=True)
    assert 'lang="en"' in page and "My consultations" in page
