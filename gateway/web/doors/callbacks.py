"""What other systems call that belongs to no adapter: room states from the media processes, and our keys."""

from __future__ import annotations

import json

from flask import Blueprint, jsonify, request
from flask.typing import ResponseReturnValue

from gateway.access import open_heartbeat
from gateway.domain.errors import InvalidField
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
    except (KeyError, TypeError, ValueError, AttributeError, RecursionError):
        raise InvalidField("heartbeat", "malformed") from None


@blueprint.get("/.well-known/jwks.json")
@open_to("peer")
def keys() -> ResponseReturnValue:
    """Our public keys, for peers to verify our Backend Services logins."""
    return jsonify(current_gateway().peers.jwks())
