"""Which programs may ask for tokens, and how each proves who it is."""

import base64
import binascii
import hmac
import json
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from simulators import wire
from simulators.oauth.refusal import OAuthRefused

ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
# SMART App Launch 2.x, client-confidential-asymmetric: RS384 or ES384; the others as OpenID providers take them.
ASSERTION_ALGORITHMS = ["ES256", "ES384", "PS256", "PS384", "RS256", "RS384"]
LONGEST_ASSERTION = 300
LEEWAY = 60


class ClientKeys:
    """A client's public keys by file or URL; an URL is read at first use and again when a signature does not fit."""

    def __init__(self, source: str) -> None:
        self._source = source
        self._keys: KeySet | None = None

    def current(self) -> KeySet:
        if self._keys is None:
            self._keys = self.fresh()
        return self._keys

    def fresh(self) -> KeySet:
        self._keys = KeySet.import_key_set(json.loads(self._text()))
        return self._keys

    def _text(self) -> str:
        if not self._source.startswith(("http://", "https://")):
            return Path(self._source).read_text()
        with wire.client() as http:
            return http.get(self._source).raise_for_status().text


@dataclass(frozen=True)
class Client:
    """`redirect_uris` ending in `/*` allow a whole address prefix, for trying things out by hand."""

    client_id: str
    redirect_uris: tuple[str, ...] = ()
    keys: ClientKeys | None = None
    secret: str | None = None

    def may_redirect_to(self, uri: str) -> bool:
        return any(uri.startswith(known[:-1]) if known.endswith("/*") else uri == known for known in self.redirect_uris)


class Clients:
    """The registered clients and the assertions they have used up."""

    def __init__(self, *clients: Client) -> None:
        self._clients = {client.client_id: client for client in clients}
        self._used: dict[tuple[str, str], float] = {}
        self._lock = threading.Lock()

    def known(self, client_id: str) -> Client:
        client = self._clients.get(client_id)
        if client is None:
            raise OAuthRefused("invalid_client", "unknown client", 401)
        return client

    def authenticate(self, form: Mapping[str, str], authorization: str, audience: str) -> tuple[Client, bool]:
        """The client behind a token request, and whether it proved itself (a public client only names itself)."""
        if "client_assertion" in form:
            return self._by_assertion(form, audience), True
        if authorization.lower().startswith("basic "):
            return self._by_secret(authorization[6:]), True
        client = self.known(form.get("client_id", ""))
        if client.secret is not None:
            raise OAuthRefused("invalid_client", "this client must authenticate", 401)
        return client, False

    def _by_secret(self, encoded: str) -> Client:
        try:
            client_id, _, secret = base64.b64decode(encoded, validate=True).decode().partition(":")
        except (binascii.Error, UnicodeDecodeError) as error:
            raise OAuthRefused("invalid_client", "unreadable authorization header", 401) from error
        client = self.known(client_id)
        if client.secret is None or not hmac.compare_digest(client.secret.encode(), secret.encode()):
            raise OAuthRefused("invalid_client", "wrong secret", 401)
        return client

    def _by_assertion(self, form: Mapping[str, str], audience: str) -> Client:
        if form.get("client_assertion_type") != ASSERTION_TYPE:
            raise OAuthRefused("invalid_client", "client_assertion_type must be jwt-bearer", 401)
        assertion = form["client_assertion"]
        client = self.known(_claimed_issuer(assertion))
        if client.keys is None:
            raise OAuthRefused("invalid_client", "no keys are registered for this client", 401)
        claims = _verified(assertion, client.keys)
        _check_claims(claims, client.client_id, audience)
        self._use_up(client.client_id, claims)
        return client

    def _use_up(self, client_id: str, claims: dict[str, Any]) -> None:
        jti = claims.get("jti")
        if not isinstance(jti, str) or not jti:
            raise OAuthRefused("invalid_client", "the assertion has no jti", 401)
        now = time.time()
        with self._lock:
            self._used = {key: until for key, until in self._used.items() if until > now}
            if (client_id, jti) in self._used:
                raise OAuthRefused("invalid_client", "the assertion has been used before", 401)
            self._used[(client_id, jti)] = float(claims["exp"]) + LEEWAY


def _claimed_issuer(assertion: str) -> str:
    """Read before the signature is checked, only to choose whose keys to check it with."""
    try:
        payload = assertion.split(".")[1]
        issuer = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))["iss"]
    except (IndexError, KeyError, TypeError, ValueError) as error:
        raise OAuthRefused("invalid_client", "the assertion is not a JWT with iss", 401) from error
    return str(issuer)


def _verified(assertion: str, keys: ClientKeys) -> dict[str, Any]:
    try:
        return _decode(assertion, keys.current())
    except (JoseError, ValueError):
        pass  # Perhaps the client has changed its keys since they were read: look once more.
    except (httpx.HTTPError, OSError) as error:
        raise OAuthRefused("invalid_client", "the client's keys cannot be read", 401) from error
    try:
        return _decode(assertion, keys.fresh())
    except (JoseError, ValueError, httpx.HTTPError, OSError) as error:
        raise OAuthRefused("invalid_client", "the signature does not fit the client's keys", 401) from error


def _decode(assertion: str, keys: KeySet) -> dict[str, Any]:
    return dict(jwt.decode(assertion, keys, algorithms=ASSERTION_ALGORITHMS).claims)


def _check_claims(claims: dict[str, Any], client_id: str, audience: str) -> None:
    now = time.time()
    audiences = claims.get("aud")
    expires = claims.get("exp")
    if claims.get("iss") != client_id or claims.get("sub") != client_id:
        raise OAuthRefused("invalid_client", "iss and sub must both be the client id", 401)
    if audience not in (audiences if isinstance(audiences, list) else [audiences]):
        raise OAuthRefused("invalid_client", "aud must be the address of this token endpoint", 401)
    if not isinstance(expires, int | float) or expires < now - LEEWAY:
        raise OAuthRefused("invalid_client", "the assertion has expired", 401)
    if expires > now + LONGEST_ASSERTION + LEEWAY:
        raise OAuthRefused("invalid_client", "exp must lie within five minutes", 401)
