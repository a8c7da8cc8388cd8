"""Our own key: which are taken, what they sign, and how a peer finds them."""

from __future__ import annotations

import base64
import hashlib
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from joserfc.jwk import ECKey, RSAKey

from adapters.wire.jose import Algorithm, Demands, PinnedKeys, TokenRejected, read_token
from adapters.wire.oauth.client_key import ClientKey, public_jwks
from tests.support.peers.certificates import certificate_of, der_of, rsa_pem

NOW = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)
TOKEN = "https://eoj.example/token"


def pem(key: Any, password: bytes = b"") -> str:
    sealed = serialization.BestAvailableEncryption(password) if password else serialization.NoEncryption()
    text: bytes = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, sealed)
    return text.decode()


KEYS: dict[Algorithm, str] = {
    "ES256": pem(ec.generate_private_key(ec.SECP256R1())),
    "ES384": pem(ec.generate_private_key(ec.SECP384R1())),
    **dict.fromkeys(("PS256", "PS384", "RS256", "RS384"), rsa_pem()),
}


def header_of(token: str) -> dict[str, Any]:
    part = token.partition(".")[0]
    return dict(json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))))


@pytest.mark.parametrize("algorithm", KEYS)
def test_our_assertion_is_what_smart_asks_for(algorithm: Algorithm) -> None:
    key = replace(ClientKey.from_pem(KEYS[algorithm]), chosen=algorithm)
    demands = Demands("laegebro", TOKEN, (algorithm,), longest=300)
    tokens = [key.assertion("laegebro", TOKEN, NOW) for _ in range(3)]
    published = PinnedKeys(public_jwks(KEYS[algorithm]))
    claims = [read_token(token, published, demands, NOW) for token in tokens]
    assert len({each["jti"] for each in claims}) == 3
    assert claims[0]["iss"] == claims[0]["sub"] == "laegebro"
    assert header_of(tokens[0]) == {"alg": algorithm, "kid": key.kid, "typ": "JWT"}
    with pytest.raises(TokenRejected):
        read_token(tokens[0], published, demands, NOW + timedelta(minutes=6))


def test_what_we_publish_holds_no_private_part() -> None:
    keys = public_jwks(KEYS["ES384"], KEYS["RS256"])["keys"]
    assert [set(key) for key in keys] == [
        {"kty", "crv", "x", "y", "kid", "alg", "use"},
        {"kty", "n", "e", "kid", "use"},  # no alg: the same key serves RS256 here and PS256 there
    ]


def test_a_certificate_is_named_by_both_thumbprints_and_is_the_key_id() -> None:
    own = certificate_of(KEYS["RS256"])
    key = replace(ClientKey.from_pem(KEYS["RS256"]), certificate=own)
    header = header_of(key.assertion("laegebro", TOKEN, NOW))
    digests = [hashlib.sha1(der_of(own), usedforsecurity=False).digest(), hashlib.sha256(der_of(own)).digest()]
    sha1, sha256 = (base64.urlsafe_b64encode(each).rstrip(b"=").decode() for each in digests)
    assert header == {"alg": "RS384", "kid": sha1, "typ": "JWT", "x5t": sha1, "x5t#S256": sha256}
    assert header_of(replace(key, named="ours-1").assertion("laegebro", TOKEN, NOW))["kid"] == "ours-1"


NONE = {
    "empty": "",
    "text": "no key",
    "rsa-1024": RSAKey.generate_key(1024, auto_kid=False).as_pem(private=True).decode(),
    "p-521": pem(ec.generate_private_key(ec.SECP521R1())),
    "secp256k1": pem(ec.generate_private_key(ec.SECP256K1())),
    "with a password": pem(rsa.generate_private_key(65537, 2048), b"secret"),
    "public": ECKey.generate_key("P-256").as_pem(private=False).decode(),
    "certificate": certificate_of(KEYS["RS256"]).public_bytes(serialization.Encoding.PEM).decode(),
}


@pytest.mark.parametrize("name", NONE)
def test_what_we_cannot_sign_with_is_refused_at_start(name: str) -> None:
    with pytest.raises(ValueError, match="must be a private key in PEM") as refused:
        ClientKey.from_pem(NONE[name])
    assert "PRIVATE KEY" not in str(refused.value)
