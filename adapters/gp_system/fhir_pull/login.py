"""Login at our FHIR door: SMART Backend Services, and what a bearer of one of our tokens may do.

A client proves itself by an assertion under a key pinned in its connection (RFC 7523 §3; SMART App Launch 2.x, client
authentication: asymmetric). What it gets is opaque, short-lived, and known to our rows by its hash alone.
"""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from adapters.gp_system.fhir_pull.adapter import PulledQueue
from adapters.gp_system.fhir_pull.answers import form_of
from adapters.gp_system.fhir_pull.scopes import granted, permits
from adapters.gp_system.fhir_pull.settings import Settings
from adapters.gp_system.fhir_pull.unfit import Unfit
from adapters.wire.jose import ASSERTION_TYPES, Demands, Json, PinnedKeys, TokenRejected, claimed_issuer, read_token
from adapters.wire.oauth.login import ASSERTION_TYPE
from gateway.domain.errors import NotFound, PeerBusy, Replayed
from gateway.domain.launch import UsedToken
from gateway.domain.peers.messages import Envelope
from gateway.ports.doors import DoorPorts, Reply

LIFETIME = timedelta(minutes=5)
LONGEST_ASSERTION = 300  # seconds, SMART: exp at most five minutes from now
LEEWAY = 10
LONGEST_JTI = 200
OAUTH = {"Content-Type": "application/json"}


class LoginRefused(Exception):
    """``code`` is RFC 6749 §5.2's; ``reason`` is for our log only: the caller is not told which check failed."""

    def __init__(self, code: str, reason: str) -> None:
        super().__init__(code, reason)
        self.code = code
        self.reason = reason

    @property
    def reply(self) -> Reply:
        status = 401 if self.code == "invalid_client" else 400
        return Reply(json.dumps({"error": self.code}).encode(), status, OAUTH, reason=self.reason)


@dataclass(frozen=True, slots=True)
class Caller:
    """A practice's system behind a token: its connection and its settings."""

    name: str
    settings: Settings


def token(call: Envelope, use: DoorPorts, base: str) -> Reply:
    """``client_credentials`` against ``private_key_jwt``."""
    form = _form(call)
    client, claims = _proven(form.get("client_assertion", ""), use, base)
    scope = granted(form.get("scope", ""), client.settings.scope)
    if not scope:
        raise LoginRefused("invalid_scope", "no-such-scope")
    issued = use.ids.secret()
    used = UsedToken(f"fhir:{client.settings.client_id}", claims["jti"], _ends(claims))
    try:
        use.tokens.issue(issued, client.name, scope, use.clock.now() + LIFETIME, used)
    except Replayed:
        raise LoginRefused("invalid_client", "replayed") from None
    lifetime = int(LIFETIME.total_seconds())
    response = {"access_token": issued, "token_type": "bearer", "expires_in": lifetime, "scope": scope}
    return Reply(json.dumps(response).encode(), 200, OAUTH)


def _form(call: Envelope) -> dict[str, str]:
    """RFC 6749 §3.2: a parameter may not stand twice."""
    fields = form_of(call)
    if any(len(values) > 1 for values in fields.values()):
        raise LoginRefused("invalid_request", "repeated-parameter")
    form = {name: values[0] for name, values in fields.items()}
    if form.get("grant_type") != "client_credentials":
        raise LoginRefused("unsupported_grant_type" if "grant_type" in form else "invalid_request", "grant-type")
    if form.get("client_assertion_type") != ASSERTION_TYPE:
        raise LoginRefused("invalid_client", "assertion-type")
    return form


def _proven(assertion: str, use: DoorPorts, base: str) -> tuple[PulledQueue, Json]:
    """The connection whose pinned key signed the assertion, and its claims."""
    issuer = claimed_issuer(assertion)
    client = _client(issuer, use)
    if client is None:
        raise LoginRefused("invalid_client", "unknown-client")
    demands = Demands(
        str(issuer),
        f"{base}/token",
        types=ASSERTION_TYPES,
        leeway=LEEWAY,
        longest=LONGEST_ASSERTION,
        needs_issued=False,
    )
    try:
        claims = read_token(assertion, PinnedKeys(client.settings.jwks), demands, use.clock.now())
    except TokenRejected as fault:
        raise LoginRefused("invalid_client", fault.reason) from None
    return client, _checked(claims)


def _client(issuer: str | None, use: DoorPorts) -> PulledQueue | None:
    """None also where its connection cannot be built on this machine."""
    try:
        found = use.callers.saying(client_id=issuer) if issuer else []
    except PeerBusy:
        return None
    return next(iter(found), None)


def _checked(claims: Json) -> Json:
    jti = claims.get("jti")
    if claims.get("sub") != claims.get("iss"):
        raise LoginRefused("invalid_client", "subject")
    if not isinstance(jti, str) or not 0 < len(jti) <= LONGEST_JTI or not jti.isprintable():
        raise LoginRefused("invalid_client", "jti")
    return claims


def _ends(claims: Json) -> datetime:
    """Kept as long as the same assertion could still be believed."""
    return datetime.fromtimestamp(float(claims["exp"]), UTC) + timedelta(seconds=LEEWAY)


def caller(call: Envelope, use: DoorPorts, kind: str, act: str) -> Caller:
    """Whoever asks, if the token holds that act (one of c, r, u, d, s) on that type; raises ``Unfit`` 401 or 403."""
    held = use.tokens.holder(call.bearer, use.clock.now()) if call.bearer else None
    system: PulledQueue | None = None
    with suppress(NotFound, PeerBusy):  # paused, or moved to another adapter, meanwhile
        system = use.callers.named(held[0]) if held else None
    if held is None or system is None:
        raise Unfit(401, "login", "Log in at the token endpoint.")
    if not permits(held[1], kind, act):
        raise Unfit(403, "forbidden", "The token does not hold the scope for this.")
    return Caller(system.name, system.settings)
