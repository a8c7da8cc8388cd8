"""Which resource a note becomes; what happens to it when the record is held, changed by others, or merged."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest

from adapters.contract import note_samples as notes
from adapters.eoj.smart_fhir import Adapter, Settings
from adapters.wire.fhir import is_valid
from gateway.cli.causes import in_words
from gateway.domain.errors import PeerBusy, PeerIll, PeerRefused
from gateway.domain.identifiers import Cpr
from gateway.domain.peers.delivery import Outcome
from gateway.domain.peers.messages import NoteMessage
from gateway.domain.peers.verdict import judged
from tests.support.peers.adapter_peers import new_key_pem
from tests.support.peers.dk_patients import BRUNO, Json, cpr, patient
from tests.support.peers.fhir_record import FhirRecord
from tests.support.peers.scripted_peer import scripted_peer

ALL = ("DocumentReference", "Communication", "QuestionnaireResponse")
KARLA = notes.KARLA.citizen.identifier
assert KARLA is not None


@pytest.fixture
def record() -> Iterator[FhirRecord]:
    with scripted_peer() as peer:
        yield FhirRecord(peer, {"Encounter": [], "DocumentReference": []})


def adapter(record: FhirRecord, **more: Any) -> Adapter:
    stanza = {
        "issuer": f"{record.peer.url}/fhir",
        "client_id": "laegebro",
        "client_key": "env:K",
        "tenant": UUID(int=1),
    }
    pem = new_key_pem()
    return Adapter("eoj", Settings.model_validate({**stanza, **more}), lambda _: pem)


@pytest.fixture(params=ALL)
def kind(request: pytest.FixtureRequest, record: FhirRecord) -> str:
    record.types = {"Encounter": [], request.param: []}
    return str(request.param)


@pytest.mark.parametrize(
    ("types", "stanza", "kind"),
    [
        ({each: [] for each in ALL}, {}, "DocumentReference"),
        ({"Communication": ["read", "create"], "DocumentReference": ["read", "search-type"]}, {}, "Communication"),
        ({"QuestionnaireResponse": ["update"]}, {}, "QuestionnaireResponse"),
        ({each: [] for each in ALL}, {"note_as": "QuestionnaireResponse"}, "QuestionnaireResponse"),
        ({each: [] for each in ALL}, {"system_scopes": ["system/Encounter.crus", "system/Communication.crus"]},
         "Communication"),
    ],
)  # fmt: skip
def test_the_statement_decides_unless_the_stanza_does(
    record: FhirRecord, types: dict[str, list[str]], stanza: Json, kind: str
) -> None:
    record.types = {"Encounter": [], **types}
    adapter(record, **stanza).file_note(notes.message())
    assert [len(record.of(each)) for each in ALL] == [each == kind for each in ALL]
    (resource,) = record.of(kind)
    assert is_valid(kind, resource) and len(record.of("Encounter")) == 1
    assert f"system/{kind}.crus" in record.scopes[0].split() or "note_as" not in stanza


def test_only_what_is_needed_is_asked_for(record: FhirRecord, kind: str) -> None:
    adapter(record).file_note(notes.message())
    assert [each for each in ALL if f"system/{each}." in record.scopes[0]] == [kind]


def test_pictures_are_documents_at_the_contact_whatever_the_note_becomes(record: FhirRecord) -> None:
    record.types = {"Encounter": [], "DocumentReference": [], "Communication": []}
    eoj = adapter(record, note_as="Communication", takes_pictures=True)
    message = notes.pictured(notes.message())
    eoj.file_note(message)
    documents = record.of("DocumentReference")
    assert len(documents) == 2 and all(is_valid("DocumentReference", each) for each in documents)
    (contact,) = record.of("Encounter")
    assert {each["context"]["encounter"][0]["reference"] for each in documents} == {f"Encounter/{contact['id']}"}
    assert {each["subject"]["reference"] for each in documents} == {message.record_ref}
    asked = record.scopes[0].split()
    assert {"system/Communication.crus", "system/DocumentReference.crus"} <= set(asked)
    assert eoj.read_back(message) is not None
    record.put({**documents[0], "content": [{"attachment": {"contentType": "image/jpeg", "data": "AAAA"}}]})
    assert eoj.read_back(message) is None, "another picture under our key is not ours"


def test_a_server_that_takes_no_note_waits_for_somebody_and_still_finds_citizens(record: FhirRecord) -> None:
    record.types = {"Encounter": [], "DocumentReference": ["read"]}
    record.put({**patient(cpr(KARLA.value)), "id": "r-1002"})
    eoj = adapter(record)
    assert eoj.find_citizen(KARLA) is not None
    with pytest.raises(PeerIll) as fault:
        eoj.file_note(notes.message())
    assert not in_words(judged(fault.value).code).startswith("The peer's own code")


def test_a_statement_that_is_kept_private_means_documents(record: FhirRecord) -> None:
    record.statement_is_public = False
    adapter(record).file_note(notes.message())
    assert len(record.of("DocumentReference")) == 1


def test_what_somebody_else_wrote_meanwhile_stays(record: FhirRecord, kind: str) -> None:
    """412 on an update of ours: read again, both changes in one, written."""
    eoj, first = adapter(record), notes.message()
    eoj.file_note(first)
    (filed,) = record.of(kind)
    record.before_update = lambda: record.put({**filed, "language": "da-DK"})
    second = notes.later(first, "Recept er sendt.")
    eoj.file_note(second)
    found = next(each for each in record.of(kind) if each["id"] == filed["id"])
    assert found["language"] == "da-DK" and int(found["meta"]["versionId"]) == 3
    assert eoj.probe(second) is not None and eoj.read_back(second) is not None
    assert eoj.read_back(first) is None and is_valid(kind, found)


@pytest.mark.parametrize("status", [409, 423])
def test_a_record_that_somebody_holds_waits_with_a_cause_in_words(record: FhirRecord, kind: str, status: int) -> None:
    eoj, first = adapter(record), notes.message()
    record.status = status
    with pytest.raises(PeerBusy) as fault:
        eoj.file_note(first)
    assert (fault.value.code, judged(fault.value).outcome) == ("record-locked", Outcome.TO_ASK)
    assert "locked" in in_words(fault.value.code)
    record.status = 0
    eoj.file_note(first)
    record.status = status
    with pytest.raises(PeerBusy) as fault:
        eoj.file_note(notes.later(first, "Recept er sendt."))
    assert fault.value.code == "record-locked"


def test_a_probe_asks_for_the_contact_too(record: FhirRecord, kind: str) -> None:
    eoj, message = adapter(record), notes.message()
    eoj.file_note(message)
    assert eoj.probe(message) is not None
    (contact,) = record.of("Encounter")
    del record.stored[f"Encounter/{contact['id']}"]
    assert eoj.probe(message) is None
    eoj.file_note(message)
    assert eoj.probe(message) is not None and len(record.of(kind)) == 1


def merged(record: FhirRecord, number: str, *steps: str) -> None:
    """r-1002 was merged into the first of the steps, that into the next, and so on."""
    for here, there in zip(("r-1002", *steps), steps, strict=False):
        link = [{"other": {"reference": f"Patient/{there}"}, "type": "replaced-by"}]
        record.put({**patient(cpr(number), link=link), "id": here})
    record.put({**patient(cpr(number)), "id": steps[-1]})


@pytest.mark.parametrize("steps", [("r-2",), ("r-2", "r-3")])
def test_a_merged_record_leads_to_the_one_in_use(record: FhirRecord, kind: str, steps: tuple[str, ...]) -> None:
    merged(record, KARLA.value, *steps)
    eoj, message = adapter(record), notes.message()
    eoj.file_note(message)
    assert {each["subject"]["reference"] for each in (*record.of(kind), *record.of("Encounter"))} == {
        f"Patient/{steps[-1]}"
    }
    assert eoj.probe(message) is not None and eoj.read_back(message) is not None


def test_a_record_that_is_merged_between_two_versions_holds_one_note(record: FhirRecord, kind: str) -> None:
    eoj, first = adapter(record), notes.message()
    eoj.file_note(first)
    merged(record, KARLA.value, "r-2")
    second = notes.later(first, "Recept er sendt.")
    eoj.file_note(second)
    assert len(record.of("Encounter")) == 1 and eoj.probe(second) is not None
    assert eoj.read_back(second) is not None and eoj.read_back(first) is None


def nobody(message: NoteMessage) -> NoteMessage:
    return replace(message, citizen=None)


@pytest.mark.parametrize(
    ("number", "steps", "told"),
    [(BRUNO, ("r-2",), notes.message), (KARLA.value, ("r-2",), lambda: nobody(notes.message())),
     (KARLA.value, ("r-2", "r-3", "r-4", "r-5"), notes.message)],
    ids=["somebody-else", "no-number-to-compare", "too-many"],
)  # fmt: skip
def test_a_merger_that_may_be_another_person_is_for_a_person(
    record: FhirRecord, kind: str, number: str, steps: tuple[str, ...], told: Any
) -> None:
    merged(record, number, *steps)
    with pytest.raises(PeerRefused) as refused:
        adapter(record).file_note(told())
    assert refused.value.code == "merged-record" and not record.of(kind) and not record.of("Encounter")
    assert not in_words("merged-record").startswith("The peer's own code")


def test_a_note_in_another_citizens_record_stops_everything(record: FhirRecord, kind: str) -> None:
    message = notes.message()
    eoj = adapter(record)
    eoj.file_note(replace(message, record_ref="Patient/r-7"))
    with pytest.raises(PeerRefused) as refused:
        eoj.file_note(message)
    assert refused.value.code == "other-record" and Cpr(KARLA.value) == KARLA
