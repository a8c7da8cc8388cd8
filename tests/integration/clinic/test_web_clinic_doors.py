"""The doors peers call, the clinic's hours, and the timeline; on a real store."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.domain.consultation.aggregate import Status
from gateway.domain.people import ParticipantRole
from gateway.domain.room import Heartbeat, RoomState, SeatState
from gateway.domain.scope import TenantScope
from gateway.services import call
from gateway.services.act import acting
from gateway.store.peers.connections import Stanza
from tests.support.clinic_world import ClinicWorld, problem, settings_in
from tests.support.consultations import CITIZENS, KOMMUNE_B, NURSE, PRACTICE, REASON

NOTHING_LISTENS = "redis://127.0.0.1:1/0"


@pytest.fixture
def world(tmp_path: Path, sqlite_template: Path) -> Iterator[ClinicWorld]:
    database = tmp_path / "laegebro.db"
    database.write_bytes(sqlite_template.read_bytes())
    made = ClinicWorld(settings_in(tmp_path, f"sqlite:///{database}", NOTHING_LISTENS))
    yield made
    made.gateway.engine.dispose()


def _beat(world: ClinicWorld, body: bytes, key: str | None = None) -> int:
    secret = key or world.gateway.media_secret
    signature = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    headers = {"X-Laegebro-Signature": signature, "Content-Type": "application/json"}
    return world.app.test_client().post("/internal/rooms", data=body, headers=headers).status_code


def test_media_from_both_sides_starts_the_talk(world: ClinicWorld) -> None:
    consultation = world.wait_in_queue()
    entry = world.entry_of(consultation)
    desk = world.clinic_user()
    desk.post(f"/api/v1/entries/{entry}/accept")
    desk.post(f"/api/v1/entries/{entry}/ticket")
    g, scope = world.gateway, TenantScope(consultation.tenant)
    call.take_seat(scope, consultation.id, acting(call.Chair(ParticipantRole.EMPLOYEE), NURSE, g.ports))
    seats = tuple(SeatState(str(s.id), s.generation, True, True, True) for s in world.reload(consultation).seats)
    beat = Heartbeat("media-1", 1, (RoomState(consultation.room, seats),))
    assert _beat(world, json.dumps(beat.document()).encode()) == 204
    assert world.reload(consultation).status is Status.IN_CALL
    assert desk.post(f"/api/v1/entries/{entry}/hang-up").json["entry_status"] == "completed"
    assert desk.post(f"/api/v1/entries/{entry}/note", {"text": "Ses igen om en uge"}).status_code == 200
    note = world.reload(consultation).cases[0].current_note
    assert note is not None
    assert note.clinic_text == "Ses igen om en uge"


def test_a_heartbeat_without_the_secret_or_the_shape_is_refused(world: ClinicWorld) -> None:
    assert _beat(world, b"{}", key="another secret entirely") == 401
    assert _beat(world, b"{}") == 400
    assert _beat(world, b"[1, 2") == 400


def test_a_notification_needs_the_token_of_its_connection(world: ClinicWorld) -> None:
    g = world.gateway
    stanza = {"base_url": "http://127.0.0.1:1/fhir", "client_id": "laegebro", "client_key": g.settings.client_key}
    g.connections.apply(Stanza("gp-one", "gp_system", "fhir_r4", None, stanza), "test", "test", g.clock.now())
    client = world.app.test_client()

    def told(token: str) -> int:
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/fhir+json"}
        return client.post("/api/v1/notifications/gp-one", data=b"{}", headers=headers).status_code

    assert told("wrong") == 401
    assert told(g.peers.door_token("another")) == 401
    assert client.post("/api/v1/notifications/gp-one", data=b"{}").status_code == 401
    assert g.peers.take_turn("gp-one") is not None
    assert g.peers.take_turn("gp-one") is None
    assert told(g.peers.door_token("gp-one")) == 200
    assert g.peers.take_turn("gp-one") is not None


def test_our_keys_are_public_keys(world: ClinicWorld) -> None:
    keys = world.app.test_client().get("/.well-known/jwks.json").json["keys"]
    assert keys
    assert all(key["kty"] == "EC" and "d" not in key for key in keys)


def test_health_says_up_and_ready(world: ClinicWorld) -> None:
    client = world.app.test_client()
    assert client.get("/health").json == {"status": "up"}
    assert client.get("/health/ready").json["status"] == "ready"


def test_the_switch_closes_and_the_week_is_kept(world: ClinicWorld) -> None:
    desk = world.clinic_user()
    base = f"/klinik/indstillinger/{PRACTICE}"
    form = {"csrf_token": desk.csrf, "switch": "closed"}
    assert desk.client.post(f"{base}/kontakt", data=form).status_code == 303
    assert "Lukket for video" in desk.client.get("/klinik").get_data(as_text=True)
    week = {"csrf_token": desk.csrf, "opens-0-0": "09:00", "closes-0-0": "11:30"}
    assert desk.client.post(f"{base}/uge", data=week).status_code == 303
    hours = world.gateway.practices.hours(PRACTICE)
    assert hours.switch is False
    assert {day: len(spans) for day, spans in hours.weekly.items()} == {0: 1}


def test_a_week_that_makes_no_sense_says_which_day_and_keeps_what_was_typed(world: ClinicWorld) -> None:
    desk = world.clinic_user()
    form = {"csrf_token": desk.csrf, "opens-2-0": "15:00", "closes-2-0": "09:00"}
    answer = desk.client.post(f"/klinik/indstillinger/{PRACTICE}/uge", data=form)
    assert answer.status_code == 422
    html = answer.get_data(as_text=True)
    assert "Onsdag: sluttiden skal være efter starttiden." in html
    assert 'value="15:00"' in html
    assert desk.client.post("/klinik/indstillinger/099999/uge", data=form).status_code == 404


def test_the_timeline_tells_the_course_and_no_person(world: ClinicWorld) -> None:
    consultation = world.wait_in_queue()
    desk, nurse = world.clinic_user(), world.employee()
    desk.post(f"/api/v1/entries/{world.entry_of(consultation)}/seen")
    for seat in (nurse, desk):
        html = seat.client.get(f"/forloeb/{consultation.id}").get_data(as_text=True)
        assert "Set i klinikken" in html
        assert not any(name in html or cpr in html for cpr, name in CITIZENS)
        assert REASON not in html
        assert NURSE.name not in html.replace("Mette Holm", "")


def test_the_timeline_is_the_tenants_own(world: ClinicWorld) -> None:
    consultation = world.wait_in_queue()
    answer = world.employee("Anne Bech", KOMMUNE_B).client.get(f"/forloeb/{consultation.id}")
    assert answer.status_code == 404
    refused = world.employee().client.get("/forloeb/nonsense", headers={"Accept": "application/json"})
    assert problem(refused)["status"] == 404
