"""What the practice is told, and what its Tasks claim: golden pairs, validity against R4, and hostile input."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from fhir.resources.R4B.task import Task
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter

from adapters.contract import samples
from adapters.gp_system import fhir_r4
from adapters.gp_system.fhir_r4.mapping import bare, first_task
from adapters.wire.task.claims import claims_of, shortened
from adapters.wire.task.words import INPUT, REJECT_REASON, TASK_CODE, Json, Said, digest, part
from gateway.domain.consultation.queue_entry import RejectReason
from gateway.domain.identifiers import ECpr
from gateway.domain.peers.messages import EntryMessage, PeerChange, PeerVerb

EXAMPLES = Path(fhir_r4.__file__).parent / "examples"
NOW = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)


def fresh(**fields: Any) -> EntryMessage:
    return samples.message("034835", entry=samples.entry("034835", NOW), **fields)


def valid(task: Json) -> Json:
    Task.model_validate(task)
    return task


@pytest.mark.parametrize("said", sorted(EXAMPLES.glob("*.message.json")), ids=lambda path: path.name)
def test_a_message_becomes_exactly_this_task(said: Path) -> None:
    message = TypeAdapter(EntryMessage).validate_json(said.read_bytes())
    expected = json.loads(Path(str(said).replace(".message.", ".task.")).read_text())
    assert valid(first_task(message, NOW)) == expected


@pytest.mark.parametrize("path", sorted(EXAMPLES.glob("*.claims.json")), ids=lambda path: path.name)
def test_a_task_claims_exactly_this(path: Path) -> None:
    task = valid(json.loads(Path(str(path).replace(".claims.", ".task.")).read_text()))
    assert claims_of(task, "torvet-fhir", NOW) == TypeAdapter(list[PeerChange]).validate_json(path.read_bytes())


def test_without_a_number_there_is_no_patient() -> None:
    for message in (fresh(citizen=None), fresh(citizen=samples.citizen(identifier=None))):
        task = valid(first_task(message, NOW))
        assert "for" not in task
        assert [each["resourceType"] for each in task["contained"]] == ["PractitionerRole"]


def test_a_protected_citizen_is_never_named() -> None:
    task = valid(first_task(fresh(citizen=samples.citizen(protected=True)), NOW))
    assert samples.TEST_NAME not in json.dumps(task)
    assert samples.TEST_CPR in json.dumps(task)


def test_a_replacement_number_keeps_its_own_system() -> None:
    number = ECpr.parse("251248-1AB2")
    task = valid(first_task(fresh(citizen=samples.citizen(identifier=number)), NOW))
    assert task["contained"][0]["identifier"] == [{"system": number.system, "value": number.code}]


def test_an_agreed_time_is_the_period() -> None:
    agreed = NOW + timedelta(hours=2)
    task = valid(first_task(fresh(agreed_at=agreed, agreed_with="Lise Hansen"), NOW))
    assert task["restriction"]["period"]["start"] == "2026-11-23T11:30:00.000Z"
    assert part(task["input"], INPUT, "agreed-with")["valueString"] == "Lise Hansen"


def test_nothing_empty_is_ever_sent() -> None:
    """FHIR R4 §2.6.0.1: an element has a value or is absent; a string is never empty."""
    message = replace(bare(fresh()), employee="", role="", workplace="", organisation="", phone="", form="")
    task = valid(first_task(replace(message, organisation_cvr="", entry_link="", short_id=""), NOW))
    assert not [value for value in _leaves(task) if value in ("", None, [], {})]


def _leaves(value: Any) -> list[Any]:
    if isinstance(value, dict) and value:
        return [leaf for each in value.values() for leaf in _leaves(each)]
    if isinstance(value, list) and value:
        return [leaf for each in value for leaf in _leaves(each)]
    return [value]


@given(st.text(max_size=200))
def test_any_text_is_carried(text: str) -> None:
    task = first_task(fresh(reason=text), NOW)
    assert task.get("description", "") == text.strip()


@pytest.mark.parametrize("reason", list(RejectReason))
def test_every_reason_comes_home(reason: RejectReason) -> None:
    coding = [{"system": REJECT_REASON, "code": str(reason)}]
    task = {**first_task(fresh(), NOW), "status": "rejected", "statusReason": {"coding": coding, "text": "Ring i dag"}}
    (claim,) = claims_of(task, "p", NOW)
    assert (claim.verb, claim.reason, claim.text) == (PeerVerb.REJECT, reason, "Ring i dag")


def test_an_unknown_reason_is_other_and_its_words_are_kept() -> None:
    coding = [{"system": "https://vendor.example", "code": "x17", "display": "Patienten er flyttet"}]
    task = {**first_task(fresh(), NOW), "status": "rejected", "statusReason": {"coding": coding}}
    (claim,) = claims_of(task, "p", NOW)
    assert (claim.reason, claim.text) == (RejectReason.OTHER, "Patienten er flyttet")
    (bare_claim,) = claims_of({**task, "statusReason": {"text": "Afvist videokonsultation"}}, "p", NOW)
    assert bare_claim.text, "the domain demands words for other"
    (long,) = claims_of({**task, "statusReason": {"text": "x" * 5000}}, "p", NOW)
    assert len(shortened(long).text) == 300 and shortened(long).text.endswith("…")


def test_a_task_taken_out_of_the_practices_queue_is_a_rejection() -> None:
    for status in ("cancelled", "failed", "entered-in-error"):
        (claim,) = claims_of({**first_task(fresh(), NOW), "status": status}, "p", NOW)
        assert (claim.verb, claim.reason) == (PeerVerb.REJECT, RejectReason.OTHER)
        assert claim.text


def test_an_identified_practitioner_is_known_by_her_identifier() -> None:
    def taken(name: str) -> Json:
        who = {"identifier": {"system": "urn:x", "value": "TLA01"}, "display": name}
        kind = {"coding": [{"system": "https://laegebro.dk/fhir/CodeSystem/task-output", "code": "accepted-by"}]}
        return {**first_task(fresh(), NOW), "status": "accepted", "output": [{"type": kind, "valueReference": who}]}

    accepts = [
        claim
        for name in ("Lise Hansen", "L. Hansen")
        for claim in claims_of(taken(name), "p", NOW)
        if claim.verb is PeerVerb.ACCEPT
    ]
    assert accepts[0].who_id == accepts[1].who_id
    assert [claim.who for claim in accepts] == ["Lise Hansen", "L. Hansen"]


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
ELEMENTS = ["id", "status", "identifier", "input", "output", "code", "businessStatus", "statusReason", "meta", "note"]


@given(st.dictionaries(st.sampled_from(ELEMENTS), json_values))
def test_no_task_however_strange_breaks_the_reading(strange: dict[str, Any]) -> None:
    claims_of({**first_task(fresh(), NOW), **strange}, "p", NOW)


def test_tasks_of_others_claim_nothing() -> None:
    task = {**first_task(fresh(), NOW), "status": "accepted"}
    assert claims_of({**task, "code": {"coding": [{"system": TASK_CODE, "code": "other"}]}}, "p", NOW) == []
    assert claims_of({**task, "identifier": [], "id": "17"}, "p", NOW) == []


def test_what_we_said_is_read_back() -> None:
    said = Said(7, "in-progress", True, False, digest("Lise Hansen"))
    assert Said.decoded(said.encoded()) == said
    assert digest("Lise  hansen ") == digest("Lise Hansen")
    for other in ("", "1/2/3", "x/accepted/-/-/-", "٣/accepted/-/-/-"):
        assert Said.decoded(other) is None
