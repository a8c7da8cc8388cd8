"""At our own API whatever is misspelt or stands twice is refused by its name, and nothing is done."""

from __future__ import annotations

import json

import pytest

from gateway.domain.consultation.aggregate import Status
from tests.unit.web.nurse_world import CPR, FILLED, Nurse, NurseWorld

TWICE = '{"reason": "solved", "reason": "wrong-citizen"}'
DEEP = '{"consent": {"answer": "given", "answer": "refused"}}'


@pytest.mark.parametrize(
    ("body", "field", "reason"),
    [
        (json.dumps({**FILLED, "resaon": "x"}), "resaon", "unknown-key"),
        (json.dumps({**FILLED, "consent": {"answer": "given", "by": "x"}}), "consent.by", "unknown-key"),
        (json.dumps({**FILLED, CPR: "x"}), "body", "unknown-key"),
        (json.dumps({**FILLED, "x" * 300: "x"}), "body", "unknown-key"),
        (DEEP, "body", "repeated-key"),
        (TWICE, "body", "repeated-key"),
    ],
)
def test_a_key_that_is_unknown_or_stands_twice(
    world: NurseWorld, nurse: Nurse, body: str, field: str, reason: str
) -> None:
    draft = world.launched(nurse)
    token = {"X-CSRF-Token": nurse.session.csrf}
    path = f"/api/v1/consultations/{draft.id}/place"
    answer = nurse.client.post(path, data=body, content_type="application/json", headers=token)
    said = answer.get_json()
    assert (answer.status_code, said["field"], said["reason"]) == (400, field, reason)
    assert CPR not in answer.get_data(as_text=True)
    assert world.reload(draft).status is Status.DRAFT


def test_a_parameter_that_stands_twice(world: NurseWorld, nurse: Nurse) -> None:
    assert nurse.get("/api/v1/session?kind=employee&kind=clinic").status_code == 400
    assert nurse.get("/api/v1/session?kind=employee").status_code == 200
