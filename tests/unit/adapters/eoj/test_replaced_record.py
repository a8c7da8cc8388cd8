"""A launch from a record that another one replaced: the other is read only where it is named alone, here, and alive."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest

from adapters.eoj.smart_fhir.launch import SmartLaunch
from adapters.eoj.smart_fhir.settings import Settings
from adapters.wire.fhir import FhirServer
from adapters.wire.http import PeerHttp
from gateway.domain.errors import LaunchRefused
from gateway.domain.identifiers import Cpr
from tests.support.peers.dk_patients import BRUNO, Json, cpr, patient
from tests.support.peers.scripted_peer import Asked, Reply, ScriptedPeer, scripted_peer

NOW = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)
LIVING = {**patient(cpr(BRUNO)), "id": "p-2"}


@pytest.fixture
def peer() -> Iterator[ScriptedPeer]:
    with scripted_peer() as made:
        yield made


def replaced(*references: str, kind: str = "replaced-by") -> Json:
    return patient(cpr(), link=[{"other": {"reference": each}, "type": kind} for each in references])


def launched(peer: ScriptedPeer, opened: Json, other: Json | int = LIVING) -> Any:
    def script(asked: Asked) -> Reply:
        found = {f"/fhir/Patient/{opened['id']}": opened, "/fhir/Patient/p-2": other}.get(asked.path, 404)
        return Reply(found) if isinstance(found, int) else Reply.json(found)

    peer.script = script
    unused: Any = None
    stanza = {"issuer": f"{peer.url}/fhir", "client_id": "us", "client_key": "env:K", "tenant": UUID(int=1)}
    launch = SmartLaunch("eoj", Settings.model_validate(stanza), unused, unused, unused)
    return launch._subject(FhirServer(PeerHttp("eoj", f"{peer.url}/fhir")), {"patient": opened["id"]}, NOW)


@pytest.mark.parametrize(
    "reference", ["Patient/p-2", "{issuer}/Patient/p-2", "Patient/p-2/_history/3"], ids=["relative", "own", "version"]
)
def test_the_other_record_is_read_and_marked(peer: ScriptedPeer, reference: str) -> None:
    found = launched(peer, replaced(reference.format(issuer=f"{peer.url}/fhir")))
    assert (found.record, found.citizen.identifier, found.replacing) == ("Patient/p-2", Cpr(BRUNO), True)


def test_a_link_of_another_kind_changes_nothing(peer: ScriptedPeer) -> None:
    for kind in ("replaces", "seealso", "refer"):
        found = launched(peer, replaced("Patient/p-2", kind=kind))
        assert (found.record, found.replacing) == ("Patient/p-1", False)


@pytest.mark.parametrize(
    "opened",
    [
        replaced("Patient/p-2", "Patient/p-3"),
        replaced("Patient/p-1"),
        replaced("https://other.example/fhir/Patient/p-2"),
        replaced("Practitioner/p-2"),
        replaced("#p-2"),
        replaced("Patient/../Patient/p-2"),
        patient(cpr(), link=[{"other": {"identifier": {"value": "x"}}, "type": "replaced-by"}]),
    ],
    ids=lambda opened: str([each.get("other") for each in opened["link"]]),
)
def test_nothing_is_guessed(peer: ScriptedPeer, opened: Json) -> None:
    with pytest.raises(LaunchRefused) as refused:
        launched(peer, opened)
    assert refused.value.public == "merged"


@pytest.mark.parametrize("status", [401, 403, 404, 410, 500, 503])
def test_a_record_that_this_launch_may_not_read_is_not_offered(peer: ScriptedPeer, status: int) -> None:
    with pytest.raises(LaunchRefused) as refused:
        launched(peer, replaced("Patient/p-2"), status)
    assert refused.value.public == "merged"


@pytest.mark.parametrize(
    ("spoilt", "stop"),
    [
        ({"active": False}, "inactive"),
        ({"deceasedBoolean": True}, "deceased"),
        ({"link": [{"other": {"reference": "Patient/p-1"}, "type": "replaced-by"}]}, "merged"),
        ({"identifier": [cpr(), cpr(BRUNO)]}, "several-numbers"),
    ],
)
def test_the_other_record_is_judged_like_any(peer: ScriptedPeer, spoilt: Json, stop: str) -> None:
    with pytest.raises(LaunchRefused) as refused:
        launched(peer, replaced("Patient/p-2"), {**LIVING, **spoilt})
    assert refused.value.public == stop
