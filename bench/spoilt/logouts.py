"""Logout tokens of a login's provider: spoilt claims that it has signed all the same, and spoilt tokens."""

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

from bench.spoilt.door import Door
from gateway.domain.session import Grant
from gateway.store.peers.connections import Stanza
from simulators.signing import issued_now
from tests.support.peers.provider import Provider
from tests.support.spoiling.mutated_messages import mutated as spoilt_json
from tests.support.spoiling.mutations import mutated
from tests.unit.web.nurse_world import TENANT, NurseWorld

IDP, SID = "idp-fjordby", "s-1"
_CLAIMS = b"CLAIMS"
BOMBS = {
    "deep-claims": _CLAIMS + b'{"events":' * 3_000 + b"1" + b"}" * 3_000,
    "deep-payload": b"e30." + base64.urlsafe_b64encode(b"[" * 15_000).rstrip(b"=") + b".e30",
    "long-token": b"a" * 40_000 + b".b.c",
    "too-large": b" " * 1_100_000,
}


@contextmanager
def logout(folder: Path) -> Iterator[Door]:
    """Somebody is logged in before each; after a token that was taken she may not be."""
    world = NurseWorld(folder, rate_factor="1000000")
    provider = Provider("http://127.0.0.1:9/")
    gateway, hers = world.gateway, list[str]()
    told = Stanza(IDP, "identity", "oidc", TENANT, {**provider.stanza, "tenant": str(TENANT)}, synthetic=True)
    gateway.connections.apply(told, "bench", "bench", gateway.clock.now())
    client = world.app.test_client()

    def send(content: bytes) -> tuple[int, float]:
        hers.append(_logged_in(world, provider))
        token = content
        if content.startswith(_CLAIMS):
            token = _signed(provider, content.removeprefix(_CLAIMS))
        begun = time.perf_counter()
        answer = client.post(f"/login/{IDP}/logout", data={"logout_token": token.decode("latin-1")})
        return answer.status_code, time.perf_counter() - begun

    def undone(content: bytes) -> str:
        claims = _claims(content.removeprefix(_CLAIMS))
        names_her = claims.get("sid", SID) == SID and claims.get("sub", "") in ("", _subject(provider))
        stands = gateway.access.read(hers[-1], gateway.clock.now()) is not None
        return "her session stands" if stands and names_her else ""

    genuine = json.dumps({"sub": _subject(provider), "sid": SID, "events": _events(provider)}).encode()
    yield Door(send, [_CLAIMS + genuine] * 6 + [provider.said().encode()], BOMBS, spoilt, undone)
    provider.close()
    gateway.engine.dispose()


def spoilt(message: bytes, chance: random.Random) -> bytes:
    if not message.startswith(_CLAIMS):
        return mutated(message, chance)
    claims = json.loads(message.removeprefix(_CLAIMS))
    return _CLAIMS + list(spoilt_json([claims], 1 + chance.randrange(2), chance))[-1]


def _subject(provider: Provider) -> str:
    user = provider.realm.organisation.user("mette")
    assert user is not None
    return provider.realm.subject_of(user)


def _events(provider: Provider) -> dict[str, Any]:
    payload = provider.said().split(".")[1]
    events: dict[str, Any] = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))["events"]
    return events


def _claims(text: bytes) -> dict[str, Any]:
    try:
        said = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return dict(said) if isinstance(said, dict) else {}


def _signed(provider: Provider, text: bytes) -> bytes:
    """As JSON that holds whatever was spoilt, lone surrogates too."""
    whole = {"iss": provider.realm.issuer, "aud": "laegebro", "jti": str(uuid4()), **issued_now(60), **_claims(text)}
    header = {"alg": "ES256", "kid": provider.realm.key.kid, "typ": "JWT"}
    key = provider.realm.key._key
    return jws.serialize_compact(header, json.dumps(whole).encode(), key, algorithms=["ES256"]).encode()


def _logged_in(world: NurseWorld, provider: Provider) -> str:
    user, gateway = provider.realm.organisation.user("mette"), world.gateway
    assert user is not None
    id_token = provider.realm.id_token(user, "laegebro", {"auth_time": 1, "sid": SID})
    grant = Grant("subject-mette", user.name, "Sygeplejerske", "Fjordby Kommune", True, IDP)
    now = gateway.clock.now()
    return gateway.access.open_employee(TENANT, grant, now, id=gateway.ids.new(), id_token=id_token)[0]
