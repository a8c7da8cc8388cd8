"""What no page sends but anybody can: answered with a 4xx that names the field, never with a 500."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from datetime import UTC, datetime
from typing import Any

import pytest

from gateway.domain.practice import danish_day
from tests.unit.web.nurse_world import FILLED, Nurse, NurseWorld
from tests.unit.web.test_problems import problem

NESTED = b"[" * 100_000


@pytest.mark.parametrize("body", [NESTED, b'{"reason": "\\ud800 er ikke tekst"}'])
def test_json_that_is_no_text_is_named(world: NurseWorld, nurse: Nurse, body: bytes) -> None:
    consultation = world.launched(nurse)
    answer = nurse.client.post(
        f"/api/v1/consultations/{consultation.id}/reason",
        data=body,
        content_type="application/json",
        headers={"X-CSRF-Token": nurse.session.csrf},
    )
    assert (answer.status_code, problem(answer)["reason"]) == (400, "not-json")


@pytest.mark.parametrize("bytes_sent", ["%ED%A0%80", "%FF", "r%E6v"])
def test_a_form_that_is_no_utf8_is_refused_and_nothing_is_kept(
    world: NurseWorld, nurse: Nurse, bytes_sent: str
) -> None:
    consultation = world.launched(nurse)
    answer = nurse.client.post(
        f"/konsultation/{consultation.id}/kladde",
        data=f"csrf_token={nurse.session.csrf}&reason={bytes_sent}",
        content_type="application/x-www-form-urlencoded",
    )
    assert answer.status_code == 400
    assert world.reload(consultation).reason == consultation.reason


def test_a_launch_token_nested_without_end_is_malformed(world: NurseWorld) -> None:
    token = b"e30." + base64.urlsafe_b64encode(NESTED) + b".e30"
    answer = world.app.test_client().post("/api/v1/launches", data=token, content_type="application/jwt")
    assert (answer.status_code, problem(answer)["field"]) == (400, "token")


def test_a_heartbeat_signed_with_letters_is_refused(world: NurseWorld) -> None:
    headers = {"X-Laegebro-Signature": "æ"}
    answer = world.app.test_client().post("/internal/rooms", data=b"{}", headers=headers)
    assert answer.status_code == 401 and problem(answer)["reason"] == "not-authorised"


@pytest.mark.parametrize(
    "said",
    [{"process": "\ud800"}, {"process": "a\x00b"}, {"number": 1e300}, {"number": 2**63}, {"rooms": [[[[]]]]}],
    ids=str,
)
def test_a_heartbeat_that_no_database_keeps_is_refused(world: NurseWorld, said: dict[str, Any]) -> None:
    body = json.dumps({"process": "p", "number": 1, "rooms": [], **said}).encode()
    signature = hmac.new(world.gateway.media_secret.encode(), body, hashlib.sha256).hexdigest()
    headers = {"X-Laegebro-Signature": signature}
    answer = world.app.test_client().post("/internal/rooms", data=body, headers=headers)
    assert (answer.status_code, problem(answer)["field"]) == (400, "heartbeat")


@pytest.mark.parametrize("body", [b"[]", b"{", b'{"code": "\\ud800"}'])
def test_a_program_is_answered_as_one_outside_the_api_too(world: NurseWorld, body: bytes) -> None:
    answer = world.app.test_client().post("/start", data=body, content_type="application/json")
    assert (answer.status_code, problem(answer)["field"]) == (400, "body")


@pytest.mark.parametrize("verb", ["kladde", "notat-kladde"])
def test_a_draft_that_is_no_text_is_named(world: NurseWorld, nurse: Nurse, verb: str) -> None:
    consultation = world.launched(nurse)
    for field in ("reason", "text", "case"):
        answer = nurse.send(f"/konsultation/{consultation.id}/{verb}", {field: {"a": 1}})
        if answer.status_code != 204:  # the other page's field
            assert answer.status_code in (400, 409)
            problem(answer)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"agreed_at": "9999-12-31T23:59:59+00:00"}, "agreed_at"),
        ({"agreed_at": "0001-01-01T00:00:00"}, "agreed_at"),
        ({"phone": "1" * 41}, "phone"),
        ({"agreed_with": "x" * 201}, "agreed_with"),
        ({"other": {"role": "relative", "name": "x" * 201}}, "other.name"),
    ],
)
def test_what_is_out_of_all_measure_is_named(
    world: NurseWorld, nurse: Nurse, changes: dict[str, Any], field: str
) -> None:
    consultation = world.launched(nurse)
    answer = nurse.send(f"/api/v1/consultations/{consultation.id}/place", FILLED | changes)
    assert answer.status_code == 422 and problem(answer)["field"] == field
    assert world.reload(consultation).entries == ()


@pytest.mark.parametrize(
    "address", ["//evil.dk", "/\t/evil.dk", "/\\evil.dk", "/\r\nX: y", "\t//evil.dk", "https://evil.dk"]
)
def test_nobody_is_sent_to_another_site(world: NurseWorld, nurse: Nurse, address: str) -> None:
    answer = nurse.post("/sprog", language="da", next=address)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/")


def test_the_day_changes_at_danish_midnight() -> None:
    assert danish_day(datetime(2026, 6, 30, 22, 30, tzinfo=UTC)).isoformat() == "2026-07-01"
    assert danish_day(datetime(2026, 12, 31, 22, 30, tzinfo=UTC)).isoformat() == "2026-12-31"
