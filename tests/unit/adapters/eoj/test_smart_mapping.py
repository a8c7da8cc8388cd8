"""What a care system says and what it is told, as golden pairs (``adapters/eoj/smart_fhir/examples``)."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from pydantic import TypeAdapter

import adapters.eoj.smart_fhir as package
from adapters.contract import note_samples as notes
from adapters.eoj.smart_fhir import mapping
from adapters.eoj.smart_fhir.note_mapping import document_of, encounter_of, text_in
from adapters.eoj.smart_fhir.practice import practice_of
from adapters.wire.fhir import FhirServer, is_valid
from adapters.wire.http import PeerHttp
from adapters.wire.note.text import note_text
from gateway.domain.citizen.citizen import Citizen
from gateway.domain.errors import InvalidField
from gateway.domain.identifiers import YDERNUMMER_SYSTEM
from gateway.domain.peers.messages import NoteMessage
from tests.support.peers.scripted_peer import Reply, scripted_peer

EXAMPLES = Path(package.__file__).parent / "examples"
TO_JSON = TypeAdapter(Citizen)
FROM_JSON = TypeAdapter(NoteMessage)


def pairs(prefix: str) -> list[Path]:
    found = sorted(EXAMPLES.glob(f"{prefix}-*.json"))
    assert found
    return found


def read(path: Path) -> dict[str, Any]:
    return dict(json.loads(path.read_text(encoding="utf-8")))


@pytest.mark.parametrize("path", pairs("patient"), ids=lambda p: p.stem)
def test_a_patient_becomes_a_citizen_and_a_practice(path: Path) -> None:
    pair = read(path)
    patient = pair["given"]
    assert is_valid("Patient", patient)
    with scripted_peer() as peer:
        peer.script = lambda _: Reply.json({}, 404)
        server = FhirServer(PeerHttp("eoj", peer.url))
        claim = practice_of(server, patient, datetime(2026, 11, 24, 8, 0, tzinfo=UTC), None)
    found = {
        "citizen": TO_JSON.dump_python(mapping.citizen_of(patient, date(2026, 11, 24)), mode="json"),
        "ydernumre": [str(claim.ydernummer)] if claim else [],
        "organisations_to_read": [path.rpartition("/")[2] for path in peer.paths()],
    }
    assert found == pair["expected"]


@pytest.mark.parametrize(
    ("numbers", "own"),
    [(["019062"], "019062"), (["019062", "19062"], "019062"), (["034835", "019062"], None), (["0"], None), ([], None)],
)
def test_which_of_two_doctors_on_the_record_is_the_own_one_is_not_guessed(numbers: list[str], own: str | None) -> None:
    named = [{"identifier": {"system": YDERNUMMER_SYSTEM, "value": each}} for each in numbers]
    nobody_to_ask: Any = None
    claim = practice_of(nobody_to_ask, {"generalPractitioner": named}, datetime(2026, 11, 23, 23, 30, tzinfo=UTC), None)
    assert (str(claim.ydernummer) if claim else None) == own
    assert claim is None or claim.as_of == date(2026, 11, 24), "the day in Denmark"


@pytest.mark.parametrize("path", pairs("note"), ids=lambda p: p.stem)
def test_a_note_becomes_a_contact_and_a_document(path: Path) -> None:
    pair = read(path)
    message = FROM_JSON.validate_python(pair["given"])
    encounter = encounter_of(message)
    reference = f"Encounter/{encounter['id']}" if encounter else ""
    document = document_of(message, reference, "99110007", pair.get("replaces", ""))
    assert encounter == pair["expected"]["encounter"]
    assert encounter is None or is_valid("Encounter", encounter)
    assert is_valid("DocumentReference", document)
    assert text_in(document) == "\n".join(pair["expected"]["text"])
    del document["content"][0]["attachment"]["data"]  # shown as text beside it
    assert document == pair["expected"]["document"]


def test_every_attempt_says_the_same() -> None:
    message = notes.message()
    assert encounter_of(message) == encounter_of(message)
    assert document_of(message, "", "", "") == document_of(message, "", "", "")
    later = notes.later(message, "Antibiotika er ordineret.")
    first, second = encounter_of(message), encounter_of(later)
    assert first is not None and second is not None and first["id"] == second["id"]


def test_a_note_without_the_doctors_name_says_so() -> None:
    path = EXAMPLES / "note-unreviewed.json"
    text = note_text(FROM_JSON.validate_python(read(path)["given"]))
    assert "navnet på lægen er ikke oplyst" in text
    assert "Ikke gennemgået af medarbejderen" in text


@pytest.mark.parametrize("value", ["0000000000", "3002609996", "02016099", "020160999X"])
def test_a_number_that_is_none_is_named_and_not_repeated(value: str) -> None:
    patient = {"identifier": [{"system": "urn:oid:1.2.208.176.1.2", "value": value}]}
    with pytest.raises(InvalidField) as fault:
        mapping.citizen_of(patient, date(2026, 11, 24))
    assert fault.value.field == "Patient.identifier.0.value"
    assert value not in str(fault.value)


@pytest.mark.parametrize(
    ("reference", "identity"),
    [
        ("Organization/yder-034835", "yder-034835"),
        ("https://eoj.example/fhir/Organization/7/_history/3", "7"),
        ("Practitioner/7", ""),
        ("Organization", ""),
        ("#contained", ""),
        ("", ""),
    ],
)
def test_a_reference_is_read_by_its_kind(reference: str, identity: str) -> None:
    assert mapping.id_in(reference, "Organization") == identity


def test_a_launch_without_a_citizen_names_the_practice() -> None:
    context = [
        {"reference": "PractitionerRole/1"},
        {"type": "Organization", "identifier": {"system": "urn:oid:1.2.208.176.1.4", "value": "91034"}},
    ]
    number = mapping.context_ydernummer({"fhirContext": context}, date(2026, 11, 24))
    assert str(number) == "091034"
    nothings: list[dict[str, Any]] = [
        {},
        {"fhirContext": None},
        {"fhirContext": ["x"]},
        {"fhirContext": [{"identifier": []}]},
    ]
    for nothing in nothings:
        assert mapping.context_ydernummer(nothing, date(2026, 11, 24)) is None


def test_several_titles_are_asked_about_and_every_workplace_counts() -> None:
    nurse = {"code": [{"text": "Sygeplejerske"}]}
    one: list[dict[str, Any]] = [{**nurse, "location": [{"display": "Plejecenter Bøgen"}]}]
    two = [*one, {**nurse, "location": [{"display": "Hjemmeplejen Syd"}]}]
    ended = [*one, {"active": False, "code": [{"text": "Elev"}], "location": [{"display": "Skolen"}]}]
    assert (mapping.title_in(one), mapping.places_in(one)) == ("Sygeplejerske", ("Plejecenter Bøgen",))
    assert mapping.title_in([*two, {"code": [{"text": "Leder"}]}]) == ""
    assert mapping.places_in(two) == ("Hjemmeplejen Syd", "Plejecenter Bøgen")
    assert (mapping.title_in(ended), mapping.places_in(ended)) == ("Sygeplejerske", ("Plejecenter Bøgen",))
    assert (mapping.title_in([]), mapping.places_in([])) == ("", ())


def test_part_of_a_birth_date_is_no_birth_date() -> None:
    assert mapping.citizen_of({"birthDate": "1960"}, date(2026, 11, 24)).birth_date is None
    assert mapping.citizen_of({"birthDate": "1960-01-02"}, date(2026, 11, 24)).birth_date == date(1960, 1, 2)
