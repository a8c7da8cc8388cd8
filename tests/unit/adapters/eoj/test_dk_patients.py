"""Every dk-core form of a citizen's number and doctor comes to the same at each of the three doors."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any
from urllib.parse import parse_qs
from uuid import UUID

import pytest

from adapters.eoj.signed_launch import Settings as SignedSettings
from adapters.eoj.signed_launch.mapping import launch_of
from adapters.eoj.smart_fhir.eoj import Eoj
from adapters.eoj.smart_fhir.launch import SmartLaunch
from adapters.eoj.smart_fhir.settings import Settings
from adapters.wire.fhir import FhirServer
from adapters.wire.http import PeerHttp
from gateway.domain.citizen.citizen import Citizen
from gateway.domain.errors import LaunchRefused
from gateway.domain.identifiers import SorId, Ydernummer, parse_citizen_id
from gateway.domain.launch import PracticeClaim
from gateway.web.words.records import RECORD_REASONS
from tests.support.peers.dk_patients import CPR, LIVES, ROWS, UNITS, Json, Row
from tests.support.peers.scripted_peer import Asked, Reply, ScriptedPeer, scripted_peer

NOW = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)
SIGNED = SignedSettings(
    issuer="https://eoj.example",
    audience="https://gateway.example",
    tenant=UUID(int=1),
    write_back="eoj-fjordby",
    jwks_url="https://eoj.example/jwks",
)
named = pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name.replace(" ", "-"))


class Units:
    def ydernummer_of(self, unit: SorId, on: date) -> Ydernummer | None:
        found = UNITS.get(unit.digits)
        return Ydernummer(found) if found else None


@pytest.fixture
def peer() -> Iterator[ScriptedPeer]:
    with scripted_peer() as made:
        yield made


def serving(peer: ScriptedPeer, row: Row) -> FhirServer:
    """A care system with that Patient, and whatever else the row says can be read."""

    def script(asked: Asked) -> Reply:
        if asked.path.endswith("/Patient/_search"):
            assert "identifier" in parse_qs(asked.body.decode())
            found = {"resourceType": "Bundle", "type": "searchset", "entry": [{"resource": row.patient}]}
            return Reply.json(found)
        kind, id = asked.path.split("/")[-2:]
        resource = row.patient if kind == "Patient" else row.server.get(f"{kind}/{id}")
        return Reply.json(resource) if resource else Reply.json({}, 404)

    peer.script = script
    return FhirServer(PeerHttp("eoj", peer.url))


def record_system(server: FhirServer) -> Eoj:
    stanza = {"issuer": server.http.base_url, "client_id": "us", "client_key": "env:K", "tenant": UUID(int=1)}
    return Eoj("eoj", server, Settings.model_validate(stanza), lambda: "DocumentReference", lambda: NOW)


def outcome(number: Citizen, practice: PracticeClaim | None) -> tuple[str, str]:
    return (number.identifier.value if number.identifier else ""), (str(practice.ydernummer) if practice else "")


@named
def test_a_smart_launch(row: Row, peer: ScriptedPeer) -> None:
    unused: Any = None
    launch = SmartLaunch("eoj", unused, unused, unused, unused)
    launch.units = Units()
    server = serving(peer, row)
    if row.stop:
        with pytest.raises(LaunchRefused) as refused:
            launch._subject(server, {"patient": "p-1"}, NOW)
        assert refused.value.public == row.stop
        return
    found = launch._subject(server, {"patient": "p-1"}, NOW)
    assert found.citizen is not None and not found.replacing
    assert outcome(found.citizen, found.practice) == (row.number, row.practice)


@named
def test_a_typed_number(row: Row, peer: ScriptedPeer) -> None:
    """Whoever types a number that is replaced, or nobody's, finds no record by it."""
    eoj = record_system(serving(peer, row))
    eoj.units = Units()
    known = [each for each in row.patient["identifier"] if each.get("value")]
    system = next((each["system"] for each in known if each["value"] == row.number), CPR)
    typed = parse_citizen_id(row.number or "2512489996", system)
    if row.stop:
        typed = parse_citizen_id(known[0]["value"], known[0]["system"])
        with pytest.raises(LaunchRefused) as refused:
            eoj.find_citizen(typed)
        assert refused.value.public == row.stop
        return
    found = eoj.find_citizen(typed)
    assert (found is None) == (not row.number)
    if found is not None:
        assert outcome(found.citizen, found.practice) == (row.number, row.practice)


def claims_of(row: Row) -> Json:
    """As a supplier writes a signed launch from the same record: it follows its own references."""
    said = row.patient
    claims: Json = {
        "reference": f"Patient/{said['id']}",
        "name": "Nancy Berggren",
        "identifiers": [each for each in said["identifier"] if each.get("value")],
    }
    if said.get("active") is False:
        claims["active"] = False
    if "deceasedBoolean" in said or "deceasedDateTime" in said:
        claims["deceased"] = said.get("deceasedDateTime", said.get("deceasedBoolean"))
    if any(each["type"] == "replaced-by" for each in said.get("link", [])):
        claims["replaced_by"] = "Patient/p-2"
    return claims


@named
def test_a_signed_launch(row: Row) -> None:
    claims = {"sub": "FJ-1001", "name": "Mette Holm", "patient": claims_of(row)}
    doctors = [each["identifier"] for each in row.patient.get("generalPractitioner", []) if "identifier" in each]
    if len(row.patient.get("generalPractitioner", [])) == len(doctors) == 1 and row.practice:
        kind = "sor" if doctors[0]["system"].endswith("1.1") else "ydernummer"
        claims["general_practitioner"] = {kind: doctors[0]["value"]}
    if row.stop:
        with pytest.raises(LaunchRefused) as refused:
            launch_of(claims, SIGNED, NOW, Units())
        assert refused.value.public == row.stop
        return
    launch = launch_of(claims, SIGNED, NOW, Units())
    assert launch.citizen is not None
    wanted = row.practice if "general_practitioner" in claims else ""
    assert outcome(launch.citizen, launch.practice) == (row.number, wanted)


def test_two_numbers_of_a_practice_that_differ_are_no_answer() -> None:
    unit = next(iter(UNITS))
    for ydernummer, practice in (("034835", "034835"), ("019062", "")):
        given = {"ydernummer": ydernummer, "sor": unit}
        claims = {"sub": "FJ-1001", "name": "Mette Holm", "patient": claims_of(ROWS[0]), "general_practitioner": given}
        launch = launch_of(claims, SIGNED, NOW, Units())
        assert (str(launch.practice.ydernummer) if launch.practice else "") == practice


def test_a_record_that_another_one_replaced_does_not_stand_beside_it(peer: ScriptedPeer) -> None:
    merged = next(row for row in LIVES if row.stop == "merged").patient
    both = [merged, {**ROWS[0].patient, "id": "p-2"}]
    entries = {"resourceType": "Bundle", "type": "searchset", "entry": [{"resource": each} for each in both]}
    peer.script = lambda _: Reply.json(entries)
    found = record_system(FhirServer(PeerHttp("eoj", peer.url))).find_citizen(parse_citizen_id("2512489996", CPR))
    assert found is not None and found.record_ref == "Patient/p-2"


def test_there_are_at_least_forty_each_only_once_and_every_stop_has_words() -> None:
    assert len({row.name for row in ROWS}) == len(ROWS) >= 40
    assert {row.stop for row in ROWS} - {""} == RECORD_REASONS
