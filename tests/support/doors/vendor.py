"""A vendor's client program, written against the published protocols only: keys, assertions, PKCE, a browser."""

import base64
import hashlib
import json
import secrets
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
from flask import Flask
from joserfc import jwt
from joserfc.jwk import ECKey, KeySet

from simulators.serving import Served
from simulators.wire import LoopbackTransport

Json = dict[str, Any]
ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


def browser() -> httpx.Client:
    """Cookies are kept; redirects are followed by hand."""
    return httpx.Client(transport=LoopbackTransport(), timeout=20, trust_env=False)


@contextmanager
def running(host_name: str, make: Any) -> Iterator[str]:
    """Serve the application `make(base)` on a free port; yields its base address."""
    served = Served("127.0.0.1:0", host_name)
    app: Flask = make(served.url)
    served.mount(app)
    with served:
        yield served.url


class Vendor:
    """A client with an ES384 key whose public half lies in a file."""

    def __init__(self, folder: Path, client_id: str = "laegebro") -> None:
        self.client_id = client_id
        self.key = ECKey.generate_key("P-384")
        self.jwks_file = folder / "client-jwks.json"
        public = {**self.key.as_dict(private=False), "kid": self.key.thumbprint(), "use": "sig"}
        self.jwks_file.write_text(json.dumps({"keys": [public]}))

    def assertion(self, audience: str, **changes: Any) -> str:
        claims: Json = {
            "iss": self.client_id,
            "sub": self.client_id,
            "aud": audience,
            "exp": int(time.time()) + 240,
            "jti": str(uuid.uuid4()),
        }
        claims.update(changes)
        return jwt.encode({"alg": "ES384", "kid": self.key.thumbprint()}, claims, self.key, algorithms=["ES384"])

    def ask_for_token(self, base: str, scope: str, assertion: str | None = None) -> httpx.Response:
        form = {
            "grant_type": "client_credentials",
            "scope": scope,
            "client_assertion_type": ASSERTION_TYPE,
            "client_assertion": assertion or self.assertion(f"{base}/auth/token"),
        }
        with browser() as http:
            return http.post(f"{base}/auth/token", data=form)

    def fhir(self, base: str, scope: str) -> httpx.Client:
        """A client for the FHIR endpoint with a fresh token."""
        token = self.ask_for_token(base, scope).raise_for_status().json()["access_token"]
        headers = {"Authorization": f"Bearer {token}", "Accept": "application/fhir+json"}
        return httpx.Client(
            transport=LoopbackTransport(), base_url=f"{base}/fhir", headers=headers, timeout=20, trust_env=False
        )


def pkce() -> tuple[str, str]:
    """A verifier and its S256 challenge."""
    verifier = secrets.token_urlsafe(48)
    digest = hashlib.sha256(verifier.encode()).digest()
    return verifier, base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def words_of(address: str) -> dict[str, str]:
    """The query of an address, one value each."""
    return {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}


def verified_claims(token: str, jwks: Any) -> Json:
    """The claims of an ES256 token, checked with nothing but the published keys."""
    return dict(jwt.decode(token, KeySet.import_key_set(jwks), algorithms=["ES256"]).claims)
