"""The doors other systems call: room states from the media processes, notifications from practice systems, our keys.

No cookies here: each caller proves itself by what it signs or by the secret shared with it alone.
"""

from __future__ import annotations

import hmac
import json

from flask import Blueprint, jsonify, request
from flask.typing import ResponseReturnValue

from gateway.access import open_heartbeat
from gateway.domain.errors import InvalidField, LaunchRefused
from gateway.domain.peers.messages import Envelope
from gateway.domain.room import Heartbeat
from gateway.services.call import heed
from gateway.web.doors import health
from gateway.web.guards import current_gateway, open_to

blueprint = Blueprint("doors", __name__)
blueprint.register_blueprint(health.routes)

SIGNATURE = "X-Laegebro-Signature"


@blueprint.post("/internal/rooms")
@open_to("peer")
def rooms() -> ResponseReturnValue:
    """Numbered heartbeats of a media process; an old or repeated one changes nothing."""
    gateway = current_gateway()
    body = open_heartbeat(request.get_data(), request.headers.get(SIGNATURE, ""), gateway.media_secret)
    heed(_heartbeat(body), store=gateway.store, rooms=gateway.rooms, clock=gateway.clock)
    return "", 204


def _heartbeat(body: bytes) -> Heartbeat:
    try:
        return Heartbeat.from_document(json.loads(body))
    except (KeyError, TypeError, ValueError, AttributeError):
        raise InvalidField("heartbeat", "malformed") from None


@blueprint.post("/api/v1/notifications/<connection>")
@open_to("peer")
def notification(connection: str) -> ResponseReturnValue:
    """Something changed at a practice's system. Which entries is only a hint (the relay reads them all anyway since
    its last cursor), and a request calls no peer: so the connection is asked soon, by the relay."""
    peers = current_gateway().peers
    _require_token(peers.notification_token(connection))
    named = peers.notification(connection, _envelope())
    peers.poll_soon(connection)
    current_gateway().wake()
    return jsonify({"entries": len(named)})


def _require_token(expected: str) -> None:
    """R4 Subscription: the header the subscriber asked for comes back with each notification."""
    scheme, _, given = request.headers.get("Authorization", "").partition(" ")
    if scheme.casefold() != "bearer" or not hmac.compare_digest(given.strip().encode(), expected.encode()):
        raise LaunchRefused("notification-token", "not-authorised")


def _envelope() -> Envelope:
    headers = {name.lower(): value for name, value in request.headers.items()}
    return Envelope(headers, request.args.to_dict(), request.get_data())


@blueprint.get("/.well-known/jwks.json")
@open_to("peer")
def keys() -> ResponseReturnValue:
    """Our public keys, for peers to verify our Backend Services logins."""
    return jsonify(current_gateway().peers.jwks())
