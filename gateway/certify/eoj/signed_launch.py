"""The bench for ``signed_launch``: a care system's back end with a key of its own, and the book of burnt tokens."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from joserfc import jwt
from joserfc.jwk import ECKey

from adapters.contract.launch_promises import Flaw
from adapters.eoj.signed_launch import Adapter, Settings
from gateway.certify.eoj.opening import Burning, brought, burning
from gateway.domain.launch import Launch
from gateway.domain.peers.messages import Envelope

ISSUER, AUDIENCE = "https://eoj.example", "https://gateway.example"
LIFE = 60  # seconds
Json = dict[str, Any]
CHANGES: dict[Flaw, Json] = {
    Flaw.OTHER_MUNICIPALITY: {"organisation_cvr": "99220007"},
    Flaw.OTHER_SYSTEM: {"aud": "https://somebody-else.example"},
}


class BackEnd:
    """``adapters.contract.launch_promises.LaunchBench``; ``burn`` takes a token in a transaction of our own store."""

    record = "Patient/r-1002"
    cpr = "0201609996"
    employee = "Mette Holm"

    def __init__(self, burn: Burning) -> None:
        self._burn, self._key = burn, ECKey.generate_key("P-256")
        keys = {"keys": [{**self._key.as_dict(private=False), "kid": "k1", "use": "sig"}]}
        words = {"issuer": ISSUER, "audience": AUDIENCE, "tenant": "0192f000-0000-7000-8000-00000000c0de"}
        stanza = {**words, "write_back": "eoj-fjordby", "organisation_cvr": "99110007", "jwks": keys}
        self.adapter = Adapter("eoj-fjordby-signed", Settings.model_validate(stanza))

    def press(self, flaw: Flaw | None = None) -> Callable[[], Launch]:
        envelope = Envelope({"content-type": "application/jwt"}, {}, self._token(flaw).encode())
        return lambda: brought(self.adapter, envelope, self._burn, "POST /api/v1/launches", flaw)

    def _token(self, flaw: Flaw | None) -> str:
        strangers = flaw in (Flaw.FORGED, Flaw.UNKNOWN_KEY)
        key = ECKey.generate_key("P-256") if strangers else self._key
        kid = "k2" if flaw is Flaw.UNKNOWN_KEY else "k1"
        claims = {**_claims(3600 if flaw is Flaw.EXPIRED else 0), **(CHANGES.get(flaw, {}) if flaw else {})}
        return jwt.encode({"alg": "ES256", "kid": kid, "typ": "JWT"}, claims, key)


def _claims(ago: int) -> Json:
    now = int(time.time()) - ago
    return {
        "iss": ISSUER,
        "aud": AUDIENCE,
        "iat": now,
        "exp": now + LIFE,
        "jti": secrets.token_urlsafe(16),
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
    }


class Bench:
    """Launches only: the note goes back through another connection."""

    on_the_wire = False

    def __init__(self, launches: BackEnd) -> None:
        self.launches = launches
        self.system: Any = launches.adapter


@contextmanager
def bench(folder: Path) -> Iterator[Bench]:
    with burning(folder) as burnt:
        yield Bench(BackEnd(burnt))
