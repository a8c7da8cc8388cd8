"""The signed door opens for one kind of token only."""

from __future__ import annotations

import tracemalloc
from datetime import UTC, datetime
from uuid import UUID

import pytest

from adapters.eoj.signed_launch import Settings, SignedLaunch
from gateway.domain.errors import AccessRefused, InvalidField, LaunchRefused
from gateway.domain.peers.messages import Envelope
from tests.support.spoiling.forged_tokens import SHAPES, SIGNATURES, Forger, Forgery, claims_forged

NOW = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)
SECONDS = int(NOW.timestamp())
CLAIMS = {
    "iss": "https://eoj.example",
    "aud": "https://gateway.example",
    "iat": SECONDS - 5,
    "exp": SECONDS + 55,
    "jti": "0b0e1a52-3a0c-4d0f-9d5b-0c8f5a1c2d3e",
    "sub": "FJ-1001",
    "name": "Mette Holm",
    "roles": ["laegebro-start"],
    "organisation_cvr": "99110007",
    "patient": {
        "reference": "Patient/r-1002",
        "identifiers": [{"system": "urn:oid:1.2.208.176.1.2", "value": "0201609996"}],
        "name": "Karla Testmose",
        "birthDate": "1960-01-02",
    },
    "general_practitioner": {"ydernummer": "034835", "source": "eoj", "as_of": "2026-11-24"},
}
FORGER = Forger(CLAIMS)
OF_ITS_OWN: dict[str, Forgery] = {
    "kid missing": lambda f: f.raw(b'{"alg":"ES256","typ":"JWT"}'),
    "jti missing": lambda f: f.without("jti"),
    "jti empty": lambda f: f.good(jti=""),
    "jti a number": lambda f: f.good(jti=7),
    "jti very long": lambda f: f.good(jti="j" * 200),
    "jti with a line end": lambda f: f.good(jti="a\nb"),
    "another organisation": lambda f: f.good(organisation_cvr="99220007"),
    "an RSA signature": SIGNATURES["an RSA key nobody knows"],
}
REFUSED = {**SIGNATURES, **SHAPES, **claims_forged(SECONDS, 60), **OF_ITS_OWN}


def door(**changes: object) -> SignedLaunch:
    stanza = {
        "issuer": CLAIMS["iss"],
        "audience": CLAIMS["aud"],
        "tenant": UUID(int=1),
        "write_back": "eoj-fjordby",
        "organisation_cvr": "99110007",
        "jwks": FORGER.jwks(),
        **changes,
    }
    return SignedLaunch("eoj-fjordby-signed", Settings.model_validate(stanza))


def envelope(body: bytes, kind: str = "application/jwt") -> Envelope:
    return Envelope({"content-type": kind}, {}, body)


def test_the_good_token_opens_the_door() -> None:
    launch, used = door().verify(envelope(FORGER.good()), NOW)
    assert launch.record_ref == "Patient/r-1002"
    assert used.jti == CLAIMS["jti"]
    assert used.expires_at.timestamp() >= SECONDS + 55


def test_there_are_enough_ways_to_be_refused() -> None:
    assert len(REFUSED) >= 60


@pytest.mark.parametrize("name", REFUSED)
def test_a_token_that_is_not_genuine_is_refused(name: str) -> None:
    with pytest.raises((LaunchRefused, InvalidField)) as refused:
        door().verify(envelope(REFUSED[name](FORGER)), NOW)
    if isinstance(refused.value, InvalidField):
        assert refused.value.field == "body", "only the size is told"
    assert all(len(str(word)) < 40 for word in refused.value.args), "nothing of the token is repeated"
    assert refused.value.__cause__ is None


@pytest.mark.parametrize("name", [n for n in REFUSED if n.startswith(("expired", "iat in", "nbf in", "exp too far"))])
def test_the_clock_decides_alone(name: str) -> None:
    """The same tokens are fine in every other respect: with the claims as they were, the door opens."""
    with pytest.raises(LaunchRefused) as refused:
        door().verify(envelope(REFUSED[name](FORGER)), NOW)
    assert refused.value.reason in ("expired", "not-yet-valid", "lifetime")


def test_a_token_from_a_slightly_wrong_clock_is_accepted() -> None:
    ahead = FORGER.good(iat=SECONDS + 5, exp=SECONDS + 65)
    behind = FORGER.good(iat=SECONDS - 65, exp=SECONDS - 5)
    assert door().verify(envelope(ahead), NOW)
    assert door().verify(envelope(behind), NOW)


@pytest.mark.parametrize("kind", ["application/json", "text/plain", "", "application/jwt-x", "multipart/form-data"])
def test_another_content_type_is_named(kind: str) -> None:
    with pytest.raises(InvalidField) as refused:
        door().verify(envelope(FORGER.good(), kind), NOW)
    assert refused.value.field == "content-type"


def test_ten_megabytes_are_turned_away_unread() -> None:
    body = envelope(b"e" * 10_000_000)
    tracemalloc.start()
    with pytest.raises(InvalidField):
        door().verify(body, NOW)
    assert tracemalloc.get_traced_memory()[1] < 1_000_000
    tracemalloc.stop()


@pytest.mark.parametrize("roles", [[], ["laegebro"], "laegebro-start-x", None, {"laegebro-start": True}, 7])
def test_an_employee_without_the_right_is_told_so(roles: object) -> None:
    with pytest.raises(AccessRefused):
        door().verify(envelope(FORGER.good(roles=roles)), NOW)


def test_the_right_may_lie_deeper_and_be_one_word() -> None:
    nested = FORGER.good(roles=None, realm_access={"roles": "laegebro-start"})
    assert door(right_claim="realm_access.roles").verify(envelope(nested), NOW)


def test_a_stanza_needs_one_source_of_keys() -> None:
    stanzas: list[dict[str, object]] = [
        {"jwks": None},
        {"jwks": {"keys": []}},
        {"jwks_url": "https://eoj.example/jwks"},
    ]
    for keys in stanzas:
        with pytest.raises(ValueError, match="jwks"):
            door(**keys)
    with pytest.raises(ValueError, match="plain http"):
        door(jwks=None, jwks_url="http://eoj.example/jwks")
