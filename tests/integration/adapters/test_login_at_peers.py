"""How we prove ourselves where tokens are given, what we do with fewer scopes than asked, and where keys are found."""

from __future__ import annotations

import base64
import json
import logging
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs
from uuid import UUID

import pytest
from pydantic import ValidationError

from adapters.eoj.smart_fhir import Adapter
from adapters.eoj.smart_fhir import Settings as EojSettings
from adapters.gp_system.fhir_r4.login import connected
from adapters.gp_system.fhir_r4.settings import Settings as GpSettings
from adapters.identity.oidc import OidcProvider
from adapters.identity.oidc import Settings as OidcSettings
from adapters.wire.oauth.scopes import missing_scopes
from gateway.domain.errors import AccessRefused, ConfigFault, LaunchRefused, PeerIll
from gateway.domain.peers.messages import PendingLaunch, PendingLogin
from tests.integration.arrival.test_tokens_of_identity_systems import FHIR, NONCE, NOW, claims_of
from tests.support.peers.adapter_peers import new_key_pem
from tests.support.peers.scripted_peer import Asked, Reply, ScriptedPeer, scripted_peer
from tests.support.spoiling.token_shapes import AUDIENCE, SHAPES

SHAPE = SHAPES["oidc-provider"]
SECRET = "s3cret: with%signs+æ"
TENANT = UUID(int=1)


class Server:
    """An authorization server and a FHIR server at one address; every answer may be replaced."""

    def __init__(self, peer: ScriptedPeer) -> None:
        self.url = peer.url
        urls = {f"{name}_endpoint": f"{peer.url}/{name}" for name in ("token", "authorization", "userinfo")}
        self.smart: dict[str, Any] = {**urls}
        self.openid: dict[str, Any] = {**urls, "issuer": peer.url, "jwks_uri": f"{peer.url}/keys"}
        self.token: dict[str, Any] = {"access_token": "a", "token_type": "Bearer", "expires_in": 300}
        self.others: dict[str, Any] = {"/keys": SHAPE.jwks()}
        self.asked: list[Asked] = []
        peer.script = self.answer

    def answer(self, asked: Asked) -> Reply:
        self.asked.append(asked)
        documents = {
            "/fhir/.well-known/smart-configuration": self.smart,
            "/fhir/.well-known/openid-configuration": self.openid,
            "/.well-known/openid-configuration": self.openid,
            "/token": self.token,
        }
        found = (documents | self.others).get(asked.path)
        if isinstance(found, Reply):
            return found
        return Reply(404) if found is None else Reply(200, json.dumps(found).encode(), FHIR)

    def token_request(self) -> tuple[dict[str, str], str]:
        asked = next(each for each in reversed(self.asked) if each.path == "/token")
        return {k: v[0] for k, v in parse_qs(asked.body.decode()).items()}, asked.headers.get("authorization", "")

    def id_token(self, **claims: Any) -> None:
        said = {**claims_of(SHAPE, self.url), **claims}
        self.token["id_token"] = SHAPE.signed({name: value for name, value in said.items() if value is not None})


@pytest.fixture
def server() -> Iterator[Server]:
    with scripted_peer() as peer:
        yield Server(peer)


def log_in(server: Server, **settings: Any) -> Any:
    stanza = {"issuer": server.url, "client_id": AUDIENCE, "right": "laegebro-start", **settings}
    provider = OidcProvider("idp", OidcSettings.model_validate(stanza), lambda _: SECRET)
    return provider.finish(PendingLogin("idp", "s", "v", NONCE, "/"), "code", "https://back", NOW)


def eoj(server: Server, **settings: Any) -> Adapter:
    stanza = {"issuer": f"{server.url}/fhir", "client_id": AUDIENCE, "tenant": TENANT, **settings}
    return Adapter("eoj", EojSettings.model_validate(stanza), lambda _: SECRET)


def launch(adapter: Adapter) -> Any:
    return adapter.finish(PendingLaunch("eoj", "s", "v", NONCE, "l"), "code", "https://back", NOW)


BASIC = "Basic " + base64.b64encode(f"{AUDIENCE}:s3cret%3A+with%25signs%2B%C3%A6".encode()).decode()


def told(server: Server, method: str) -> bool:
    form, header = server.token_request()
    if method == "client_secret_basic":
        return header == BASIC and "client_secret" not in form and "client_id" not in form
    return not header and (form["client_id"], form["client_secret"]) == (AUDIENCE, SECRET)


@pytest.mark.parametrize("method", ["client_secret_basic", "client_secret_post"])
def test_a_shared_secret_proves_us_at_every_kind_of_peer(server: Server, method: str) -> None:
    secret = {"client_secret": "env:SECRET", "token_endpoint_auth_method": method}
    server.id_token()
    log_in(server, **secret)
    assert told(server, method)
    launch(eoj(server, **secret))
    assert told(server, method)
    settings = GpSettings.model_validate({"base_url": f"{server.url}/fhir", "client_id": AUDIENCE, **secret})
    connected("gp", settings, lambda _: SECRET, lambda: NOW)[1].send("GET", "/.well-known/smart-configuration")
    assert told(server, method)
    assert server.asked[-1].headers["authorization"] == "Bearer a"


def test_a_secret_and_a_key_are_one_too_many_and_a_system_needs_one() -> None:
    both = {"client_key": "env:K", "client_secret": "env:S"}
    for settings, own in (
        (OidcSettings, {"issuer": "https://i.example", "right": "r"}),
        (GpSettings, {"base_url": "https://b.example"}),
        (EojSettings, {"issuer": "https://b.example", "tenant": TENANT}),
    ):
        with pytest.raises(ValidationError, match="not both"):
            settings.model_validate({"client_id": "c", **own, **both})
    with pytest.raises(ValidationError, match="client_key or client_secret"):
        GpSettings.model_validate({"base_url": "https://b.example", "client_id": "c"})
    with pytest.raises(ValidationError, match="client_secret"):
        OidcSettings.model_validate(
            {"issuer": "https://i.example", "right": "r", "client_id": "c", "client_secret": "the secret itself"}
        )


def test_an_empty_secret_stops_the_connection() -> None:
    settings = GpSettings.model_validate(
        {"base_url": "https://b.example", "client_id": "c", "client_secret": "env:SECRET"}
    )
    with pytest.raises(ConfigFault, match="client_secret"):
        settings.client(lambda _: "  \n")


# --- fewer scopes ---------------------------------------------------------------------------------------------------


def test_fewer_scopes_than_asked_are_told_aloud(server: Server, caplog: pytest.LogCaptureFixture) -> None:
    server.id_token()
    server.token["scope"] = "openid"
    with caplog.at_level(logging.WARNING, "laegebro.oauth"):
        log_in(server)
        launch(eoj(server, client_secret="env:S", launch_scopes=("openid", "launch", "patient/Patient.rs")))
        stanza = {"base_url": f"{server.url}/fhir", "client_id": AUDIENCE, "client_secret": "env:S"}
        as_system = connected("gp", GpSettings.model_validate(stanza), lambda _: SECRET, lambda: NOW)[1]
        as_system.send("GET", "/.well-known/smart-configuration")
    assert "idp: granted fewer scopes than asked for; missing: profile" in caplog.text
    assert "eoj: granted fewer scopes than asked for; missing: patient/Patient.rs" in caplog.text
    assert "gp: granted fewer scopes than asked for; missing: system/Task.crus" in caplog.text


def test_a_launch_that_may_not_read_the_citizen_says_why(server: Server) -> None:
    server.id_token()
    server.token |= {"scope": "openid launch", "patient": "r-1"}
    server.others["/fhir/Patient/r-1"] = {"resourceType": "OperationOutcome"}
    with pytest.raises(LaunchRefused) as refused:
        launch(eoj(server, client_secret="env:S"))
    assert refused.value.public == "missing-scope"


@pytest.mark.parametrize(
    ("asked", "granted", "missing"),
    [
        ("patient/Patient.rs", "patient/Patient.read", ()),
        ("patient/Patient.rs", "patient/*.rs launch", ()),
        ("system/Task.crus", "system/*.cruds", ()),
        ("system/Task.crus", "system/Task.c system/Task.rus", ()),
        ("system/Task.crus", "system/*.*", ()),
        ("system/Task.crus", "system/Task.rs", ("system/Task.crus",)),
        ("patient/Patient.rs", "user/Patient.rs", ("patient/Patient.rs",)),
        ("openid profile launch fhirUser", "profile", ("fhirUser",)),
        ("openid profile", None, ()),
        ("openid profile", "", ()),
        ("openid profile", ["openid"], ()),
        ("openid profile", "email profile", ()),
    ],
)
def test_what_is_missing(asked: str, granted: Any, missing: tuple[str, ...]) -> None:
    assert missing_scopes(asked, {"scope": granted}) == missing


# --- where keys and claims are found --------------------------------------------------------------------------------


def test_smart_without_keys_falls_back_to_openid(server: Server) -> None:
    server.id_token()
    for smart in ({}, {"issuer": server.url}, {"jwks_uri": f"{server.url}/nothing"}):
        server.smart = {k: v for k, v in server.smart.items() if k.endswith("endpoint")} | smart
        assert launch(eoj(server, client_secret="env:S")).employee.subject == "FJ-1001"


def test_a_fallback_that_calls_itself_otherwise_is_not_believed(server: Server) -> None:
    server.id_token()
    server.smart["issuer"] = server.url
    server.openid["issuer"] = "https://other.example"
    with pytest.raises(PeerIll) as refused:
        launch(eoj(server, client_secret="env:S"))
    assert refused.value.code == "issuer-mismatch"


def test_without_keys_anywhere_nobody_is_believed(server: Server) -> None:
    server.id_token()
    del server.openid["jwks_uri"]
    with pytest.raises(PeerIll) as refused:
        launch(eoj(server, client_secret="env:S"))
    assert refused.value.code == "no-signing-keys"


def test_a_document_that_lies_elsewhere_still_names_the_issuer(server: Server) -> None:
    """Entra's v1.0 tokens are issued under another address than the one its document is read at."""
    issuer = "https://sts.example/2f3b1c9e/"
    server.id_token(iss=issuer)
    server.openid["issuer"] = issuer
    assert log_in(server, issuer=issuer, discovery=server.url).subject == "FJ-1001"
    server.openid["issuer"] = server.url
    with pytest.raises(PeerIll):
        log_in(server, issuer=issuer, discovery=server.url)


def test_claims_that_stand_at_userinfo_only_are_fetched_there(server: Server) -> None:
    server.id_token(name=None, roles=None)
    server.others["/userinfo"] = {"sub": "FJ-1001", "name": "Mette Holm", "roles": ["laegebro-start"]}
    assert log_in(server).name == "Mette Holm"
    assert server.asked[-1].headers["authorization"] == "Bearer a"
    for other in ({"sub": "FJ-1002"}, {}, {"sub": None}):
        server.others["/userinfo"] = {**server.others["/userinfo"], "sub": None, **other}
        with pytest.raises(LaunchRefused):
            log_in(server)


def test_a_userinfo_that_refuses_leaves_the_id_token_to_decide(server: Server) -> None:
    server.id_token(roles=None)
    with pytest.raises(AccessRefused):
        log_in(server)
    server.id_token(name=None, preferred_username="meho")
    assert log_in(server).name == "meho"


def test_a_key_is_still_ours_to_use(server: Server) -> None:
    server.id_token()
    stanza = {"issuer": server.url, "client_id": AUDIENCE, "right": "laegebro-start", "client_key": "env:K"}
    pem = new_key_pem()
    provider = OidcProvider("idp", OidcSettings.model_validate(stanza), lambda _: pem)
    provider.finish(PendingLogin("idp", "s", "v", NONCE, "/"), "code", "https://back", NOW)
    form, header = server.token_request()
    assert form["client_assertion"].count(".") == 2 and not header
