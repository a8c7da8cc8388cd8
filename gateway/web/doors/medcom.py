"""Where an access point of the MedCom net brings acknowledgements and texts for us (docs/medcom.md).

202 says that the message is ours to acknowledge, by a message of its own; 4xx that it was nothing we could answer.
"""

from __future__ import annotations

from functools import partial
from typing import Any

from flask import Blueprint, request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import UnsupportedMediaType

from gateway.domain.errors import LaunchRefused, NotFound, PeerBusy
from gateway.domain.peers.letter import Answer
from gateway.domain.peers.messages import Envelope
from gateway.logs import log
from gateway.services.practice_side.letters import Correspondence, take
from gateway.web.guards import current_gateway, open_to

blueprint = Blueprint("medcom", __name__)
JSON = ("application/fhir+json", "application/json")


@blueprint.post("/medcom/<connection>/messages")
@open_to("peer")
def messages(connection: str) -> ResponseReturnValue:
    """One Bundle of type message."""
    gateway, system = current_gateway(), _system(connection)
    headers = {name.lower(): value for name, value in request.headers.items()}
    envelope = Envelope(headers, request.args.to_dict(), request.get_data())
    if not system.is_genuine(envelope, gateway.peers.message_endpoint(connection)):
        raise LaunchRefused("access-point", "not-authorised")
    if request.mimetype not in JSON:
        raise UnsupportedMediaType
    found = system.incoming(envelope.body)
    use = Correspondence(connection, gateway.letters, gateway.letter_answers, gateway.store, gateway.clock)
    answering = None if found.is_acknowledgement else partial(_answer, found, gateway.clock)
    log(__name__).info("letter", connection=connection, became=take(found.letter, answering, use))
    gateway.wake()
    return "", 202


def _answer(found: Any, clock: Any, answer: Answer, code: str) -> bytes:
    acknowledged: bytes = found.acknowledged(answer, code, clock.now())
    return acknowledged


def _system(connection: str) -> Any:
    """``NotFound`` for a connection that is none, or takes no messages."""
    try:
        system: Any = current_gateway().peers.gp_system(connection)
    except PeerBusy:
        raise NotFound("connection") from None
    if not hasattr(system, "is_genuine"):
        raise NotFound("connection")
    return system
