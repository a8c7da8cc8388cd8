"""Care systems that can less than R4 allows, or answer wrongly: still one note, or a clear fault."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs
from uuid import UUID, uuid4

import pytest

from adapters.contract import note_samples as notes
from adapters.eoj.smart_fhir import Adapter, Settings
from gateway.domain.errors import PeerError, PeerIll, PeerRefused, PeerUnclear
from gateway.domain.identifiers import Cpr
from tests.support.peers.adapter_peers import new_key_pem
from tests.support.peers.scripted_peer import Asked, Reply, ScriptedPeer, scripted_peer

FHIR = {"Content-Type": "application/fhir+json"}


class SmallServer:
    """No update-as-create and no conditional create: ``If-None-Exist`` is ignored, as R4 allows."""

    def __init__(self, peer: ScriptedPeer) -> None:
        self.url = peer.url
        self.stored: list[dict[str, Any]] = []
        self.tokens = ["t1", "t2", "t3"]
        self.valid = "t1"
        self.search_answer: Any = None
        self.token_reply: Reply | None = None
        self.location = True
        self._lock = threading.Lock()
        peer.script = self.answer
        settings = Settings(issuer=f"{peer.url}/fhir", client_id="laegebro", client_key="env:KEY", tenant=UUID(int=1))
        pem = new_key_pem()
        self.adapter = Adapter("small", settings, lambda _: pem)

    def answer(self, asked: Asked) -> Reply:
        if asked.path.endswith("smart-configuration"):
            return Reply.json({"issuer": self.url, "token_endpoint": f"{self.url}/token"})
        if asked.path == "/token":
            return self.token_reply or Reply.json(
                {"access_token": self.tokens.pop(0), "token_type": "bearer", "expires_in": 300}
            )
        if asked.headers.get("authorization") != f"Bearer {self.valid}":
            return Reply(401)
        return self._fhir(asked)

    def _fhir(self, asked: Asked) -> Reply:
        if asked.path == "/fhir/metadata":
            return Reply(200, json.dumps(statement()).encode(), FHIR)
        if asked.path.endswith("/_search"):
            return Reply(200, json.dumps(self._search(asked)).encode(), FHIR)
        if asked.method == "GET":
            return Reply(404)
        resource = {**json.loads(asked.body), "id": str(uuid4())}
        with self._lock:
            self.stored.append(resource)
        kind = resource["resourceType"]
        where = {"Location": f"{self.url}/fhir/{kind}/{resource['id']}/_history/1"} if self.location else {}
        return Reply(201, json.dumps(resource).encode(), {**FHIR, **where})

    def _search(self, asked: Asked) -> Any:
        if self.search_answer is not None:
            return self.search_answer
        kind = asked.path.split("/")[2]
        value = parse_qs(asked.body.decode())["identifier"][0].rpartition("|")[2]
        found = [
            each
            for each in self.stored
            if each["resourceType"] == kind and any(i["value"] == value for i in each["identifier"])
        ]
        return bundle(*found)

    def count(self, kind: str) -> int:
        return sum(each["resourceType"] == kind for each in self.stored)


def statement() -> dict[str, Any]:
    return {
        "resourceType": "CapabilityStatement",
        "status": "active",
        "date": "2026-11-22",
        "kind": "instance",
        "fhirVersion": "4.0.1",
        "format": ["json"],
        "rest": [{"mode": "server", "resource": [{"type": "DocumentReference"}, {"type": "Encounter"}]}],
    }


def bundle(*resources: dict[str, Any]) -> dict[str, Any]:
    entries = [{"resource": each} for each in resources]
    return {"resourceType": "Bundle", "type": "searchset", **({"entry": entries} if entries else {})}


@pytest.fixture
def server() -> Iterator[SmallServer]:
    with scripted_peer() as peer:
        yield SmallServer(peer)


def test_a_server_without_conditions_is_looked_through_first(server: SmallServer) -> None:
    message = notes.message()
    first = server.adapter.file_note(message)
    again = server.adapter.file_note(message)
    assert (server.count("DocumentReference"), server.count("Encounter")) == (1, 1)
    assert first.reference == again.reference == f"DocumentReference/{server.stored[1]['id']}"
    assert again.replayed
    contact = server.stored[1]["context"]["encounter"][0]["reference"]
    assert contact == f"Encounter/{server.stored[0]['id']}"


def test_where_a_note_stands_is_looked_up_if_it_was_not_said(server: SmallServer) -> None:
    server.location = False
    assert server.adapter.file_note(notes.message()).reference == f"DocumentReference/{server.stored[1]['id']}"


def test_our_key_in_another_record_stops_everything(server: SmallServer) -> None:
    message = notes.message()
    server.adapter.file_note(message)
    server.stored[1]["subject"]["reference"] = "Patient/r-1003"
    with pytest.raises(PeerRefused) as refused:
        server.adapter.probe(message)
    assert refused.value.code == "other-record"


def test_two_notes_of_one_key_are_for_a_person(server: SmallServer) -> None:
    message = notes.message()
    server.adapter.file_note(message)
    server.stored.append({**server.stored[1], "id": "copy"})
    with pytest.raises(PeerRefused):
        server.adapter.probe(message)


def test_a_changed_text_is_not_the_note_we_filed(server: SmallServer) -> None:
    message = notes.message()
    server.adapter.file_note(message)
    assert server.adapter.read_back(message) is not None
    server.stored[1]["content"][0]["attachment"]["data"] = "YW5kZXQ="
    assert server.adapter.read_back(message) is None


def test_a_login_that_ran_out_is_renewed_and_the_write_happens_once(server: SmallServer) -> None:
    server.adapter.file_note(notes.message())
    server.valid = "t2"
    server.adapter.file_note(notes.message())
    assert server.count("DocumentReference") == 2
    assert server.tokens == ["t3"], "one token serves many calls"


@pytest.mark.parametrize(
    ("reply", "fault"),
    [
        (Reply.json({"error": "invalid_client"}, 401), PeerIll),
        (Reply.json({"error": "invalid_scope"}, 400), PeerIll),
        (Reply.json({"error": "0201609996"}, 400), PeerUnclear),
        (Reply(400, b"no"), PeerUnclear),
        (Reply(500), PeerUnclear),
        (Reply(200, b"<html>", {"Content-Type": "text/html"}), PeerUnclear),
        (Reply.json({"access_token": "a", "token_type": "mac"}), PeerUnclear),
        (Reply.json({"access_token": "a\r\nX: y", "token_type": "Bearer"}), PeerUnclear),
        (Reply.json({"token_type": "Bearer"}), PeerUnclear),
        (Reply.json([]), PeerUnclear),
    ],
)
def test_a_failed_login_means_that_nothing_was_filed(server: SmallServer, reply: Reply, fault: type[PeerError]) -> None:
    server.token_reply = reply
    with pytest.raises(fault) as failed:
        server.adapter.file_note(notes.message())
    assert "0201609996" not in str(failed.value)
    assert failed.value.certainly_not_done
    assert not server.stored


PATIENT = {"resourceType": "Patient", "id": "r-1", "name": [{"text": "Karla Testmose"}]}
NUMBER = [{"system": "urn:oid:1.2.208.176.1.2", "value": "0201609996"}]
WRONG_ANSWERS: list[Any] = [
    {"resourceType": "Patient"},
    {"resourceType": "Bundle"},
    {"resourceType": "Bundle", "type": "searchset", "entry": "x"},
    bundle({**PATIENT, "birthDate": "yesterday"}),
    bundle({**PATIENT, "name": "green"}),
    bundle({**PATIENT, "identifier": [{**NUMBER[0], "value": "3002609996"}]}),
    bundle({**PATIENT, "identifier": NUMBER}, {**PATIENT, "id": "r-2", "identifier": NUMBER}),
    [],
    None,
    "x",
]


@pytest.mark.parametrize("answer", WRONG_ANSWERS, ids=[str(i) for i in range(len(WRONG_ANSWERS))])
def test_a_wrong_answer_finds_nobody(server: SmallServer, answer: Any) -> None:
    server.search_answer = answer if answer is not None else {"resourceType": None}
    with pytest.raises((PeerRefused, PeerUnclear)) as refused:
        server.adapter.find_citizen(Cpr.parse("0201609996"))
    assert refused.value.code in ("invalid-answer", "several-records")


def test_a_server_that_ignores_the_question_does_not_give_another_citizen(server: SmallServer) -> None:
    other = {**PATIENT, "identifier": [{**NUMBER[0], "value": "0201609995"}]}
    server.search_answer = bundle(other, PATIENT)
    assert server.adapter.find_citizen(Cpr.parse("0201609996")) is None


def test_the_number_stands_in_no_address(server: SmallServer) -> None:
    with scripted_peer() as peer:
        small = SmallServer(peer)
        small.search_answer = bundle({**PATIENT, "identifier": NUMBER})
        assert small.adapter.find_citizen(Cpr.parse("0201609996")) is not None
        assert "/fhir/Patient/_search" in peer.paths()
        assert not any("0201609996" in each.path or "0201609996" in str(each.headers) for each in peer.asked)
