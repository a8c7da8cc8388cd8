"""What an authorization server publishes about itself: its endpoints and its keys, fetched and remembered.

OpenID Connect Discovery 1.0 §3 and SMART App Launch 2.x (conformance) describe the same members.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from adapters.wire.http import PeerHttp, checked_url
from adapters.wire.jose import Json, chosen, usable_keys
from adapters.wire.remembered import Remembered
from gateway.domain.errors import PeerIll, PeerUnclear

SMART = ".well-known/smart-configuration"
OPENID = ".well-known/openid-configuration"


@dataclass(frozen=True, slots=True)
class Endpoints:
    """What a discovery document said; "" for what it left out."""

    issuer: str
    token: str
    authorization: str = ""
    jwks: str = ""
    end_session: str = ""
    userinfo: str = ""


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
        found = endpoints_at(self._http, self._path)
        if self._issuer is not None and found.issuer != self._issuer:
            raise PeerIll(self._http.peer, "issuer-mismatch")
        return found


class SmartDiscovery:
    """SMART's document of a FHIR server. ``issuer`` pins who signs its id tokens; None: the documents say it.

    SMART asks for ``issuer`` and ``jwks_uri`` only of servers that log people in (App Launch 2.x, conformance), and
    many leave them to OpenID's document: that is then read at the issuer, or below the FHIR server where SMART's
    document names none.
    """

    def __init__(self, http: PeerHttp, issuer: str | None, now: Callable[[], float] = time.monotonic) -> None:
        self._http, self._issuer = http, issuer
        self._smart = Remembered(self._fetch_smart, now)
        self._openid = Remembered(self._fetch_openid, now)

    def endpoints(self) -> Endpoints:
        return self._smart.current()

    def signing(self) -> Endpoints:
        """Of whoever signs id tokens: ``issuer`` and ``jwks`` are there."""
        smart = self.endpoints()
        return smart if smart.jwks and smart.issuer else self._openid.current()

    def _fetch_smart(self) -> Endpoints:
        found = endpoints_at(self._http, SMART)
        if self._issuer is not None and found.issuer not in ("", self._issuer):
            raise PeerIll(self._http.peer, "issuer-mismatch")
        return found

    def _fetch_openid(self) -> Endpoints:
        named = self._issuer or self.endpoints().issuer
        found = endpoints_at(self._http, f"{named.rstrip('/')}/{OPENID}" if named else OPENID)
        if named and found.issuer != named:
            raise PeerIll(self._http.peer, "issuer-mismatch")
        if not found.issuer or not found.jwks:
            raise PeerIll(self._http.peer, "no-signing-keys")
        return found


def endpoints_at(http: PeerHttp, path: str) -> Endpoints:
    document = http.get(path).json()
    if not isinstance(document, dict):
        raise PeerUnclear(http.peer, "invalid-discovery", sent=False)
    return Endpoints(
        _text(document, "issuer"),
        _url(http, document, "token_endpoint", needed=True),
        _url(http, document, "authorization_endpoint"),
        _url(http, document, "jwks_uri"),
        _url(http, document, "end_session_endpoint"),
        _url(http, document, "userinfo_endpoint"),
    )


def _url(http: PeerHttp, document: Json, name: str, needed: bool = False) -> str:
    text = _text(document, name)
    try:
        return checked_url(text) if text or needed else ""
    except ValueError:
        raise PeerUnclear(http.peer, "invalid-discovery", sent=False) from None


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
        url = self._url()
        if not url:
            raise PeerIll(self._http.peer, "no-signing-keys")
        try:
            # The registered type is application/jwk-set+json (RFC 7517 §8.5); plain JSON is common.
            return usable_keys(self._http.get(url).json())
        except ValueError:
            raise PeerUnclear(self._http.peer, "invalid-key-set", sent=False) from None
