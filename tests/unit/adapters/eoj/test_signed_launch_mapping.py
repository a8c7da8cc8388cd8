"""What a posted launch says, as golden pairs, and how each bad claim is named without its value."""

from __future__ import annotations

import json
from copy import deepcopy
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from pydantic import TypeAdapter

import adapters.eoj.signed_launch as package
from adapters.eoj.signed_launch import Settings
from adapters.eoj.signed_launch.mapping import launch_of
from gateway.domain.errors import InvalidField
from gateway.domain.launch import Launch

NOW = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)
EXAMPLES = sorted((Path(package.__file__).parent / "examples").glob("launch-*.json"))
SETTINGS = Settings(
    issuer="https://eoj.example",
    audience="https://gateway.example",
    tenant=UUID(int=1),
    write_back="eoj-fjordby",
    jwks_url="https://eoj.example/jwks",
)
LAUNCH = TypeAdapter(Launch)


def example(name: str) -> dict[str, Any]:
    path = next(each for each in EXAMPLES if each.stem == name)
    return dict(json.loads(path.read_text(encoding="utf-8")))


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda p: p.stem)
def test_claims_become_a_launch(path: Path) -> None:
    pair = json.loads(path.read_text(encoding="utf-8"))
    assert LAUNCH.dump_python(launch_of(pair["given"], SETTINGS, NOW), mode="json") == pair["expected"]


BAD: list[tuple[str, Any, str]] = [
    ("sub", "", "sub"),
    ("sub", 7, "sub"),
    ("sub", "a\nb", "sub"),
    ("name", None, "name"),
    ("name", "n" * 300, "name"),
    ("patient", "r-1002", "patient"),
    ("patient", ["r-1002"], "patient"),
    ("patient.reference", None, "patient.reference"),
    ("patient.reference", "Practitioner/7", "patient.reference"),
    ("patient.reference", "https://evil.example/Patient/7", "patient.reference"),
    ("patient.reference", "Patient/../../etc", "patient.reference"),
    ("patient.reference", "Patient/a?b", "patient.reference"),
    ("patient.identifiers", "0201609996", "patient.identifiers"),
    ("patient.identifiers", [{}] * 11, "patient.identifiers"),
    ("patient.identifiers", ["0201609996"], "patient.identifiers.0"),
    ("patient.identifiers.1.value", "", "patient.identifiers.1.value"),
    ("patient.identifiers.1.value", 201609996, "patient.identifiers.1.value"),
    ("patient.identifiers.1.value", "3002609996", "patient.identifiers.1.value"),
    ("patient.identifiers.1.value", "02016099961", "patient.identifiers.1.value"),
    ("patient.identifiers.1.system", 1, "patient.identifiers.1.system"),
    ("patient.name", {"family": "Testmose"}, "patient.name"),
    ("patient.birthDate", "02-01-1960", "patient.birthDate"),
    ("patient.birthDate", "1960-02-30", "patient.birthDate"),
    ("patient.gender", "kvinde", "patient.gender"),
    ("general_practitioner", "034835", "general_practitioner"),
    ("general_practitioner.ydernummer", None, "general_practitioner.ydernummer"),
    ("general_practitioner.ydernummer", 34835, "general_practitioner.ydernummer"),
    ("general_practitioner.ydernummer", "000000", "general_practitioner.ydernummer"),
    ("general_practitioner.ydernummer", "1234567", "general_practitioner.ydernummer"),
    ("general_practitioner.as_of", "yesterday", "general_practitioner.as_of"),
    ("agreement", "Lise Hansen", "agreement"),
    ("agreement", {"at": "2026-11-24T11:15:00+01:00"}, "agreement.with"),
    ("agreement", {"with": "Lise Hansen", "at": "2026-11-24T11:15:00"}, "agreement.at"),
    ("agreement", {"with": "Lise Hansen", "at": "snart"}, "agreement.at"),
]


@pytest.mark.parametrize(("path", "value", "named"), BAD, ids=[f"{p}={str(v)[:20]}" for p, v, _ in BAD])
def test_a_bad_claim_is_named_and_not_repeated(path: str, value: Any, named: str) -> None:
    claims = deepcopy(example("launch-citizen")["given"])
    *steps, last = path.split(".")
    place: Any = claims
    for step in steps:
        place = place[int(step) if step.isdigit() else step]
    place[last] = value
    with pytest.raises(InvalidField) as fault:
        launch_of(claims, SETTINGS, NOW)
    assert fault.value.field == named
    assert not isinstance(value, str) or len(value) < 5 or value not in str(fault.value)


def test_the_key_is_the_same_for_the_same_record_employee_and_day() -> None:
    claims = example("launch-citizen")["given"]
    again = {**claims, "jti": "another", "launch_key": "view-2", "iat": claims["iat"] + 30}
    first = launch_of(claims, SETTINGS, NOW).key
    assert launch_of(again, SETTINGS, NOW + timedelta(hours=1)).key == first
    assert launch_of({**claims, "sub": "FJ-1002"}, SETTINGS, NOW).key != first
    assert launch_of(claims, SETTINGS, NOW + timedelta(days=1)).key != first


def test_the_day_changes_at_midnight_in_denmark() -> None:
    claims = example("launch-citizen")["given"]
    before, after = datetime(2026, 11, 24, 22, 59, tzinfo=UTC), datetime(2026, 11, 24, 23, 1, tzinfo=UTC)
    assert launch_of(claims, SETTINGS, before).key != launch_of(claims, SETTINGS, after).key
