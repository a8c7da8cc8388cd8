"""Logged out at her organisation's login: what is open of hers here ends too (Back-Channel Logout 1.0)."""

from __future__ import annotations

from flask import Blueprint, jsonify, request
from flask.typing import ResponseReturnValue

from gateway import attempts
from gateway.domain.errors import LaunchRefused, Replayed
from gateway.domain.people import Actor, ActorKind
from gateway.domain.records import AuditRow
from gateway.rate_limits import Per
from gateway.web.guards import current_gateway, open_to

blueprint = Blueprint("provider_logout", __name__)

WHAT = "provider-logout"


@blueprint.post("/login/<identity>/logout")
@open_to("peer")
def logged_out(identity: str) -> ResponseReturnValue:
    """Called by the provider itself, without cookies: the token it has signed is the proof (§2.5, §2.8)."""
    gateway = current_gateway()
    try:
        token = request.form.get("logout_token", "")
        said = gateway.peers.identity(identity).read_logout(token, gateway.clock.now())
        ended = gateway.sessions.end_logged_out(identity, said)
    except (LaunchRefused, Replayed) as fault:
        row = _row(identity, attempts.REFUSED, getattr(fault, "reason", "") or "replayed")
        attempts.record(gateway, row, {Per.ADDRESS: request.remote_addr or ""})
        return jsonify(error="invalid_request"), 400
    gateway.store.record_audit(_row(identity, "write", f"{ended} sessions"))
    return "", 200


def _row(identity: str, verb: str, basis: str) -> AuditRow:
    gateway = current_gateway()
    who, tenant = Actor(ActorKind.PEER, identity), gateway.peers.tenant_of(identity)
    return AuditRow(gateway.clock.now(), who, "", verb, WHAT, basis=basis, channel="login", tenant=tenant)
