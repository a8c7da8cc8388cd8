"""Keys and tokens: what is accepted, and that the forger of the negative tables only changes what it says."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from joserfc import jws
from joserfc.jwk import ECKey, OctKey, RSAKey

from adapters.wire.jose import ALGORITHMS, Algorithm, Demands, PinnedKeys, TokenRejected, read_token, usable_keys
from tests.support.spoiling.forged_tokens import IGNORED, Forger, encoded

NOW = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)
SECONDS = int(NOW.timestamp())
DEMANDS = Demands("https://eoj.example", "us", ("ES256", "ES384", "RS256"))
CLAIMS = {"iss": "https://eoj.example", "aud": "us", "iat": SECONDS, "exp": SECONDS + 60}


def pem(key: object) -> str:
    return key.private_bytes(  # type: ignore[attr-defined, no-any-return]
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()


def test_the_forgers_own_ways_of_signing_are_accepted() -> None:
    """Otherwise the negative tables would prove nothing."""
    forger = Forger(CLAIMS)
    keys = PinnedKeys(forger.jwks())
    good = [forger.good(), forger.headed(), forger.headed(typ="jwt"), forger.without(), forger.headed(cty="json")]
    good.append(forger.raw(b'{"alg":"ES256","kid":"k1"}'))
    good.append(forger.good(aud=["us"]))
    good.append(forger.good(aud=["us", "them"], azp="us"))
    good.append(forger.good(nbf=SECONDS))
    for token in good:
        assert read_token(token.decode(), keys, DEMANDS, NOW)["iss"] == CLAIMS["iss"]


@pytest.mark.parametrize("name", IGNORED)
def test_a_header_that_need_not_be_understood_is_ignored(name: str) -> None:
    forger = Forger(CLAIMS)
    assert read_token(IGNORED[name](forger).decode(), PinnedKeys(forger.jwks()), DEMANDS, NOW)["aud"] == "us"


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_every_algorithm_we_name_is_verified(algorithm: Algorithm) -> None:
    signer = ECKey.generate_key(f"P-{algorithm[2:]}") if algorithm[0] == "E" else RSAKey.generate_key(2048)
    token = jws.serialize_compact(
        {"alg": algorithm, "kid": "k"}, json.dumps(CLAIMS).encode(), signer, algorithms=[algorithm]
    )
    keys = PinnedKeys({"keys": [{**signer.as_dict(private=False), "kid": "k"}]})
    assert read_token(token, keys, Demands("https://eoj.example", "us"), NOW) == CLAIMS
    rest = token.partition(".")[2]
    for other in set(ALGORITHMS) - {algorithm}:
        header = encoded(json.dumps({"alg": other, "kid": "k"}).encode())
        with pytest.raises(TokenRejected):
            read_token(f"{header}.{rest}", keys, Demands("https://eoj.example", "us"), NOW)
    with pytest.raises(TokenRejected):
        read_token(token[:-6] + "AAAAAA", keys, Demands("https://eoj.example", "us"), NOW)


def test_a_client_assertion_needs_no_iat_and_then_lives_from_now() -> None:
    forger = Forger(CLAIMS)
    keys, asked = PinnedKeys(forger.jwks()), replace(DEMANDS, longest=300, needs_issued=False)
    assert read_token(forger.without("iat").decode(), keys, asked, NOW)["exp"] == CLAIMS["exp"]
    kept = Forger({**CLAIMS, "exp": SECONDS + 400}, forger.key)
    for token in (kept.without("iat"), Forger({**CLAIMS, "exp": SECONDS - 60}, forger.key).without("iat")):
        with pytest.raises(TokenRejected):
            read_token(token.decode(), keys, asked, NOW)
    with pytest.raises(TokenRejected):
        read_token(forger.without("iat").decode(), keys, DEMANDS, NOW)


def test_of_a_key_set_only_public_signature_keys_are_used() -> None:
    usable = {**ECKey.generate_key("P-256").as_dict(private=False), "kid": "a"}
    private = {**ECKey.generate_key("P-256").as_dict(private=True), "kid": "b"}
    shared = {**OctKey.generate_key(256).as_dict(), "kid": "c"}
    for_encryption = {**usable, "kid": "d", "use": "enc"}
    assert usable_keys({"keys": [usable, private, shared, for_encryption, "x", None]}) == [usable]
    nothings: list[object] = [{}, {"keys": {}}, [], None, "x"]
    for nothing in nothings:
        with pytest.raises(ValueError, match="key set"):
            usable_keys(nothing)


def test_a_weak_key_is_no_key() -> None:
    weak = RSAKey.import_key(pem(rsa.generate_private_key(65537, 1024)))
    forger = Forger(CLAIMS)
    token = forger.signed({"alg": "RS256", "kid": "w"}, b'{"iss":"x"}', weak)
    with pytest.raises(TokenRejected) as refused:
        read_token(token.decode(), PinnedKeys({"keys": [{**weak.as_dict(private=False), "kid": "w"}]}), DEMANDS, NOW)
    assert refused.value.reason == "signature"


def test_a_key_serves_its_own_algorithm_only() -> None:
    forger = Forger(CLAIMS)
    keys = forger.jwks()
    keys["keys"][0]["alg"] = "ES384"
    with pytest.raises(TokenRejected) as refused:
        read_token(forger.good().decode(), PinnedKeys(keys), DEMANDS, NOW)
    assert refused.value.reason == "key-algorithm"
