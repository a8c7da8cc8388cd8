"""``private_key_jwt`` as each make of identity system judges it: AD FS and Entra find the client's certificate by its
thumbprint, Keycloak and SMART servers a key by its id. The judge here is ``cryptography`` alone, not our own reader."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs
from uuid import UUID

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from pydantic import ValidationError

from adapters.eoj.smart_fhir import Settings as EojSettings
from adapters.gp_system.fhir_r4.login import connected
from adapters.gp_system.fhir_r4.settings import Settings as GpSettings
from adapters.gp_system.medcom import Settings as MedcomSettings
from adapters.identity.oidc import OidcProvider
from adapters.identity.oidc import Settings as OidcSettings
from adapters.wire.medcom.exchange.line import line_of
from gateway.domain.errors import ConfigFault
from gateway.domain.peers.messages import PendingLogin
from tests.integration.arrival.test_tokens_of_identity_systems import NONCE, NOW, serve
from tests.support.doors import medcom_samples
from tests.support.peers.adapter_peers import new_key_pem
from tests.support.peers.certificates import certificate_of, pem_of, rsa_pem
from tests.support.peers.scripted_peer import Asked, ScriptedPeer, scripted_peer
from tests.support.spoiling.token_shapes import AUDIENCE, SHAPES

KEY = rsa_pem()
CERTIFICATE = certificate_of(KEY)
SECRETS = {"env:KEY": KEY, "env:CERT": pem_of(CERTIFICATE), "env:EC": new_key_pem(), "env:EMPTY": " "}
SECRETS |= {"env:OTHER": pem_of(certificate_of(KEY)), "env:TEXT": "no certificate"}
BY_CERTIFICATE = {"client_certificate": "env:CERT"}


@dataclass(frozen=True)
class Made:
    """How a system's operator is told to set us up, and by which header member it then finds our key."""

    shape: str
    stanza: dict[str, str]
    algorithm: str
    found_by: str


SYSTEMS = {
    "AD FS 2019": Made("AD FS 2019", BY_CERTIFICATE, "RS256", "x5t"),
    "Entra v1.0": Made("Entra v1.0", BY_CERTIFICATE, "RS256", "x5t"),
    "Entra v2.0": Made("Entra v2.0", {**BY_CERTIFICATE, "client_key_algorithm": "PS256"}, "PS256", "x5t#S256"),
    "Keycloak 26": Made("Keycloak 26", {"client_key_id": "laegebro-2026"}, "RS256", "kid"),
    "Keycloak, PS384": Made("Keycloak set to PS256, no name", {"client_key_algorithm": "PS384"}, "PS384", "kid"),
    "oidc-provider": Made("oidc-provider", {"client_key_algorithm": "RS384"}, "RS384", "kid"),
}


@pytest.fixture
def peer() -> Iterator[ScriptedPeer]:
    with scripted_peer() as running:
        yield running


def read(part: str) -> bytes:
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))


def judged(assertion: str, algorithm: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Header and claims of a signature that our certificate's key verifies (RFC 7518 §3.3, §3.5)."""
    signed, _, signature = assertion.rpartition(".")
    digest: hashes.HashAlgorithm = {"256": hashes.SHA256(), "384": hashes.SHA384()}[algorithm[2:]]
    pss = padding.PSS(padding.MGF1(digest), padding.PSS.DIGEST_LENGTH)
    key = CERTIFICATE.public_key()
    assert isinstance(key, RSAPublicKey)
    key.verify(read(signature), signed.encode(), pss if algorithm[0] == "P" else padding.PKCS1v15(), digest)
    header, claims = (json.loads(read(part)) for part in signed.split("."))
    assert (header["alg"], header["typ"]) == (algorithm, "JWT")
    return header, claims


def thumbprint(kind: hashes.HashAlgorithm) -> str:
    return base64.urlsafe_b64encode(CERTIFICATE.fingerprint(kind)).rstrip(b"=").decode()


@pytest.mark.parametrize("made", SYSTEMS.values(), ids=SYSTEMS)
def test_a_login_proves_us(peer: ScriptedPeer, made: Made) -> None:
    shape = SHAPES[made.shape]
    serve(peer, shape, peer.url, smart=False)
    asked = watched(peer)
    own = {name: shape.settings[name] for name in ("subject_claim", "right_claim") if name in shape.settings}
    stanza = {"issuer": peer.url, "client_id": AUDIENCE, "right": "laegebro-start", "client_key": "env:KEY"}
    provider = OidcProvider("idp", OidcSettings.model_validate(stanza | made.stanza | own), SECRETS.__getitem__)
    assert provider.finish(PendingLogin("idp", "s", "v", NONCE, "/"), "code", "https://back", NOW).subject == "FJ-1001"
    header, claims = judged(assertion_in(asked), made.algorithm)
    found = {"x5t": thumbprint(hashes.SHA1()), "x5t#S256": thumbprint(hashes.SHA256())}
    assert header["kid"] == made.stanza.get("client_key_id", header["kid"])
    assert made.found_by == "kid" or header[made.found_by] == found[made.found_by]
    assert claims["iss"] == claims["sub"] == AUDIENCE and claims["aud"] == f"{peer.url}/token"
    assert 0 < claims["exp"] - claims["iat"] <= 300


def watched(peer: ScriptedPeer) -> list[Asked]:
    asked: list[Asked] = []
    answer = peer.script

    def script(each: Asked) -> Any:
        asked.append(each)
        return answer(each)

    peer.script = script
    return asked


def assertion_in(asked: list[Asked]) -> str:
    body = next(each.body for each in asked if each.path == "/token")
    return parse_qs(body.decode())["client_assertion"][0]


def test_care_and_practice_systems_by_smart_are_given_rs384(peer: ScriptedPeer) -> None:
    serve(peer, SHAPES["oidc-provider"], peer.url, smart=False)
    asked = watched(peer)
    stanza = {"base_url": f"{peer.url}/fhir", "client_id": AUDIENCE, "client_key": "env:KEY"}
    settings = GpSettings.model_validate(stanza)
    connected("gp", settings, SECRETS.__getitem__, lambda: NOW)[1].send("GET", "/.well-known/smart-configuration")
    judged(assertion_in(asked), "RS384")


def test_the_medcom_line_signs_with_rsa_too(peer: ScriptedPeer) -> None:
    asked = watched(peer)
    stanza = medcom_samples.stanza(peer.url, medcom_samples.new_key(), "env:KEY", **BY_CERTIFICATE)
    line_of("m", MedcomSettings.model_validate(stanza), SECRETS.__getitem__, lambda: NOW).post({})
    header, claims = judged(asked[0].headers["authorization"].removeprefix("Bearer "), "RS384")
    assert header["x5t"] == thumbprint(hashes.SHA1()) and claims["aud"] == f"{peer.url}/messages"


KINDS = {
    "oidc": (OidcSettings, {"issuer": "https://i.example", "right": "r"}),
    "fhir_r4": (GpSettings, {"base_url": "https://b.example"}),
    "smart_fhir": (EojSettings, {"issuer": "https://b.example", "tenant": UUID(int=1)}),
}


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_about_the_key_needs_a_key(kind: str) -> None:
    settings, own = KINDS[kind]
    for name, value in (
        ("client_certificate", "env:CERT"),
        ("client_key_id", "k"),
        ("client_key_algorithm", "RS256"),
    ):
        with pytest.raises(ValidationError, match=f"{name}: needs client_key"):
            settings.model_validate({"client_id": "c", "client_secret": "env:S", **own, name: value})
    for name, value in (("client_key_algorithm", "HS256"), ("client_key_id", "a b"), ("client_certificate", "MIIC")):
        with pytest.raises(ValidationError, match=name):
            settings.model_validate({"client_id": "c", "client_key": "env:KEY", **own, name: value})


@pytest.mark.parametrize(
    ("stanza", "named"),
    [
        ({"client_key": "env:EMPTY"}, "client_key"),
        ({"client_key": "env:TEXT"}, "client_key"),
        ({"client_key": "env:EC", "client_key_algorithm": "RS256"}, "client_key_algorithm"),
        ({"client_key": "env:KEY", "client_key_algorithm": "ES384"}, "client_key_algorithm"),
        ({"client_key": "env:EC", "client_certificate": "env:CERT"}, "client_certificate"),
        ({"client_key": "env:KEY", "client_certificate": "env:TEXT"}, "client_certificate"),
        ({"client_key": "env:KEY", "client_certificate": "env:KEY"}, "client_certificate"),
        ({"client_key": "env:KEY", "client_certificate": "env:EMPTY"}, "client_certificate"),
    ],
)
def test_what_does_not_fit_the_key_is_named(stanza: dict[str, str], named: str) -> None:
    settings = GpSettings.model_validate({"base_url": "https://b.example", "client_id": "c", **stanza})
    with pytest.raises(ConfigFault, match=f"^{named}: ") as refused:
        settings.client(SECRETS.__getitem__)
    assert "BEGIN" not in str(refused.value)


def test_a_renewed_certificate_of_the_same_key_is_taken() -> None:
    stanza = {"client_key": "env:KEY", "client_certificate": "env:OTHER"}
    settings = GpSettings.model_validate({"base_url": "https://b.example", "client_id": "c", **stanza})
    assert settings.client(SECRETS.__getitem__).key is not None
