"""Logging in at peers: how we prove ourselves, Backend Services (SMART 2.x) and the code flow with PKCE.

Tokens and keys are never stored: a system token lives in this process's memory until 30 seconds before its end.
"""

from __future__ import annotations

import base64
import hashlib
import logging
import threading
import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Literal, Protocol
from urllib.parse import quote_plus, urlencode

from adapters.wire.answer import Answer, coded_issue, parse_json
from adapters.wire.discovery import Endpoints
from adapters.wire.http import PeerHttp
from adapters.wire.jose import Json
from adapters.wire.meaning.lines import Means, fault_of
from adapters.wire.meaning.oauth import ERRORS, means_of
from adapters.wire.oauth.client_key import ClientKey
from adapters.wire.oauth.scopes import missing_scopes
from gateway.domain.errors import PeerError, PeerIll, PeerRefused

ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
SAFETY = 30.0
CLOCKS_AGREE = timedelta(seconds=30)  # servers allow about a minute
AuthMethod = Literal["client_secret_basic", "client_secret_post"]
_log = logging.getLogger("laegebro.oauth")


@dataclass(frozen=True, slots=True)
class Proof:
    """What a token request holds so that the server knows its client: form fields, header fields."""

    form: Mapping[str, str] = field(repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True)
class Client:
    """Who we are at an authorization server: by our key (``private_key_jwt``), by a secret we share with it (in the way
    ``method`` says), or, with neither, a public client that only names itself (OpenID Connect Core §9)."""

    client_id: str
    key: ClientKey | None = field(default=None, repr=False)
    secret: str = field(default="", repr=False)
    method: AuthMethod = "client_secret_basic"

    def proof(self, token_endpoint: str, now: datetime) -> Proof:
        if self.key is not None:
            assertion = self.key.assertion(self.client_id, token_endpoint, now)
            signed = {"client_assertion_type": ASSERTION_TYPE, "client_assertion": assertion}
            return Proof({"client_id": self.client_id, **signed})
        if not self.secret:
            return Proof({"client_id": self.client_id})
        if self.method == "client_secret_post":
            return Proof({"client_id": self.client_id, "client_secret": self.secret})
        # RFC 6749 §2.3.1: both are form-encoded before they are joined.
        joined = f"{quote_plus(self.client_id)}:{quote_plus(self.secret)}"
        return Proof({}, {"Authorization": f"Basic {base64.b64encode(joined.encode()).decode()}"})


class Endpointed(Protocol):
    def endpoints(self) -> Endpoints:
        """Where the peer's authorization server is asked."""


class TokenAt:
    """``Endpointed`` where the address is set up rather than published."""

    def __init__(self, url: str) -> None:
        self._endpoints = Endpoints(issuer="", token=url)

    def endpoints(self) -> Endpoints:
        return self._endpoints


class BackendServices:
    """``Authorization`` for calls under the tenant's system credentials (SMART Backend Services).

    Everything that fails here happened before the call itself: certainly not done. ``scope``: asked for at each login.
    """

    def __init__(
        self,
        http: PeerHttp,
        discovery: Endpointed,
        client: Client,
        scope: str | Callable[[], str],
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

    def log_in(self) -> None:
        """Whether we are let in, for a person who tries the connection."""
        self.header()

    def renew(self, refused: str) -> None:
        with self._lock:
            if self._header == refused:  # another thread may have logged in again already
                self._header = ""

    def _log_in(self) -> None:
        try:
            endpoint = self._discovery.endpoints().token
            scope = self._scope if isinstance(self._scope, str) else self._scope()
            asked = self._now()
            body = _granted(self._ask(endpoint, scope))
        except PeerRefused as fault:  # the grant is ourselves: no row is to blame for it
            raise PeerIll(fault.peer, fault.code) from None
        tell_missing(self._http.peer, missing_scopes(scope, body))
        self._header = f"Bearer {body['access_token']}"
        self._until = asked + max(0.0, _lifetime(body) - SAFETY)

    def _ask(self, endpoint: str, scope: str) -> Answer:
        """An assertion holds a time of ours. Where it is refused and the server's clock is another, it is signed once
        more by that clock."""
        form = {"grant_type": "client_credentials", "scope": scope}
        now = self._clock()
        answer = _post(self._http, endpoint, form, self._client.proof(endpoint, now))
        theirs = _date_of(answer)
        if answer.status < 400 or self._client.key is None or theirs is None or abs(theirs - now) < CLOCKS_AGREE:
            return answer
        apart = round((theirs - now).total_seconds())
        _log.warning("%s: its clock is %+d seconds from ours; logging in by its clock", self._http.peer, apart)
        return _post(self._http, endpoint, form, self._client.proof(endpoint, theirs))


def _date_of(answer: Answer) -> datetime | None:
    try:
        told = parsedate_to_datetime(answer.headers.get("date", ""))
    except ValueError:
        return None
    return told if told.tzinfo is not None else None


def _lifetime(body: Json) -> float:
    """RFC 6749 §5.1: ``expires_in`` is only recommended; without it the token serves one call."""
    value = body.get("expires_in")
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else 0.0


def tell_missing(peer: str, scopes: Collection[str]) -> None:
    """An operator must know: what was not granted fails later, one call at a time."""
    if scopes:
        _log.warning("%s: granted fewer scopes than asked for; missing: %s", peer, " ".join(scopes))


def ask_token(http: PeerHttp, endpoint: str, form: Mapping[str, str], proof: Proof) -> Json:
    """The token endpoint's answer. What ``meaning/oauth.py`` says otherwise; *invalid_grant* is ``PeerRefused``."""
    return _granted(_post(http, endpoint, form, proof))


def _post(http: PeerHttp, endpoint: str, form: Mapping[str, str], proof: Proof) -> Answer:
    return http.post_form(endpoint, {**form, **proof.form}, headers=proof.headers, expect=(400, 401))


def _granted(answer: Answer) -> Json:
    if answer.status >= 400:
        raise _token_refusal(answer)
    body = answer.json()
    if not isinstance(body, dict) or not _bearer(body):
        raise answer.unreadable()
    return body


def _bearer(body: Json) -> bool:
    token, kind = body.get("access_token"), body.get("token_type")
    # The value becomes a header: RFC 6750 §2.1 b64token, so no line end can come along.
    readable = isinstance(token, str) and token.isascii() and token.isprintable() and " " not in token and token != ""
    return readable and isinstance(kind, str) and kind.lower() == "bearer"


def _token_refusal(answer: Answer) -> PeerError:
    try:
        code = parse_json(answer.body).get("error")
    except (ValueError, AttributeError):
        code = coded_issue(answer)
    code = code if isinstance(code, str) and code in ERRORS else ""
    means = means_of(answer.status, code)
    if means is Means.REFUSED:
        return PeerRefused(answer.peer, code)
    return fault_of(means, answer.peer, code or "login-refused", sent=False)


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
