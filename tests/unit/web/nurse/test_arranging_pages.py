"""What clinic and employee arrange over the pages' own doors: both sides see the same, and only what is theirs."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from gateway.access import CLINIC_COOKIE
from gateway.domain.consultation import ringing
from gateway.domain.consultation.aggregate import Consultation, Status
from gateway.domain.people import SYSTEM
from gateway.domain.session import Grant
from gateway.store.people.organisations import Clinic
from tests.support.clinic_world import Seat
from tests.unit.web.nurse_world import OWN, SECOND, UNCONNECTED, Nurse, NurseWorld

HOUSE = UUID("0192f000-0000-7000-8000-0000000000c1")


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> NurseWorld:
    folder: Path = tmp_path_factory.mktemp("arranging")
    made = NurseWorld(folder)
    made.gateway.organisations.apply_clinic(Clinic(HOUSE, "Lægerne Torvet", True, (OWN, SECOND)))
    return made


@pytest.fixture
def nurse(world: NurseWorld) -> Nurse:
    return world.nurse()


@pytest.fixture
def desk(world: NurseWorld) -> Seat:
    return seated(world, "Lise Hansen")


def seated(world: NurseWorld, name: str, role: str = "laege") -> Seat:
    g = world.gateway
    person = g.organisations.recognise_clinic_user("idp-clinic", f"subject-{name}", name, role, [HOUSE])
    grant = Grant(f"subject-{name}", name, role, "Lægerne Torvet", True, "idp-clinic")
    token, session = g.access.open_clinic(HOUSE, person, grant, g.clock.now(), id=g.ids.new())
    client = world.app.test_client()
    client.set_cookie(CLINIC_COOKIE, token, domain="localhost")
    return Seat(client, token, session.csrf, person)


def entry(consultation: Consultation) -> str:
    return f"/api/v1/entries/{consultation.entries[-1].id}"


def news(nurse: Nurse, consultation: Consultation) -> str:
    return nurse.get(f"/konsultation/{consultation.id}/nyt").get_data(as_text=True)


def pane(desk: Seat, consultation: Consultation) -> str:
    return str(desk.client.get(f"/klinik/rude/{consultation.entries[-1].id}").get_data(as_text=True))


def test_a_few_words_reach_the_other_side_and_are_spoken(world: NurseWorld, nurse: Nurse, desk: Seat) -> None:
    consultation = world.waiting(nurse)
    assert desk.post(f"{entry(consultation)}/remark", {"text": "Hav medicinlisten klar"}).json["remarks"] == 1
    assert 'data-shout="Besked fra klinikken: «Hav medicinlisten klar»"' in news(nurse, consultation)
    assert nurse.post(f"/konsultation/{consultation.id}/besked", text="Vi skal være færdige kl. 11").status_code == 303
    assert "Vi skal være færdige kl. 11" in pane(desk, consultation)
    refused = desk.post(f"{entry(consultation)}/remark", {"text": "Er det 251248-9996?"})
    assert (refused.status_code, refused.json["reason"]) == (422, "looks-like-cpr")
    state = nurse.get(f"/api/v1/consultations/{consultation.id}/state").get_data(as_text=True)
    assert "medicinlisten" not in state, "the live document says that something was said, not what"


def test_ringing_instead_tells_her_on_which_number(world: NurseWorld, nurse: Nurse, desk: Seat) -> None:
    consultation = world.waiting(nurse)
    desk.post(f"{entry(consultation)}/ring-instead")
    assert "Vi ringer til dig på 99 00 01 01." in news(nurse, consultation)
    assert world.reload(consultation).status is Status.WAITING


def test_another_time_goes_to_and_fro_until_one_side_accepts(world: NurseWorld, nurse: Nurse, desk: Seat) -> None:
    consultation = world.waiting(nurse)
    soon, later = (world.later().replace(second=0, microsecond=0) + timedelta(hours=n) for n in (30, 50))
    assert desk.post(f"{entry(consultation)}/propose-time", {"at": soon.isoformat()}).status_code == 200
    assert "Klinikken foreslår" in news(nurse, consultation)
    day, clock = later.strftime("%Y-%m-%d"), later.strftime("%H:%M")
    assert nurse.post(f"/konsultation/{consultation.id}/foreslaa-tid", date=day, time=clock).status_code == 303
    assert "Medarbejderen foreslår" in pane(desk, consultation)
    assert desk.post(f"{entry(consultation)}/agree-time").json["status"] == "planned"
    agreed = world.reload(consultation).agreed_at
    assert agreed is not None and abs(agreed - later) < timedelta(hours=3)
    assert "Planlagt" in nurse.get(f"/konsultation/{consultation.id}").get_data(as_text=True)


def test_c15_the_direct_number_is_changed_on_the_page_and_told_to_who_waits(
    world: NurseWorld, nurse: Nurse, desk: Seat
) -> None:
    consultation = world.waiting(nurse)
    before = consultation.version
    address = f"/klinik/indstillinger/{OWN}/nummer"
    wrong = desk.client.post(address, data={"csrf_token": desk.csrf, "direct_phone": "112"})
    assert wrong.status_code == 422 and 'href="#field-direct_phone"' in wrong.get_data(as_text=True)
    assert 'value="112"' in wrong.get_data(as_text=True), "what was typed is still there"
    for _press in range(2):  # the second changes nothing and tells nobody
        kept = desk.client.post(address, data={"csrf_token": desk.csrf, "direct_phone": "+45 31 22 11-00"})
        assert kept.status_code == 303
    told = world.reload(consultation)
    assert told.version == before + 1
    assert 'href="tel:31221100"' in news(nurse, consultation)
    assert nurse.get(f"/api/v1/consultations/{consultation.id}/state").get_json()["practice"]["phone"] == "31221100"
    page = desk.client.get("/klinik/indstillinger").get_data(as_text=True)
    assert "Direkte nummer: 31 22 11 00 · Lise Hansen" in page
    strangers = desk.client.post(
        f"/klinik/indstillinger/{UNCONNECTED}/nummer", data={"csrf_token": desk.csrf, "direct_phone": ""}
    )
    assert strangers.status_code == 404
    desk.client.post(address, data={"csrf_token": desk.csrf, "direct_phone": ""})


def test_n09_the_clinic_sees_what_the_check_of_her_device_found(world: NurseWorld, nurse: Nurse, desk: Seat) -> None:
    consultation = world.waiting(nurse)
    door = f"/api/v1/consultations/{consultation.id}/device"
    assert "device-verdict" not in pane(desk, consultation)
    assert nurse.send(door, {"verdict": "silent"}).status_code == 200
    assert "Mikrofonen er tavs" in pane(desk, consultation)
    assert "Mikrofonen er tavs" in desk.client.get("/klinik/liste").get_data(as_text=True)
    assert nurse.send(door, {"verdict": "good"}).status_code == 200
    assert "Kamera og lyd i orden" in pane(desk, consultation)
    assert "mikrofonen er tavs" in nurse.get(f"/forloeb/{consultation.short_id}").get_data(as_text=True)
    assert nurse.send(door, {"verdict": "fine"}).get_json()["field"] == "verdict"
    assert world.nurse("En anden").send(door, {"verdict": "good"}).status_code == 404


def test_a_call_is_sent_to_a_colleague_who_finds_it_among_hers(world: NurseWorld, nurse: Nurse, desk: Seat) -> None:
    consultation = world.waiting(nurse)
    omar = seated(world, "Omar Saleh")
    assert 'value="Omar Saleh"' in pane(desk, consultation), "colleagues are offered by name"
    desk.post(f"{entry(consultation)}/address", {"colleague": "Omar Saleh"})
    id = str(consultation.entries[-1].id)

    def mine(seat: Seat) -> str:
        row = seat.client.get("/klinik/liste").get_data(as_text=True).split(f'data-entry="{id}"')[1]
        return str(row.split('data-mine="')[1][:3])

    assert (mine(omar), mine(desk)[:2]) == ("yes", "no")


def test_a_rejection_is_told_at_once_and_taken_back_in_time(world: NurseWorld, nurse: Nurse, desk: Seat) -> None:
    consultation = world.waiting(nurse)
    desk.post(f"{entry(consultation)}/reject", {"reason": "not-our-patient"})
    assert nurse.get(f"/konsultation/{consultation.id}/nyt").headers["X-Screen"] == "deciding"
    again = desk.post(f"{entry(consultation)}/take-back")
    assert again.status_code == 200 and again.json["entry_status"] == "received"
    assert again.json["entry"] != str(consultation.entries[-1].id)
    assert "Klinikken har fortrudt afvisningen" in news(nurse, consultation)


def test_a_rejection_for_want_of_an_agreement_is_met_with_one(world: NurseWorld, nurse: Nurse, desk: Seat) -> None:
    consultation = world.waiting(nurse)
    desk.post(f"{entry(consultation)}/reject", {"reason": "no-agreement"})
    assert "Indtast aftalt tid" in nurse.get(f"/konsultation/{consultation.id}").get_data(as_text=True)
    day = world.later(60 * 24).strftime("%Y-%m-%d")
    fields = {"date": day, "time": "11:15", "with": "Gitte"}
    assert nurse.post(f"/konsultation/{consultation.id}/aftalt", **fields).status_code == 303
    placed = world.reload(consultation)
    assert (placed.status, placed.agreed_with, len(placed.entries)) == (Status.PLANNED, "Gitte", 2)


def test_twice_missed_is_parked_on_both_pages_until_she_is_ready(world: NurseWorld, nurse: Nurse, desk: Seat) -> None:
    consultation = world.waiting(nurse)
    for _ in range(2):
        desk.post(f"{entry(consultation)}/accept")
        world.does(consultation, lambda c: ringing.miss(c, world.later(), SYSTEM))
    assert 'data-testid="parked"' in news(nurse, consultation) and 'data-testid="parked"' in pane(desk, consultation)
    nurse.post(f"/konsultation/{consultation.id}/ved-skaermen", availability="here")
    assert 'data-testid="parked"' not in news(nurse, consultation)
    assert 'data-testid="not-there"' not in pane(desk, consultation)


def test_what_the_clinic_types_is_a_draft_that_goes_with_the_note(world: NurseWorld, nurse: Nurse, desk: Seat) -> None:
    consultation = world.waiting(nurse)
    early = desk.post(f"{entry(consultation)}/note-draft", {"text": "Set"})
    assert early.status_code == 409
    desk.post(f"{entry(consultation)}/accept", {"clinician": "Lise Hansen"})
    world.does(consultation, lambda c: ringing.start_talk(c, world.later(), SYSTEM))
    assert desk.post(f"{entry(consultation)}/note-draft", {"text": "Set og vurd"}).status_code == 200
    page = desk.client.get(f"/klinik/samtale/{consultation.entries[-1].id}").get_data(as_text=True)
    assert "Set og vurd</textarea>" in page
    nurse.send(f"/api/v1/consultations/{consultation.id}/hang-up")
    nurse.send(f"/api/v1/consultations/{consultation.id}/approve", {"text": "Aftalt"})
    assert desk.post(f"{entry(consultation)}/note", {"text": "Set og vurderet"}).status_code == 200
    note = world.reload(consultation).cases[0].current_note
    assert note is not None and (note.version, note.clinic_text, note.employee_text) == (1, "Set og vurderet", "Aftalt")
    late = desk.post(f"{entry(consultation)}/note-draft", {"text": "Mere"})
    assert (late.status_code, late.json.get("because")) == (409, "sent"), late.json


def posted(desk: Seat, path: str, **fields: str) -> Any:
    return desk.client.post(f"/klinik/indstillinger/{SECOND}/{path}", data={"csrf_token": desk.csrf, **fields})


def test_the_clinic_closes_pauses_and_goes_on_holiday_on_its_page(world: NurseWorld, desk: Seat) -> None:
    now = world.later()
    assert posted(desk, "pause", until=(now + timedelta(hours=1)).strftime("%H:%M")).status_code == 303
    assert "Slut på pausen nu" in desk.client.get("/klinik/indstillinger").get_data(as_text=True)
    assert posted(desk, "pause").status_code == 303
    assert posted(desk, "ferie", **{"from": "2020-01-01", "to": "2019-01-01"}).status_code == 422
    days = {"from": f"{now:%Y-%m-%d}", "to": f"{now + timedelta(days=9):%Y-%m-%d}", "substitute": str(OWN)}
    assert posted(desk, "ferie", **days).status_code == 303
    assert world.gateway.practices.state(SECOND, now).substitutes == (OWN,)
    assert posted(desk, "aftaler", agreement="required", agreed_only="on").status_code == 303
    state = world.gateway.practices.state(SECOND, now)
    assert (state.agreement, state.agreed_only) == ("required", True)


def test_closing_while_somebody_waits_offers_to_take_or_reject_them(
    world: NurseWorld, nurse: Nurse, desk: Seat
) -> None:
    consultation = world.waiting(nurse)
    number = consultation.entries[-1].ydernummer
    switch = f"/klinik/indstillinger/{number}"
    desk.client.post(f"{switch}/kontakt", data={"csrf_token": desk.csrf, "switch": "closed"})
    page = desk.client.get("/klinik/indstillinger").get_data(as_text=True)
    assert f'data-testid="take-first-{number}"' in page
    fields = {"csrf_token": desk.csrf, "reason": "not-today", "text": "Vi lukker"}
    assert desk.client.post(f"{switch}/afvis-alle", data=fields).status_code == 303
    assert world.reload(consultation).entries[-1].ended_text == "Vi lukker"
    desk.client.post(f"{switch}/kontakt", data={"csrf_token": desk.csrf, "switch": "open"})


def test_somebody_of_two_clinics_chooses_at_the_top_and_no_other(world: NurseWorld) -> None:
    g, branch, foreign = world.gateway, UUID(int=41), UUID(int=42)
    for id, name in ((branch, "Filialen"), (foreign, "Fremmed Klinik")):
        g.organisations.apply_clinic(Clinic(id, name, True, ()))
    seat = seated(world, "Nanna Holst")
    g.organisations.recognise_clinic_user("idp-clinic", "subject-Nanna Holst", "Nanna Holst", "laege", [HOUSE, branch])
    page = seat.client.get("/klinik").get_data(as_text=True)
    assert 'data-testid="clinic"' in page and "Filialen" in page and "Fremmed Klinik" not in page
    assert seat.client.post("/klinik/skift", data={"csrf_token": seat.csrf, "clinic": str(branch)}).status_code == 303
    assert "Nanna Holst · Filialen" in seat.client.get("/klinik").get_data(as_text=True)
    assert seat.client.post("/klinik/skift", data={"csrf_token": seat.csrf, "clinic": str(foreign)}).status_code == 404
