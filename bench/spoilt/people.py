"""Where people come in: the signed launch, with what a browser brings back from a launch or a login."""

from __future__ import annotations

import base64
import json
import random
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

from joserfc import jws
from joserfc.jwk import ECKey

from bench.spoilt import effects
from bench.spoilt.door import Door
from gateway.domain.consultation import opening
from gateway.domain.people import SYSTEM
from gateway.domain.scope import SystemScope
from gateway.services.changing import change
from gateway.store.peers.connections import Stanza
from simulators.signing import issued_now
from tests.support.spoiling.mutated_messages import mutated as spoilt_json
from tests.support.spoiling.mutations import mutated
from tests.unit.web.nurse_world import CPR, TENANT, NurseWorld

ISSUER, AUDIENCE = "https://eoj.example", "https://gateway.example"
CLAIMS = {
    "sub": "FJ-1001",
    "name": "Mette Holm",
    "roles": ["laegebro-start"],
    "title": "Sygeplejerske",
    "patient": {
        "reference": "Patient/r-1002",
        "name": "Nancy Ann Berggren",
        "birthDate": "1948-12-25",
        "gender": "female",
        "identifiers": [{"system": "urn:oid:1.2.208.176.1.2", "value": CPR}],
    },
    "general_practitioner": {"ydernummer": "034835"},
    "agreement": {"with": "Lise Hansen"},
}
RETURNS = (
    b"/launch/smart?iss=https://eoj.example/fhir&launch=abc",
    b"/launch/smart/callback?state=abc&code=def",
    b"/launch/smart/callback?error=access_denied&state=abc",
    b"/login/callback?state=abc&code=def",
    b"/login/login-fjordby",
    b"/start/slut/used",
)
BOMBS = {
    "deep-claims": b"CLAIMS" + b'{"patient":' * 3_000 + b"1" + b"}" * 3_000,
    "deep-payload": b"e30." + base64.urlsafe_b64encode(b"[" * 15_000).rstrip(b"=") + b".e30",
    "long-token": b"a" * 40_000 + b".b.c",
    "no-algorithm": b"eyJhbGciOiJub25lIn0." + base64.urlsafe_b64encode(json.dumps(CLAIMS).encode()).rstrip(b"=") + b".",
    "too-large": b" " * 1_100_000,
}


@contextmanager
def launch(folder: Path) -> Iterator[Door]:
    """Half of the spoilt claims are signed after they were spoilt, so that they reach the innermost checks."""
    world, key = NurseWorld(folder), ECKey.generate_key("P-256")
    stanza = {"issuer": ISSUER, "audience": AUDIENCE, "tenant": str(TENANT), "write_back": "eoj"} | {
        "jwks": {"keys": [{**key.as_dict(private=False), "kid": "k"}]}
    }
    signed = Stanza("eoj-signed", "eoj", "signed_launch", TENANT, stanza, synthetic=True)
    world.gateway.connections.apply(signed, "bench", "bench", world.gateway.clock.now())
    client, last = world.app.test_client(), dict[str, Any]()

    def send(content: bytes) -> tuple[int, float]:
        last.clear()
        begun = time.perf_counter()
        if content.startswith(b"/"):
            answer = client.get(content.decode("latin-1"))
            return answer.status_code, time.perf_counter() - begun
        token = content
        if content.startswith(b"CLAIMS"):
            last["claims"] = _claims(content.removeprefix(b"CLAIMS"))
            token = _signed(last["claims"], key)
        answer = client.post("/api/v1/launches", data=token, content_type="application/jwt")
        last["said"] = answer.get_json(silent=True) or {}
        return answer.status_code, time.perf_counter() - begun

    def undone(_content: bytes) -> str:
        """Closed afterwards: the next launch of the same record is a start of its own again."""
        if "said" not in last:
            return ""
        store, scope = world.gateway.store, SystemScope()
        stored = store.load(scope, store.find_by_short_id(scope, last["said"]["consultation"]))
        change(store, scope, stored.id, lambda c: opening.abandon(c, world.gateway.clock.now(), SYSTEM))
        return effects.by_launch(last["claims"], stored) if "claims" in last else ""

    whole = [b"CLAIMS" + json.dumps(CLAIMS).encode()] * 6 + [_signed(CLAIMS, key)]
    yield Door(send, [*whole, *RETURNS], BOMBS, spoilt_start, undone)
    world.gateway.engine.dispose()


def _signed(claims: dict[str, Any], key: ECKey) -> bytes:
    """As JSON that holds whatever was spoilt, lone surrogates too."""
    header = {"alg": "ES256", "kid": "k", "typ": "JWT"}
    return jws.serialize_compact(header, json.dumps(claims).encode(), key, algorithms=["ES256"]).encode()


def _claims(text: bytes) -> dict[str, Any]:
    try:
        spoilt = json.loads(text)
    except (ValueError, RecursionError):
        spoilt = {}
    claims = dict(spoilt) if isinstance(spoilt, dict) else {}
    return {"iss": ISSUER, "aud": AUDIENCE, "jti": str(uuid4()), **issued_now(60), **claims}


def spoilt_start(message: bytes, chance: random.Random) -> bytes:
    if not message.startswith(b"CLAIMS"):
        spoilt = mutated(message, chance)
        return b"/" + spoilt.lstrip(b"/") if message.startswith(b"/") else spoilt
    claims = json.loads(message.removeprefix(b"CLAIMS"))
    return b"CLAIMS" + list(spoilt_json([claims], 1 + chance.randrange(2), chance))[-1]
