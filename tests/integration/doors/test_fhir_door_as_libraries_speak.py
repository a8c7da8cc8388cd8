"""Our FHIR door for libraries as they are: media types with parameters, tokens with systems, counts, versions."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from gateway.domain.consultation.queue_entry import EntryStatus
from tests.support.doors.fhir_world import FhirWorld, Vendor, accepted, served

STATUS = "http://hl7.org/fhir/task-status"


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path) -> Iterator[FhirWorld]:
    with served(tmp_path_factory.mktemp("libraries"), sqlite_template) as made:
        yield made


@pytest.fixture(scope="module")
def vendor(world: FhirWorld) -> Vendor:
    return Vendor(world)


@pytest.mark.parametrize(
    ("accept", "status"),
    [
        ("application/fhir+json; charset=utf-8", 200),
        ("application/fhir+json;fhirVersion=4.0", 200),
        ("application/fhir+json; fhirVersion=4.0; charset=UTF-8, */*;q=0.1", 200),
        ('application/fhir+json; fhirVersion="4.0"', 200),
        ("application/json;q=0.9,application/fhir+xml;q=0.8", 200),
        ("application/*", 200),
        ("*/*", 200),
        ("text/html, */*; q=0.8", 200),
        ("", 200),
        ("application/fhir+json; fhirVersion=3.0", 406),
        ("application/fhir+json; fhirVersion=5.0", 406),
        ("application/fhir+json; fhirVersion=5.0, application/fhir+json; fhirVersion=4.0", 200),
        ("application/fhir+xml", 406),
        ("application/fhir+json;q=0", 406),
        ("text/*", 406),
    ],
)
def test_what_is_accepted(world: FhirWorld, vendor: Vendor, accept: str, status: int) -> None:
    for path in ("/metadata", "/Task"):
        assert vendor.http.get(path, headers={"Accept": accept}).status_code == status


@pytest.mark.parametrize(
    ("kind", "status"),
    [
        ("application/fhir+json; charset=utf-8", 200),
        ("application/fhir+json;fhirVersion=4.0", 200),
        ("application/json; charset=UTF-8", 200),
        ("application/fhir+json; fhirVersion=5.0", 415),
        ("application/fhir+json; charset=iso-8859-1", 415),
        ("application/fhir+xml", 415),
        ("text/json", 415),
    ],
)
def test_what_is_sent(world: FhirWorld, vendor: Vendor, kind: str, status: int) -> None:
    task = vendor.task(world.entry())
    headers = {"Content-Type": kind, "If-Match": f'W/"{task["meta"]["versionId"]}"'}
    body = json.dumps(accepted(task))
    assert vendor.http.put(f"/Task/{task['id']}", content=body, headers=headers).status_code == status


@pytest.mark.parametrize("query", ["_format=application/fhir%2Bjson", "_format=application/fhir+json", "_format=json"])
def test_the_format_by_parameter(vendor: Vendor, query: str) -> None:
    assert vendor.http.get(f"/Task?{query}&_pretty=true", headers={"Accept": "text/html"}).status_code == 200


def found(vendor: Vendor, query: str, **headers: str) -> dict[str, Any]:
    answer = vendor.http.get(f"/Task?{query}", headers=headers)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def test_a_token_with_its_system_finds_the_same(world: FhirWorld, vendor: Vendor) -> None:
    entry = world.entry()
    vendor.task(entry)
    for status in (
        "received",
        f"{STATUS}|received",
        f"{STATUS}%7Creceived,{STATUS}%7Caccepted",
        f"{STATUS}|",
        "|received",
    ):
        assert found(vendor, f"_id={entry}&status={status}")["total"] == 1, status
    for status in ("http://other.example|received", f"{STATUS}|accepted", "unheard-of"):
        assert found(vendor, f"_id={entry}&status={status}")["total"] == 0, status
    for parameters in (
        f"identifier={entry}",
        "owner:identifier=12345",
        "code=video-consultation-queue",
        f"status=received&status=received,accepted&_id={entry}",
    ):
        assert found(vendor, f"_id={entry}&{parameters}".replace(f"_id={entry}&_id", "_id"))["total"] == 1, parameters


def test_what_is_known_to_nobody_is_found_nowhere_and_no_fault(vendor: Vendor) -> None:
    """R4 §3.1.1.3: 400 is for what cannot be read, not for what does not exist."""
    for parameters in (
        "_id=abc",
        "identifier=urn:oid:1.2.3|77",
        "identifier=77",
        "owner:identifier=urn:oid:1.2.3|7",
        "owner:identifier=abc",
        "status=received&status=accepted",
        "code=a&code=b",
    ):
        assert found(vendor, parameters)["total"] == 0, parameters


def test_a_count_is_a_total_alone(world: FhirWorld, vendor: Vendor) -> None:
    entry = world.entry()
    for way in ("_summary=count", "_count=0"):
        bundle = found(vendor, f"_id={entry}&{way}")
        assert bundle["total"] == 1 and "entry" not in bundle
        assert [each["relation"] for each in bundle["link"]] == ["self"]
    assert world.row(entry).status is EntryStatus.REQUESTED, "counting has received nothing"
    whole = found(vendor, f"_id={entry}&_summary=false&_total=accurate")
    assert whole["entry"][0]["resource"]["id"] == str(entry)


def test_an_unknown_parameter_is_ignored_only_for_who_asks_that(vendor: Vendor) -> None:
    query = "patient.identifier=x&_count=1"
    assert vendor.http.get(f"/Task?{query}").status_code == 400
    bundle = found(vendor, query, Prefer="handling=lenient")
    assert "patient" not in bundle["link"][0]["url"], "the self link says what was understood"


def test_versions(world: FhirWorld, vendor: Vendor) -> None:
    """R4 §3.1.0.5: 400 where If-Match is missing, 412 where it does not match."""
    task = vendor.task(world.entry())
    for version, status in ((None, 400), ("*", 400), ('W/"1"', 412), ("yesterday", 412), ('"2a"', 412)):
        assert vendor.put(accepted(task), version=version).status_code == status, version
    bare = task["meta"]["versionId"]
    assert vendor.put(accepted(task), version=f'"{bare}"').status_code == 200


def test_a_task_that_is_none_is_400_and_one_that_must_not_be_422(world: FhirWorld, vendor: Vendor) -> None:
    """R4 §3.1.0.4.2: 400 for what fails basic validation, 422 for the rules of the business."""
    task = vendor.task(world.entry())
    assert vendor.put({**task, "status": 7}).status_code == 400
    assert vendor.put({**task, "colour": "red"}).status_code == 400
    assert vendor.put({**task, "description": "other"}).status_code == 422


def test_a_reason_that_is_too_long_is_refused_and_not_cut(world: FhirWorld, vendor: Vendor) -> None:
    entry = world.entry()
    code = {"system": "https://laegebro.dk/fhir/CodeSystem/reject-reason", "code": "by-phone"}
    reason = {"coding": [code], "text": "x" * 301}
    task = vendor.task(entry)
    answer = vendor.put({**task, "status": "rejected", "statusReason": reason})
    assert (answer.status_code, answer.json()["issue"][0]["expression"]) == (422, ["Task.statusReason"])
    assert world.row(entry).status is EntryStatus.RECEIVED
    assert vendor.put({**task, "status": "rejected", "statusReason": {**reason, "text": "x" * 300}}).status_code == 200
    assert world.row(entry).ended_text == "x" * 300
