"""Tokens as AD FS, Entra, Keycloak and others make them open every door that takes a signed token."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest

from adapters.eoj.signed_launch import Settings as SignedSettings
from adapters.eoj.signed_launch import SignedLaunch
from adapters.eoj.smart_fhir import Adapter, Settings
from adapters.gp_system.medcom import Settings as MedcomSettings
from adapters.identity.oidc import OidcProvider
from adapters.identity.oidc import Settings as OidcSettings
from adapters.wire.medcom.exchange.line import is_genuine
from gateway.domain.identifiers import Cpr
from gateway.domain.peers.messages import Envelope, LoginResult, PendingLaunch, PendingLogin
from gateway.web.app import create_app
from tests.support.consultations import PRACTICE
from tests.support.doors import medcom_samples
from tests.support.doors.fhir_world import FhirWorld
from tests.support.peers.adapter_peers import new_key_pem
from tests.support.peers.scripted_peer import Asked, Reply, ScriptedPeer, scripted_peer
from tests.support.spoiling.token_shapes import AUDIENCE, SHAPES, Shape

NOW = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)
NONCE = "nonce-of-this-start"
FHIR = {"Content-Type": "application/fhir+json"}
PATIENT = {
    "resourceType": "Patient",
    "id": "r-1002",
    "identifier": [{"system": "urn:oid:1.2.208.176.1.2", "value": "0201609996"}],
    "name": [{"use": "official", "family": "Testmose", "given": ["Karla"]}],
}
every_shape = pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES)


@pytest.fixture
def peer() -> Iterator[ScriptedPeer]:
    with scripted_peer() as running:
        yield running


def claims_of(shape: Shape, issuer: str, seconds: int = 300, at: datetime = NOW, **own: Any) -> dict[str, Any]:
    now = int(at.timestamp())
    return {"iss": issuer, "aud": AUDIENCE, "iat": now, "exp": now + seconds, "nonce": NONCE, **shape.claims, **own}


def serve(peer: ScriptedPeer, shape: Shape, issuer: str, *, smart: bool) -> None:
    """An authorization server and a care record. SMART's document leaves the keys to OpenID's."""
    urls = {f"{name}_endpoint": f"{peer.url}/{name}" for name in ("token", "authorization", "userinfo")}
    token = {"access_token": "a", "token_type": "Bearer", "id_token": shape.signed(claims_of(shape, issuer))}
    answers: dict[str, Any] = {
        "/fhir/.well-known/smart-configuration": {**urls, "issuer": issuer},
        "/.well-known/openid-configuration": {**urls, "issuer": issuer, "jwks_uri": f"{peer.url}/keys"},
        "/keys": shape.jwks(),
        "/token": {**token, **({"patient": "r-1002"} if smart else {})},
        "/fhir/Patient/r-1002": PATIENT,
    }

    def script(asked: Asked) -> Reply:
        found = answers.get(asked.path)
        return Reply(404) if found is None else Reply(200, json.dumps(found).encode(), FHIR)

    peer.script = script


def stanza(shape: Shape, *names: str) -> dict[str, Any]:
    return {name: value for name, value in shape.settings.items() if name in names}


@every_shape
def test_login(peer: ScriptedPeer, shape: Shape) -> None:
    serve(peer, shape, peer.url, smart=False)
    own = stanza(shape, "subject_claim", "right_claim")
    provider = OidcProvider("idp", OidcSettings(issuer=peer.url, client_id=AUDIENCE, right="laegebro-start", **own))
    found: LoginResult = provider.finish(PendingLogin("idp", "s", "v", NONCE, "/"), "code", "https://back", NOW)
    assert (found.subject, found.name) == ("FJ-1001", "Mette Holm")


@every_shape
def test_launch(peer: ScriptedPeer, shape: Shape) -> None:
    serve(peer, shape, peer.url, smart=True)
    own = stanza(shape, "employee_claim", "right_claim")
    settings = Settings(issuer=f"{peer.url}/fhir", client_id=AUDIENCE, client_key="env:KEY", tenant=UUID(int=1), **own)
    pem = new_key_pem()
    adapter = Adapter("eoj", settings, lambda _: pem)
    found = adapter.finish(PendingLaunch("eoj", "s", "v", NONCE, "launch"), "code", "https://back", NOW)
    assert (found.employee.subject, found.employee.name) == ("FJ-1001", "Mette Holm")
    assert found.citizen is not None and found.citizen.identifier == Cpr("0201609996")


@every_shape
def test_signed_launch(shape: Shape) -> None:
    own = stanza(shape, "employee_claim", "right_claim")
    settings = SignedSettings(
        issuer="https://eoj.example",
        audience=AUDIENCE,
        tenant=UUID(int=1),
        write_back="eoj",
        jwks=shape.jwks(),
        **own,
    )
    said = claims_of(shape, settings.issuer, 60, patient={"reference": "Patient/r-1002"}, jti="j-1")
    body = shape.signed(said).encode()
    envelope = Envelope({"content-type": "application/jwt"}, {}, body)
    found, _ = SignedLaunch("eoj-signed", settings).verify(envelope, NOW)
    assert (found.employee.subject, found.employee.name) == ("FJ-1001", "Mette Holm")


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path) -> Iterator[FhirWorld]:
    made = FhirWorld(tmp_path_factory.mktemp("shapes"), sqlite_template)
    yield made
    made.gateway.engine.dispose()


@every_shape
def test_fhir_door(world: FhirWorld, shape: Shape) -> None:
    name = f"client-{uuid4()}"
    signing = {"keys": shape.jwks()["keys"][:1]}
    world.connect(name, PRACTICE, {"client_id": name, "jwks": signing})
    at = datetime.now(UTC)
    said = claims_of(shape, name, 290, at, aud=f"{world.base}/token", sub=name, jti=str(uuid4()))
    said = {key: value for key, value in said.items() if key not in ("iat", "azp")}
    client = create_app(world.gateway).test_client()
    answer = client.post("/fhir/r4/token", data=world.form(shape.signed(said)))
    assert answer.status_code == 200, answer.get_json()


@every_shape
def test_medcom_door(shape: Shape) -> None:
    door = f"https://gateway.example/medcom/{medcom_samples.NAME}/messages"
    stanza = medcom_samples.stanza("http://point.localhost:1", medcom_samples.new_key())
    settings = MedcomSettings.model_validate({**stanza, "caller_keys": {"keys": shape.jwks()["keys"][:1]}})
    said = claims_of(shape, settings.caller_id, 60, aud=door, azp=door)
    assert is_genuine(shape.signed(said), settings, door, NOW)
