"""Bad input: a 4xx that names the field and never echoes the value, for programs and for people."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from werkzeug.test import TestResponse

from gateway.web.app import create_app
from gateway.wiring import Gateway
from tests.support.clinic_world import settings_in
from tests.unit.web.nurse_world import FILLED, SECOND, UNCONNECTED, Nurse, NurseWorld

SECRET = "2512489996"


def problem(answer: TestResponse) -> dict[str, Any]:
    assert answer.mimetype == "application/problem+json"
    body: dict[str, Any] = answer.get_json()
    assert body["status"] == answer.status_code and body["code"].startswith("LB-")
    assert SECRET not in answer.get_data(as_text=True)
    return body


@pytest.mark.parametrize(
    ("body", "status", "reason"),
    [(b"{", 400, "not-json"), (b"[]", 400, "not-an-object"), (b'"2512489996"', 400, "not-an-object")],
)
def test_a_malformed_body_is_named(world: NurseWorld, nurse: Nurse, body: bytes, status: int, reason: str) -> None:
    consultation = world.launched(nurse)
    answer = nurse.client.post(
        f"/api/v1/consultations/{consultation.id}/place",
        data=body,
        content_type="application/json",
        headers={"X-CSRF-Token": nurse.session.csrf},
    )
    assert answer.status_code == status
    assert (problem(answer)["field"], problem(answer)["reason"]) == ("body", reason)


def test_all_faults_of_the_start_page_come_at_once(world: NurseWorld, nurse: Nurse) -> None:
    consultation = world.launched(nurse)
    answer = nurse.send(f"/api/v1/consultations/{consultation.id}/place", {"reason": "kort", "phone": "1"})
    fields = {fault["field"] for fault in problem(answer)["errors"]}
    assert fields == {"consent.answer", "reason", "phone"}
    assert world.reload(consultation).entries == ()


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"consent": {"answer": SECRET}}, "consent.answer"),
        ({"consent": {"answer": "representative"}}, "consent.representative"),
        ({"consent": {"answer": "urgent"}}, "consent.reason"),
        ({"ydernummer": "abcdef"}, "ydernummer"),
        ({"ydernummer": "777777"}, "ydernummer"),
        ({"agreed_at": SECRET + "x"}, "agreed_at"),
        ({"form": SECRET}, "form"),
        ({"other": {"role": SECRET, "name": "x"}}, "other.role"),
    ],
)
def test_a_field_that_cannot_be_used_is_named(
    world: NurseWorld, nurse: Nurse, changes: dict[str, Any], field: str
) -> None:
    consultation = world.launched(nurse)
    answer = nurse.send(f"/api/v1/consultations/{consultation.id}/place", FILLED | changes)
    assert answer.status_code == 422 and problem(answer)["field"] == field


def test_a_practice_that_is_not_connected_gives_its_phone(world: NurseWorld, nurse: Nurse) -> None:
    consultation = world.launched(nurse)
    answer = nurse.send(f"/api/v1/consultations/{consultation.id}/place", FILLED | {"ydernummer": str(UNCONNECTED)})
    body = problem(answer)
    assert (answer.status_code, body["reason"], body["phone"]) == (422, "not-connected", "99001030")


def test_a_move_that_came_too_late_is_a_conflict(world: NurseWorld, nurse: Nurse) -> None:
    consultation = world.waiting(nurse)
    answer = nurse.send(f"/api/v1/consultations/{consultation.id}/answer")
    assert answer.status_code == 409 and problem(answer)["because"] == "not-ringing"
    again = nurse.send(f"/api/v1/consultations/{consultation.id}/place-again", {"ydernummer": str(SECOND)})
    assert again.status_code == 200 and again.get_json()["practice"]["ydernummer"] == "034835"


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        (b"x" * 10_000_000, "application/jwt", 413),
        (b"a.b.c", "text/plain", 415),
        (b"a.b.c", "application/jwt", 400),
        (b"no token", "application/jwt", 400),
        (b"e30.e30.e30", "application/jwt", 422),
        (b"e30.eyJpc3MiOiJ4In0.e30", "application/jwt", 403),
    ],
)
def test_a_bad_launch_token_is_refused(world: NurseWorld, body: bytes, kind: str, status: int) -> None:
    answer = world.app.test_client().post("/api/v1/launches", data=body, content_type=kind)
    assert answer.status_code == status
    problem(answer)


def test_people_get_a_page_with_a_way_on_and_a_code(world: NurseWorld, nurse: Nurse) -> None:
    answer = nurse.get("/findes-ikke")
    text = answer.get_data(as_text=True)
    assert answer.status_code == 404
    assert "Fejlkode" in text and 'data-testid="to-mine"' in text


def test_a_database_that_is_away_asks_to_come_back(tmp_path: Path) -> None:
    """503 with Retry-After for programs and for people, and nothing about the database itself."""
    away = settings_in(tmp_path, "postgresql://nobody@127.0.0.1:1/none", "redis://127.0.0.1:1/0")
    client = create_app(Gateway(away)).test_client()
    page = client.get("/login")
    assert page.status_code == 503 and page.headers["Retry-After"] == "2"
    client.set_cookie("laegebro_session", "somebody")
    asked = client.get("/api/v1/session")
    assert problem(asked)["status"] == 503 and "127.0.0.1" not in asked.get_data(as_text=True)
