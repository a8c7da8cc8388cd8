"""What other systems call that belongs to no adapter: room states from the media processes, and our keys."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from flask import Blueprint, jsonify, request
from flask.typing import ResponseReturnValue

from gateway import attempts
from gateway.access import open_heartbeat
from gateway.domain.errors import InvalidField
from gateway.domain.room import Heartbeat, sent_away_document
from gateway.services.call import heed
from gateway.services.call_rooms.placing import others_take_rooms, rooms_to_leave
from gateway.web.doors import health
from gateway.web.guards import current_gateway, open_to

if TYPE_CHECKING:
    from gateway.wiring import Gateway

blueprint = Blueprint("doors", __name__)
blueprint.register_blueprint(health.routes)

SIGNATURE = "X-Laegebro-Signature"
LARGEST_NUMBER = 2**31
LONGEST_NAME = 255


@blueprint.post("/internal/rooms")
@open_to("peer")
def rooms() -> ResponseReturnValue:
    """Numbered heartbeats of a media process; an old or repeated one changes nothing.

    The answer names those whose login has ended (``sent_away``: they leave their seats there) and the rooms that are
    placed on another process (``elsewhere``). One that drains is told whether another takes rooms (``others``)."""
    gateway = current_gateway()
    body = open_heartbeat(request.get_data(), request.headers.get(SIGNATURE, ""), gateway.media_secret)
    beat = _heartbeat(body)
    _require_allowed(beat)
    news = heed(beat, store=gateway.store, rooms=gateway.rooms, clock=gateway.clock)
    attempts.at_media(gateway, beat.process, beat.refused)
    gone = gateway.access.sent_away(beat.holders, gateway.clock.now())
    answer = (sent_away_document(gone) if gone else {}) | (_about_rooms(gateway, beat) if news else {})
    return jsonify(answer) if answer else ("", 204)


def _about_rooms(gateway: Gateway, beat: Heartbeat) -> dict[str, object]:
    found: dict[str, object] = {}
    if leave := rooms_to_leave(beat, gateway.places):
        found["elsewhere"] = list(leave)
    if beat.node is not None and beat.node.draining:
        found["others"] = others_take_rooms(beat, gateway.places)
    return found


def _require_allowed(heartbeat: Heartbeat) -> None:
    """Pages may only go where their content policy lets them: a process elsewhere would get rooms without pictures."""
    url = heartbeat.node.signal_url if heartbeat.node else ""
    if url and not current_gateway().settings.is_media_origin(url):
        raise InvalidField("node.signal_url", "not-allowed")


def _heartbeat(body: bytes) -> Heartbeat:
    """Half a surrogate pair, a NUL and a number beyond 31 bits are nothing a database keeps, and a name as
    long as a book makes a ticket nobody takes."""
    try:
        found = Heartbeat.from_document(json.loads(body))
        names = json.dumps(found.document(), ensure_ascii=False).encode()
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError, RecursionError):
        raise InvalidField("heartbeat", "malformed") from None
    numbers, name = ((found.node.seats, found.node.unsealed), found.node.name) if found.node else ((), "")
    counted = all(0 <= each < LARGEST_NUMBER for each in (found.number, *numbers))
    if not counted or len(name) > LONGEST_NAME or b"\\u0000" in names:
        raise InvalidField("heartbeat", "malformed")
    return found


@blueprint.get("/.well-known/jwks.json")
@open_to("peer")
def keys() -> ResponseReturnValue:
    """Our public keys, for peers to verify our Backend Services logins."""
    return jsonify(current_gateway().peers.jwks())
