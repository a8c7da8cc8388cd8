"""Logging in at peers: OAuth 2 discovery, Backend Services (SMART 2.x) and the code flow with PKCE.

Tokens and keys are never stored: a system token lives in this process's memory until 30 seconds before its end.
"""

from __future__ import annotations

import base64
import hashlib
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

from adapters.wire.http import Answer, PeerHttp, certainly_not_done, checked_url, coded_issue, parse_json
from adapters.wire.jose import ClientKey, Json, chosen, usable_keys
from adapters.wire.remembered import Remembered
from gateway.domain.errors import PeerBusy, PeerError, PeerRefused

ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
SAFETY = 30.0
SMART = ".well-known/smart-configuration"
OPENID = ".well-known/openid-configuration"


@dataclass(frozen=True, slots=True)
class Endpoints:
    """What a discovery document said (OpenID Connect Discovery 1.0 §3; SMART App Launch 2.x, conformance)."""

    issuer: str
    token: str
    authorization: str = ""
    jwks: str = ""
    end_session: str = ""


class Discovery:
    """The endpoints below ``http.base_url``, remembered. ``issuer``: what the document must call itself, exactly
    (mix-up defence, RFC 9207); None only where another document of the same origin vouches for it."""

    def __init__(
        self, http: PeerHttp, path: str, issuer: str | None, now: Callable[[], float] = time.monotonic
    ) -> None:
        self._http, self._path, self._issuer = http, path, issuer
        self._endpoints = Remembered(self._fetch, now)

    def endpoints(self) -> Endpoints:
        return self._endpoints.current()

    def _fetch(self) -> Endpoints:
        document = self._http.get(self._path).json()
        if not isinstance(document, dict):
            raise PeerRefused(self._http.peer, "invalid-discovery")
        found = Endpoints(
            _text(document, "issuer"),
            self._url(document, "token_endpoint", needed=True),
            self._url(document, "authorization_endpoint"),
            self._url(document, "jwks_uri"),
            self._url(document, "end_session_endpoint"),
        )
        if self._issuer is not None and found.issuer != self._issuer:
            raise PeerRefused(self._http.peer, "issuer-mismatch")
        return found

    def _url(self, document: Json, name: str, needed: bool = False) -> str:
        text = _text(document, name)
        try:
            return checked_url(text) if text or needed else ""
        except ValueError:
            raise PeerRefused(self._http.peer, "invalid-discovery") from None


def _text(document: Mapping[str, Any], name: str) -> str:
    value = document.get(name, "")
    return value if isinstance(value, str) else ""


class FetchedKeys:
    """A peer's published keys; ``url`` is asked for at each fetch, since discovery may move it."""

    def __init__(self, http: PeerHttp, url: Callable[[], str], now: Callable[[], float] = time.monotonic) -> None:
        self._http, self._url = http, url
        self._keys = Remembered(self._fetch, now)

    def find(self, kid: str) -> Json | None:
        return chosen(self._keys.current(), kid) or chosen(self._keys.renewed(), kid)

    def _fetch(self) -> list[Json]:
        try:
            # The registered type is application/jwk-set+json (RFC 7517 §8.5); plain JSON is common.
            return usable_keys(self._http.get(self._url()).json())
        except ValueError:
            raise PeerRefused(self._http.peer, "invalid-key-set") from None


@dataclass(frozen=True, slots=True)
class Client:
    """Who we are at an authorization server; without a key a public client that only names itself."""

    client_id: str
    key: ClientKey | None = field(default=None, repr=False)

    def proof(self, token_endpoint: str, now: datetime) -> dict[str, str]:
        if self.key is None:
            return {"client_id": self.client_id}
        assertion = self.key.assertion(self.client_id, token_endpoint, now)
        return {
            "client_id": self.client_id,
            "client_assertion_type": ASSERTION_TYPE,
            "client_assertion": assertion,
        }


class BackendServices:
    """``Authorization`` for calls under the tenant's system credentials (SMART Backend Services).

    Everything that fails here happened before the call itself, so it is told as *connecting*: certainly not done.
    """

    def __init__(
        self,
        http: PeerHttp,
        discovery: Discovery,
        client: Client,
        scope: str,
        *,
        now: Callable[[], float] = time.monotonic,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._http, self._discovery, self._client, self._scope = http, discovery, client, scope
        self._now, self._clock = now, clock
        self._lock = threading.Lock()
        self._header = ""
        self._until = 0.0

    def header(self) -> str:
        with self._lock:
            if not self._header or self._now() >= self._until:
                self._log_in()
            return self._header

    def renew(self, refused: str) -> None:
        with self._lock:
            if self._header == refused:  # another thread may have logged in again already
                self._header = ""

    def _log_in(self) -> None:
        with certainly_not_done():
            endpoint = self._discovery.endpoints().token
            asked = self._now()
            proof = self._client.proof(endpoint, self._clock())
            form = {"grant_type": "client_credentials", "scope": self._scope, **proof}
            body = ask_token(self._http, endpoint, form)
        self._header = f"Bearer {body['access_token']}"
        self._until = asked + max(0.0, _lifetime(body) - SAFETY)


def _lifetime(body: Json) -> float:
    """RFC 6749 §5.1: ``expires_in`` is only recommended; without it the token serves one call."""
    value = body.get("expires_in")
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else 0.0


def ask_token(http: PeerHttp, endpoint: str, form: Mapping[str, str]) -> Json:
    """The token endpoint's answer. A refusal is ``PeerRefused`` with the OAuth error code; *invalid_client* is
    ``PeerBusy``, since a server that cannot read our keys just now says the same, and nothing was done."""
    answer = http.post_form(endpoint, form, expect=(400, 401))
    if answer.status >= 400:
        raise _token_refusal(answer)
    body = answer.json()
    if not isinstance(body, dict) or not _bearer(body):
        raise PeerRefused(http.peer, "invalid-answer")
    return body


def _bearer(body: Json) -> bool:
    token, kind = body.get("access_token"), body.get("token_type")
    # The value becomes a header: RFC 6750 §2.1 b64token, so no line end can come along.
    readable = isinstance(token, str) and token.isascii() and token.isprintable() and " " not in token and token != ""
    return readable and isinstance(kind, str) and kind.lower() == "bearer"


_OAUTH_ERRORS = frozenset(
    {"invalid_request", "invalid_grant", "unauthorized_client", "unsupported_grant_type", "invalid_scope"}
)


def _token_refusal(answer: Answer) -> PeerError:
    try:
        code = parse_json(answer.body).get("error")
    except (ValueError, AttributeError):
        code = coded_issue(answer)
    if code == "invalid_client":
        return PeerBusy(answer.peer, "invalid_client")
    return PeerRefused(answer.peer, code if code in _OAUTH_ERRORS else "login-refused")


def challenge_of(verifier: str) -> str:
    """RFC 7636 §4.2, S256."""
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()


def authorization_address(endpoint: str, words: Mapping[str, str], verifier: str) -> str:
    """Where the browser is sent: ``words`` beside what the code flow with PKCE always says."""
    query = {
        "response_type": "code",
        **words,
        "code_challenge": challenge_of(verifier),
        "code_challenge_method": "S256",
    }
    return f"{endpoint}{'&' if '?' in endpoint else '?'}{urlencode(query)}"


def code_form(code: str, redirect_uri: str, verifier: str) -> dict[str, str]:
    return {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": redirect_uri,
        "code_verifier": verifier,
    }
