"""Every forgery, beside login and signed launch: at the launch's id token and at the calls of FHIR and MedCom."""

from __future__ import annotations

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from flask.testing import FlaskClient

from adapters.eoj.smart_fhir import Adapter, Settings
from adapters.gp_system.medcom import Settings as MedcomSettings
from adapters.wire.medcom.exchange.line import is_genuine
from gateway.domain.errors import LaunchRefused
from gateway.domain.peers.messages import PendingLaunch
from gateway.web.app import create_app
from tests.integration.arrival.test_tokens_of_identity_systems import FHIR, NONCE
from tests.support.consultations import PRACTICE
from tests.support.doors import medcom_samples
from tests.support.doors.fhir_world import FhirWorld
from tests.support.peers.adapter_peers import new_key_pem
from tests.support.peers.scripted_peer import Asked, Reply, ScriptedPeer, scripted_peer
from tests.support.spoiling.forged_tokens import SHAPES, SIGNATURES, Forger, Forgery, claims_forged

AUDIENCE = "laegebro"
NOW = int(datetime.now(UTC).timestamp())
# A client's assertion need not say when it was made (RFC 7523 §3).
ASSERTED = {name: made for name, made in claims_forged(NOW, 300).items() if name != "iat missing"}
FORGED: dict[str, Forgery] = {**SIGNATURES, **SHAPES}


def forger(issuer: str, audience: str, seconds: int = 60, **more: Any) -> Forger:
    now = int(datetime.now(UTC).timestamp())
    said = {"iss": issuer, "aud": audience, "iat": now, "exp": now + seconds, **more}
    return Forger(said)


@pytest.fixture(scope="module")
def peer() -> Iterator[ScriptedPeer]:
    with scripted_peer() as running:
        yield running


def launched(peer: ScriptedPeer, made: Forger, token: bytes) -> Any:
    urls = {f"{name}_endpoint": f"{peer.url}/{name}" for name in ("token", "authorization")}
    answers: dict[str, Any] = {
        "/fhir/.well-known/smart-configuration": {**urls, "issuer": peer.url, "jwks_uri": f"{peer.url}/keys"},
        "/keys": made.jwks(),
        "/token": {"access_token": "a", "token_type": "Bearer", "id_token": token.decode("latin-1")},
    }

    def script(asked: Asked) -> Reply:
        found = answers.get(asked.path)
        return Reply(404) if found is None else Reply(200, json.dumps(found).encode(), FHIR)

    peer.script = script
    stanza = {"issuer": f"{peer.url}/fhir", "client_id": AUDIENCE, "client_key": "env:K", "tenant": UUID(int=1)}
    pem = new_key_pem()
    adapter = Adapter("eoj", Settings.model_validate(stanza), lambda _: pem)
    return adapter.finish(PendingLaunch("eoj", "s", "v", NONCE, "l"), "code", "https://back", datetime.now(UTC))


def person(peer: ScriptedPeer, **more: Any) -> Forger:
    who = {"sub": "FJ-1001", "name": "Mette Holm", "roles": ["laegebro-start"], "nonce": NONCE}
    return forger(peer.url, AUDIENCE, **who, **more)


@pytest.mark.parametrize("name", [*FORGED, *claims_forged(NOW, None)])
def test_no_forged_id_token_launches(peer: ScriptedPeer, name: str) -> None:
    made = person(peer)
    forgery = FORGED.get(name) or claims_forged(NOW, None)[name]
    if len(forgery(made)) > 1_000_000:
        pytest.skip("more than the answer of a peer may hold")
    with pytest.raises(LaunchRefused):
        launched(peer, made, forgery(made))


def test_the_forger_s_own_token_launches(peer: ScriptedPeer) -> None:
    made = person(peer)
    assert launched(peer, made, made.good()).employee.subject == "FJ-1001"
    for nonce in ("another", "", None, [NONCE]):
        with pytest.raises(LaunchRefused):
            launched(peer, made, made.good(nonce=nonce))


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path) -> Iterator[FhirWorld]:
    made = FhirWorld(tmp_path_factory.mktemp("forged"), sqlite_template)
    yield made
    made.gateway.engine.dispose()


@pytest.fixture(scope="module")
def client(world: FhirWorld) -> tuple[FlaskClient, Forger]:
    made = forger("forged-client", f"{world.base}/token", 280, sub="forged-client")
    world.connect("forged-client", PRACTICE, {"client_id": "forged-client", "jwks": made.jwks()})
    return create_app(world.gateway).test_client(), made


@pytest.mark.parametrize("name", [*FORGED, *ASSERTED])
def test_no_forged_assertion_is_given_a_token(world: FhirWorld, client: tuple[FlaskClient, Forger], name: str) -> None:
    http, made = client
    one = replace(made, claims={**made.claims, "jti": str(uuid4())})
    answer = http.post("/fhir/r4/token", data=world.form(({**FORGED, **ASSERTED}[name])(one).decode("latin-1")))
    assert answer.status_code in (400, 401, 413) and b"access_token" not in answer.data


def test_a_genuine_assertion_is_given_one_once(world: FhirWorld, client: tuple[FlaskClient, Forger]) -> None:
    http, made = client
    form = world.form(made.good(jti=str(uuid4())).decode())
    assert [http.post("/fhir/r4/token", data=form).status_code for _ in range(2)] == [200, 401]


def test_of_64_at_the_same_moment_one_is_given_a_token(world: FhirWorld, client: tuple[FlaskClient, Forger]) -> None:
    _, made = client
    form, app = world.form(made.good(jti=str(uuid4())).decode()), create_app(world.gateway)
    with ThreadPoolExecutor(16) as hands:
        asked = hands.map(lambda _: app.test_client().post("/fhir/r4/token", data=form).status_code, range(64))
        answers = list(asked)
    assert sorted(set(answers)) == [200, 401] and answers.count(200) == 1


def test_there_are_more_than_sixty_forgeries_at_each_door() -> None:
    """Counted, so that none goes unseen: by algorithm and key, by shape, by claim."""
    assert len({**FORGED, **ASSERTED}) >= 80 and len({**FORGED, **claims_forged(NOW, None)}) >= 80


@pytest.mark.parametrize("name", [*FORGED, *ASSERTED])
def test_no_forged_call_of_an_access_point_is_believed(name: str) -> None:
    door = f"https://gateway.example/medcom/{medcom_samples.NAME}/messages"
    stanza = medcom_samples.stanza("http://point.localhost:1", medcom_samples.new_key())
    made = forger(stanza["caller_id"], door, sub=stanza["caller_id"])
    settings = MedcomSettings.model_validate({**stanza, "caller_keys": made.jwks()})
    now = datetime.now(UTC)
    assert is_genuine(made.good().decode(), settings, door, now)
    assert not is_genuine(({**FORGED, **ASSERTED}[name])(made).decode("latin-1"), settings, door, now)
