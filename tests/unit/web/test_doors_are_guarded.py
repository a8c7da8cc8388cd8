"""Who gets in: audiences, forgery, sessions, other people's consultations, and what every answer carries."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import func, select

from gateway.domain.errors import ConfigFault
from gateway.domain.scope import SystemScope
from gateway.store.ground.engine import transaction
from gateway.store.ground.schema import metadata
from gateway.web.guards import require_all_guarded
from tests.unit.web.nurse_world import CPR, FILLED, Nurse, NurseWorld


def test_a_route_open_to_nobody_in_particular_stops_the_process() -> None:
    app = Flask("bare")
    app.add_url_rule("/bare", "bare", lambda: "")
    with pytest.raises(ConfigFault, match="bare"):
        require_all_guarded(app)


def test_nobody_reaches_a_screen_without_an_identity(world: NurseWorld) -> None:
    stranger = world.app.test_client()
    for path in ("/", "/ny", "/mine-oplysninger", f"/konsultation/{world.gateway.ids.new()}"):
        answer = stranger.get(path)
        assert answer.status_code == 303 and answer.location.startswith("/login"), path
    assert stranger.get("/api/v1/session").status_code == 401


@pytest.mark.parametrize("path", ["//evil.example", "https://evil.example", "/\\evil.example"])
def test_login_returns_only_to_our_own_paths(world: NurseWorld, path: str) -> None:
    page = world.app.test_client().get("/login", query_string={"next": path}).get_data(as_text=True)
    assert "evil" not in page


def test_a_post_without_the_token_is_refused(world: NurseWorld, nurse: Nurse) -> None:
    consultation = world.waiting(nurse)
    bare = nurse.client.post(f"/konsultation/{consultation.id}/forlad", data={"reason": "solved"})
    assert bare.status_code == 403
    assert world.reload(consultation).is_open


@pytest.mark.parametrize(
    "headers", [{"Origin": "http://evil.example"}, {"Origin": "null"}, {"Sec-Fetch-Site": "cross-site"}]
)
def test_a_post_from_another_origin_is_refused(world: NurseWorld, nurse: Nurse, headers: dict[str, str]) -> None:
    token = {"X-CSRF-Token": nurse.session.csrf}
    answer = nurse.client.post("/api/v1/probe-ticket", json={}, headers=token | headers)
    assert answer.status_code == 403


def test_a_form_of_ours_carries_a_null_origin_and_gets_in(world: NurseWorld, nurse: Nurse) -> None:
    headers = {"X-CSRF-Token": nurse.session.csrf, "Origin": "null", "Sec-Fetch-Site": "same-origin"}
    assert nurse.client.post("/api/v1/probe-ticket", json={}, headers=headers).status_code == 200


def test_a_colleagues_consultation_does_not_exist(world: NurseWorld, nurse: Nurse) -> None:
    consultation = world.waiting(nurse)
    other = world.nurse("Karim Aziz")
    assert other.get(f"/konsultation/{consultation.id}").status_code == 404
    assert other.get(f"/api/v1/consultations/{consultation.id}/state").status_code == 404
    assert other.send(f"/api/v1/consultations/{consultation.id}/withdraw", {"reason": "solved"}).status_code == 404


def test_every_page_is_hardened_and_never_stored(world: NurseWorld, nurse: Nurse) -> None:
    consultation = world.launched(nurse)
    headers = nurse.get(f"/konsultation/{consultation.id}").headers
    assert headers["Cache-Control"] == "no-store"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
    assert "unsafe" not in headers["Content-Security-Policy"]


def test_d05_after_log_borger_ud_nothing_of_the_citizen_is_shown(world: NurseWorld, nurse: Nurse) -> None:
    consultation = world.launched(nurse)
    address = f"/konsultation/{consultation.id}"
    assert "Nancy" in nurse.get(address).get_data(as_text=True)
    out = nurse.post(f"{address}/log-borger-ud")
    assert out.headers["Clear-Site-Data"] == '"cache"'
    for path in (address, f"{address}?del=1", f"{address}/nyt", f"{address}/telefon"):
        answer = nurse.get(path)
        assert answer.status_code == 404 and "Nancy" not in answer.get_data(as_text=True), path
    assert nurse.get("/").status_code == 200
    nurse.post(f"{address}/aabn")
    assert nurse.get(address).status_code == 200


def test_d14_showing_a_citizen_leaves_an_audit_row(world: NurseWorld, nurse: Nurse) -> None:
    consultation = world.launched(nurse)
    before = reads(world)
    nurse.get(f"/konsultation/{consultation.id}")
    nurse.get("/")
    assert reads(world) == before + 2


def reads(world: NurseWorld) -> int:
    table = metadata.tables["audit"]
    with transaction(world.gateway.engine, SystemScope(), read_only=True) as connection:
        return int(connection.execute(select(func.count()).where(table.c.verb == "read")).scalar_one())


def test_no_number_in_address_title_or_masked_page(world: NurseWorld, nurse: Nurse) -> None:
    consultation = world.launched(nurse)
    page = nurse.get(f"/konsultation/{consultation.id}").get_data(as_text=True)
    assert CPR not in page and CPR[6:] not in page
    title = page.split("<title>")[1].split("</title>")[0]
    assert "Nancy" not in title
    nurse.send(f"/api/v1/consultations/{consultation.id}/place", FILLED)
    state = nurse.get(f"/api/v1/consultations/{consultation.id}/state").get_data(as_text=True)
    assert "Nancy" not in state and CPR not in state
