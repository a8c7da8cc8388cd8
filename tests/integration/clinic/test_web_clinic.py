"""The clinic's desk over HTTP: what its people see, do and are refused; on a real store."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.domain.consultation.aggregate import Status
from gateway.domain.consultation.queue_entry import EntryStatus
from gateway.domain.identifiers import OFFICIAL_TEST_CPRS
from tests.support.clinic_world import NEIGHBOUR, ClinicWorld, problem, settings_in
from tests.support.consultations import ELSEWHERE, KOMMUNE_B, SECOND

NOTHING_LISTENS = "redis://127.0.0.1:1/0"


@pytest.fixture
def world(tmp_path: Path, sqlite_template: Path) -> Iterator[ClinicWorld]:
    database = tmp_path / "laegebro.db"
    database.write_bytes(sqlite_template.read_bytes())
    made = ClinicWorld(settings_in(tmp_path, f"sqlite:///{database}", NOTHING_LISTENS))
    yield made
    made.gateway.engine.dispose()


def test_one_clinic_sees_two_organisations_and_both_its_practices_and_nothing_else(world: ClinicWorld) -> None:
    first = world.wait_in_queue()
    second = world.wait_in_queue(KOMMUNE_B, SECOND)
    elsewhere = world.wait_in_queue(KOMMUNE_B, ELSEWHERE)
    desk = world.clinic_user()
    rows = desk.client.get("/api/v1/clinic/entries").json["entries"]
    assert [row["entry"] for row in rows] == [world.entry_of(first), world.entry_of(second)]
    assert {row["organisation"] for row in rows} == {"Fjordby Kommune", "Skovby Kommune"}
    answer = desk.client.get(f"/api/v1/entries/{world.entry_of(elsewhere)}")
    assert answer.status_code == 404
    assert problem(answer)["type"].endswith("not-found")


@pytest.mark.guide(7, 13)
def test_the_list_says_who_from_where_and_why_but_never_the_number(world: ClinicWorld) -> None:
    world.wait_in_queue()
    desk = world.clinic_user()
    html = desk.client.get("/klinik").get_data(as_text=True)
    for words in (
        "Nancy Ann Berggren",
        "Hjemmesygeplejen Nord",
        "Tiltagende åndenød",
        "Fjordby Kommune",
        "70 11 22 33",
    ):
        assert words in html
    assert not any(number in html or f"{number[:6]}-{number[6:]}" in html for number in OFFICIAL_TEST_CPRS)
    assert re.search(r"<title>\s*Venteværelse – Lægebro", html)


def test_showing_the_number_is_a_request_of_its_own_and_leaves_a_row(world: ClinicWorld) -> None:
    entry = world.entry_of(world.wait_in_queue())
    desk = world.clinic_user()
    pane = desk.client.get(f"/klinik/rude/{entry}").get_data(as_text=True)
    assert "251248-••••" in pane
    shown = desk.post(f"/api/v1/entries/{entry}/identifier")
    assert shown.json == {"identifier": "2512489996", "seconds": 60}
    with world.gateway.engine.connect() as connection:
        read = connection.exec_driver_sql("SELECT what FROM audit WHERE verb = 'read'").scalars().all()
    assert "clinic-identifier" in read
    assert "clinic-pane" in read


def test_taking_rings_and_the_second_doctor_is_told_who(world: ClinicWorld) -> None:
    consultation = world.wait_in_queue()
    entry = world.entry_of(consultation)
    lise, omar = world.clinic_user(), world.clinic_user("Omar Saleh")
    assert lise.post(f"/api/v1/entries/{entry}/accept").json["entry_status"] == "accepted"
    refused = omar.post(f"/api/v1/entries/{entry}/accept")
    assert refused.status_code == 409
    assert problem(refused)["who"] == "Lise Hansen"
    pane = omar.client.get(f"/klinik/rude/{entry}").get_data(as_text=True)
    assert "Lise Hansen tog kaldet kl." in pane
    assert world.reload(consultation).entries[-1].clinician == "Lise Hansen"


def test_a_secretary_takes_the_call_and_names_the_doctor_who_talks(world: ClinicWorld) -> None:
    consultation = world.wait_in_queue()
    entry = world.entry_of(consultation)
    desk = world.clinic_user("Gitte Mørk", "sekretaer")
    assert desk.post(f"/api/v1/entries/{entry}/accept").json["clinician"] == ""
    assert desk.post(f"/api/v1/entries/{entry}/clinician", {"clinician": "Lise Hansen"}).status_code == 200
    stored = world.reload(consultation).entries[-1]
    assert (stored.accepted_name, stored.clinician) == ("Gitte Mørk", "Lise Hansen")


def test_seen_is_noted_once(world: ClinicWorld) -> None:
    consultation = world.wait_in_queue()
    entry = world.entry_of(consultation)
    desk = world.clinic_user()
    assert desk.client.get("/api/v1/clinic/state").json["unseen"] == 1
    desk.post(f"/api/v1/entries/{entry}/seen")
    first = world.reload(consultation).entries[-1].seen_at
    desk.post(f"/api/v1/entries/{entry}/seen")
    assert first is not None
    assert world.reload(consultation).entries[-1].seen_at == first
    assert desk.client.get("/api/v1/clinic/state").json["unseen"] == 0


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "reason"),
        ({"reason": "because"}, "reason"),
        ({"reason": "other"}, "text"),
        ({"reason": 7}, "reason"),
    ],
)
def test_a_rejection_without_a_reason_names_the_field(world: ClinicWorld, body: dict[str, object], field: str) -> None:
    consultation = world.wait_in_queue()
    answer = world.clinic_user().post(f"/api/v1/entries/{world.entry_of(consultation)}/reject", body)
    assert answer.status_code in (400, 422)
    assert problem(answer)["field"] == field
    assert world.reload(consultation).status is Status.WAITING


def test_a_rejection_ends_the_entry_and_keeps_the_consultation(world: ClinicWorld) -> None:
    consultation = world.wait_in_queue()
    desk = world.clinic_user()
    body = {"reason": "not-our-patient", "text": "Prøv Havnen"}
    assert desk.post(f"/api/v1/entries/{world.entry_of(consultation)}/reject", body).status_code == 200
    stored = world.reload(consultation)
    assert (stored.status, stored.entries[-1].status) == (Status.DECIDING, EntryStatus.REJECTED)
    assert stored.entries[-1].ended_text == "Prøv Havnen"
    assert "Ikke vores patient" in desk.client.get("/klinik/dagens-liste").get_data(as_text=True)


def test_put_back_keeps_the_place(world: ClinicWorld) -> None:
    first, second = world.wait_in_queue(), world.wait_in_queue()
    desk = world.clinic_user()
    desk.post(f"/api/v1/entries/{world.entry_of(first)}/accept")
    desk.post(f"/api/v1/entries/{world.entry_of(first)}/put-back")
    rows = desk.client.get("/api/v1/clinic/entries").json["entries"]
    assert [(row["entry"], row["number"]) for row in rows] == [(world.entry_of(first), 1), (world.entry_of(second), 2)]


def test_the_address_in_a_practice_system_leads_to_the_pane_and_then_to_the_call(world: ClinicWorld) -> None:
    entry = world.entry_of(world.wait_in_queue())
    stranger = world.app.test_client().get(f"/klinik/kald/{entry}")
    assert stranger.status_code == 303
    assert f"/klinik/kald/{entry}" in stranger.location.replace("%2F", "/")
    desk = world.clinic_user()
    assert 'data-testid="take-call"' in desk.client.get(f"/klinik/kald/{entry}").get_data(as_text=True)
    desk.post(f"/api/v1/entries/{entry}/accept")
    taken = desk.client.get(f"/klinik/kald/{entry}")
    assert taken.status_code == 303
    assert taken.location.endswith(f"/klinik/samtale/{entry}")
    assert 'data-testid="hang-up"' in desk.client.get(taken.location).get_data(as_text=True)


def test_a_ticket_is_for_ones_own_seat_and_only_while_there_is_a_call(world: ClinicWorld) -> None:
    entry = world.entry_of(world.wait_in_queue())
    desk = world.clinic_user()
    early = desk.post(f"/api/v1/entries/{entry}/ticket")
    assert early.status_code == 409
    assert problem(early)["because"] == "no-call"
    desk.post(f"/api/v1/entries/{entry}/accept")
    ticket = desk.post(f"/api/v1/entries/{entry}/ticket").json
    assert ticket["signal_url"] == "ws://gateway.localhost:8002/signal"
    assert ticket["ticket"].count(".") == 2


def test_another_clinic_can_do_nothing_with_the_entry(world: ClinicWorld) -> None:
    consultation = world.wait_in_queue()
    entry = world.entry_of(consultation)
    other = world.clinic_user("Peter Vang", clinic=NEIGHBOUR)
    for verb in ("seen", "accept", "reject", "put-back", "hang-up", "ticket", "clinician", "identifier", "note"):
        body = {"reason": "urgent"} if verb == "reject" else {}
        assert other.post(f"/api/v1/entries/{entry}/{verb}", body).status_code == 404, verb
    for path in (f"/klinik/kald/{entry}", f"/klinik/rude/{entry}", f"/klinik/samtale/{entry}"):
        assert other.client.get(path).status_code == 404, path
    assert world.reload(consultation).version == consultation.version


def test_without_the_pages_token_nothing_is_done(world: ClinicWorld) -> None:
    consultation = world.wait_in_queue()
    desk = world.clinic_user()
    forged = desk.client.post(f"/api/v1/entries/{world.entry_of(consultation)}/accept", json={})
    assert forged.status_code == 403
    assert world.reload(consultation).status is Status.WAITING


def test_the_page_attends_the_practices(world: ClinicWorld) -> None:
    from gateway.domain.practice import Attended

    book, clock = world.gateway.practices, world.gateway.clock
    assert book.attended(SECOND, clock.now()) is not Attended.YES
    world.clinic_user().client.get("/klinik")
    assert book.attended(SECOND, clock.now()) is Attended.YES
