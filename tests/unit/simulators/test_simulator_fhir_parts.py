"""The small parts of the FHIR server: scopes, patches, dates, versions."""

from datetime import datetime
from typing import Any

import pytest

from simulators.fhir.outcome import Refused
from simulators.fhir.patch import patched
from simulators.fhir.scopes import allowed, granted
from simulators.fhir.search import by_last_updated, token_matches
from simulators.fhir.store import ResourceStore, validated


@pytest.mark.parametrize(
    ("scope", "letter", "contexts"),
    [
        ("system/Task.crus", "u", {"system"}),
        ("system/Task.rs", "u", set()),
        ("system/*.read", "s", {"system"}),
        ("user/Task.write patient/*.rs", "c", {"user"}),
        ("system/Task.*", "d", {"system"}),
        ("system/Patient.rs openid nonsense", "r", set()),
    ],
)
def test_scopes_say_what_may_be_done(scope: str, letter: str, contexts: set[str]) -> None:
    assert allowed(scope, "Task", letter) == contexts


def test_a_flow_gives_only_its_own_kind_of_scope() -> None:
    asked = "openid launch patient/Patient.rs user/Patient.rs system/Patient.rs nonsense"
    assert granted(asked, {"system"}) == "system/Patient.rs"
    assert granted(asked, {"patient", "user"}) == "openid launch patient/Patient.rs user/Patient.rs"


@pytest.mark.parametrize(
    ("operation", "result"),
    [
        ({"op": "add", "path": "/list/-", "value": 3}, {"list": [1, 2, 3], "word": "a"}),
        ({"op": "remove", "path": "/list/0"}, {"list": [2], "word": "a"}),
        ({"op": "replace", "path": "/word", "value": "b"}, {"list": [1, 2], "word": "b"}),
        ({"op": "test", "path": "/word", "value": "a"}, {"list": [1, 2], "word": "a"}),
    ],
)
def test_a_patch_is_applied(operation: dict[str, Any], result: dict[str, Any]) -> None:
    assert patched({"list": [1, 2], "word": "a"}, [operation]) == result


@pytest.mark.parametrize(
    "operation",
    [
        {"op": "replace", "path": "/missing", "value": 1},
        {"op": "test", "path": "/word", "value": "b"},
        {"op": "copy", "path": "/word"},
        {"path": "/word"},
        "nothing",
    ],
)
def test_a_patch_that_does_not_fit_changes_nothing(operation: object) -> None:
    document = {"word": "a"}
    with pytest.raises(Refused):
        patched(document, [operation])
    assert document == {"word": "a"}


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ("gt2026-11-22T10:00:00Z", True),
        ("gt2026-11-22T10:00:00.000001+00:00", False),
        ("ge2026-11-22T11:00:00.000001 01:00", True),
        ("lt2026-11-22", False),
        ("le2027-01-01", True),
    ],
)
def test_last_updated_compares_instants(wanted: str, found: bool) -> None:
    resource = {"meta": {"lastUpdated": "2026-11-22T10:00:00.000001+00:00"}}
    assert by_last_updated(resource, wanted) is found


def test_a_token_without_a_system_fits_any() -> None:
    identifiers = [{"system": "urn:a", "value": "1"}]
    assert token_matches(identifiers, "1") and token_matches(identifiers, "urn:a|1")
    assert not token_matches(identifiers, "urn:b|1") and not token_matches(identifiers, "|1")


def test_versions_count_and_last_updated_strictly_grows() -> None:
    store = ResourceStore()
    stamps = []
    for _ in range(50):
        stored = store.write({"resourceType": "Task", "id": "t"})
        stamps.append(datetime.fromisoformat(stored["meta"]["lastUpdated"]))
    assert stored["meta"]["versionId"] == "50"
    assert stamps == sorted(set(stamps))


def test_a_refused_resource_is_described_without_its_values() -> None:
    with pytest.raises(Refused) as caught:
        validated("Patient", {"resourceType": "Patient", "birthDate": "0201609995"})
    assert "0201609995" not in str(caught.value.answer.body)
    assert "birthDate" in str(caught.value.answer.body)
