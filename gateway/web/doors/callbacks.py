"""What other systems call that belongs to no adapter: room states from the media processes, and our keys."""

from __future__ import annotations

import json

from flask import Blueprint, jsonify, request
from flask.typing import ResponseReturnValue

from gateway import attempts
from gateway.access import open_heartbeat
from gateway.domain.errors import InvalidField
from gateway.domain.room import Heartbeat, sent_away_document
from gateway.services.call import heed
from gateway.web.doors import health
from gateway.web.guards import current_gateway, open_to

blueprint = Blueprint("doors", __name__)
blueprint.register_blueprint(health.routes)

SIGNATURE = "X-Laegebro-Signature"
LARGEST_NUMBER = 2**63


@blueprint.post("/internal/rooms")
@open_to("peer")
def rooms() -> ResponseReturnValue:
    """Numbered heartbeats of a media process; an old or repeated one changes nothing. The answer names those whose
    login has ended: they leave their seats there."""
    gateway = current_gateway()
    body = open_heartbeat(request.get_data(), request.headers.get(SIGNATURE, ""), gateway.media_secret)
    beat = _heartbeat(body)
    heed(beat, store=gateway.store, rooms=gateway.rooms, clock=gateway.clock)
    attempts.at_media(gateway, beat.process, beat.refused)
    gone = gateway.access.sent_away(beat.holders, gateway.clock.now())
    return jsonify(sent_away_document(gone)) if gone else ("", 204)


def _heartbeat(body: bytes) -> Heartbeat:
    """Half a surrogate pair, a NUL and a number beyond 63 bits are nothing a database keeps."""
    try:
        found = Heartbeat.from_document(json.loads(body))
        names = json.dumps(found.document(), ensure_ascii=False).encode()
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError, RecursionError):
        raise InvalidField("heartbeat", "malformed") from None
    if not 0 <= found.number < LARGEST_NUMBER or b"\\u0000" in names:
        raise InvalidField("heartbeat", "malformed")
    return found


@blueprint.get("/.well-known/jwks.json")
@open_to("peer")
def keys() -> ResponseReturnValue:
    """Our public keys, for peers to verify our Backend Services logins."""
    return jsonify(current_gateway().peers.jwks())
