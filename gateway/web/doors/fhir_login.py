"""Login at our FHIR door: SMART Backend Services, and what a bearer of one of our tokens may do.

A client proves itself by an assertion under a key pinned in its connection (RFC 7523 §3; SMART App Launch 2.x, client
authentication: asymmetric). What it gets is opaque, short-lived, and known to our rows by its hash alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from flask import Response, jsonify, request

from adapters.gp_system.fhir_pull import Adapter
from adapters.gp_system.fhir_pull.scopes import granted, permits
from adapters.gp_system.fhir_pull.settings import Settings
from adapters.gp_system.fhir_pull.unfit import Unfit
from adapters.wire.jose import ASSERTION_TYPES, Demands, Json, PinnedKeys, TokenRejected, claimed_issuer, read_token
from adapters.wire.oauth import ASSERTION_TYPE
from gateway.domain.errors import PeerBusy, Replayed
from gateway.domain.identifiers import Ydernummer
from gateway.domain.launch import UsedToken
from gateway.logs import log
from gateway.web.doors.fhir_answers import base, blueprint
from gateway.web.guards import current_gateway, open_to

LIFETIME = timedelta(minutes=5)
LONGEST_ASSERTION = 300  # seconds, SMART: exp at most five minutes from now
LEEWAY = 10
LONGEST_JTI = 200


class LoginRefused(Exception):
    """``code`` is RFC 6749 §5.2's; ``reason`` is for our log only."""

    def __init__(self, code: str, reason: str) -> None:
        super().__init__(code, reason)
        self.code = code
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Caller:
    """A practice's system behind a token: its connection, and the practices it may speak for."""

    name: str
    settings: Settings
    practices: tuple[Ydernummer, ...]


@blueprint.post("/token")
@open_to("peer")
def token() -> Response:
    """``client_credentials`` against ``private_key_jwt``."""
    gateway = current_gateway()
    form = _form()
    client, claims = _proven(form.get("client_assertion", ""))
    scope = granted(form.get("scope", ""), client.settings.scope)
    if not scope:
        raise LoginRefused("invalid_scope", "no-such-scope")
    issued = gateway.ids.secret()
    used = UsedToken(f"fhir:{client.settings.client_id}", claims["jti"], _ends(claims))
    try:
        gateway.fhir_tokens.issue(issued, client.name, scope, gateway.clock.now() + LIFETIME, used)
    except Replayed:
        raise LoginRefused("invalid_client", "replayed") from None
    lifetime = int(LIFETIME.total_seconds())
    return jsonify({"access_token": issued, "token_type": "bearer", "expires_in": lifetime, "scope": scope})


def _form() -> dict[str, str]:
    """RFC 6749 §3.2: a parameter may not stand twice."""
    fields = request.form.to_dict(flat=False)
    if any(len(values) > 1 for values in fields.values()):
        raise LoginRefused("invalid_request", "repeated-parameter")
    form = {name: values[0] for name, values in fields.items()}
    if form.get("grant_type") != "client_credentials":
        raise LoginRefused("unsupported_grant_type" if "grant_type" in form else "invalid_request", "grant-type")
    if form.get("client_assertion_type") != ASSERTION_TYPE:
        raise LoginRefused("invalid_client", "assertion-type")
    return form


def _proven(assertion: str) -> tuple[Adapter, Json]:
    """The connection whose pinned key signed the assertion, and its claims."""
    issuer = claimed_issuer(assertion)
    now = current_gateway().clock.now()
    for adapter in _fetching():
        if adapter.settings.client_id != issuer:
            continue
        demands = Demands(
            issuer,
            f"{base()}/token",
            types=ASSERTION_TYPES,
            leeway=LEEWAY,
            longest=LONGEST_ASSERTION,
            needs_issued=False,
        )
        try:
            claims = read_token(assertion, PinnedKeys(adapter.settings.jwks), demands, now)
        except TokenRejected as fault:
            raise LoginRefused("invalid_client", fault.reason) from None
        return adapter, _checked(claims)
    raise LoginRefused("invalid_client", "unknown-client")


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


def _fetching() -> list[Adapter]:
    gateway = current_gateway()
    names = [c.name for c in gateway.connections.active() if (c.kind, c.adapter) == ("gp_system", "fhir_pull")]
    return [adapter for name in names if (adapter := _adapter(name)) is not None]


def _adapter(name: str) -> Adapter | None:
    """None where the connection was paused, or moved to another adapter, meanwhile."""
    try:
        system: Any = current_gateway().peers.gp_system(name)
    except PeerBusy:
        return None
    return system if isinstance(system, Adapter) else None


@blueprint.errorhandler(LoginRefused)
def _login_refused(fault: LoginRefused) -> tuple[Response, int]:
    """The caller is not told which check failed."""
    log(__name__).warning("fhir-login-refused", reason=fault.reason)
    return jsonify(error=fault.code), 401 if fault.code == "invalid_client" else 400


def caller(kind: str, act: str) -> Caller:
    """Whoever asks, if the token holds that act (one of c, r, u, d, s) on that type; raises ``Unfit`` 401 or 403."""
    gateway = current_gateway()
    scheme, _, given = request.headers.get("Authorization", "").partition(" ")
    held = gateway.fhir_tokens.holder(given.strip(), gateway.clock.now()) if scheme.casefold() == "bearer" else None
    adapter = _adapter(held[0]) if held else None
    if held is None or adapter is None:
        raise Unfit(401, "login", "Log in at the token endpoint.")
    if not permits(held[1], kind, act):
        raise Unfit(403, "forbidden", "The token does not hold the scope for this.")
    return Caller(adapter.name, adapter.settings, tuple(gateway.practices.ydernumre_of(adapter.name)))
