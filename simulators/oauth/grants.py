"""One-time codes with PKCE, and the access tokens they turn into (RFC 6749, RFC 7636)."""

import base64
import hashlib
import hmac
import secrets
import threading
import time
from dataclasses import dataclass, field
from typing import Any

from simulators.oauth.refusal import OAuthRefused

CODE_LIFETIME = 60


@dataclass(frozen=True)
class Grant:
    """What a person agreed to: which client, where its answer goes, and the context to hand over with the token."""

    client_id: str
    redirect_uri: str
    code_challenge: str
    scope: str
    context: dict[str, Any]
    expires: float = field(default_factory=lambda: time.time() + CODE_LIFETIME)


@dataclass(frozen=True)
class AccessToken:
    """`context` names the patient and user for a person's token; empty for a system's token."""

    client_id: str
    scope: str
    context: dict[str, Any]
    expires: float


def challenge_of(verifier: str) -> str:
    """RFC 7636 §4.2, method S256."""
    digest = hashlib.sha256(verifier.encode("ascii", "replace")).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


class Grants:
    """Codes and tokens in memory. A code that comes a second time also kills the token it gave the first time."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._codes: dict[str, Grant] = {}
        self._spent: dict[str, str] = {}
        self._tokens: dict[str, AccessToken] = {}

    def code_for(self, grant: Grant) -> str:
        code = secrets.token_urlsafe(32)
        with self._lock:
            self._codes[code] = grant
        return code

    def redeem(self, code: str, client_id: str, redirect_uri: str, verifier: str) -> Grant:
        """The grant behind a code, once. Every fault answers `invalid_grant`; a wrong try uses the code up too."""
        with self._lock:
            grant = self._codes.pop(code, None)
            if grant is None:
                self._tokens.pop(self._spent.get(code, ""), None)
                raise OAuthRefused("invalid_grant", "unknown or used code")
        self._check(grant, client_id, redirect_uri, verifier)
        return grant

    def _check(self, grant: Grant, client_id: str, redirect_uri: str, verifier: str) -> None:
        if grant.expires < time.time():
            raise OAuthRefused("invalid_grant", "the code has expired")
        if grant.client_id != client_id or grant.redirect_uri != redirect_uri:
            raise OAuthRefused("invalid_grant", "the code belongs to another client or address")
        if not hmac.compare_digest(grant.code_challenge, challenge_of(verifier)):
            raise OAuthRefused("invalid_grant", "the code verifier does not fit")

    def token_for(
        self, client_id: str, scope: str, context: dict[str, Any], lifetime: int, code: str | None = None
    ) -> str:
        token = secrets.token_urlsafe(32)
        with self._lock:
            self._tokens[token] = AccessToken(client_id, scope, context, time.time() + lifetime)
            if code is not None:
                self._spent[code] = token
        return token

    def bearer(self, authorization: str) -> AccessToken | None:
        """The token in an Authorization header, if it lives."""
        kind, _, value = authorization.partition(" ")
        with self._lock:
            token = self._tokens.get(value.strip()) if kind.lower() == "bearer" else None
        return token if token is not None and token.expires > time.time() else None
