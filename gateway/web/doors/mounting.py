"""Every door that an adapter offers over HTTP, at the addresses it names. Nothing here knows any of them.

No cookies: each caller proves itself by what it signs or by the secret shared with it alone.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from flask import Blueprint, Response, current_app, request
from werkzeug.exceptions import HTTPException, default_exceptions

from adapters.discovery import FoundDoor, found_doors
from gateway.domain.errors import TooOften
from gateway.domain.peers.messages import Envelope
from gateway.doors import OpenDoors
from gateway.logs import log
from gateway.ports.doors import Address, Door, NameReused, NotServed, Reply
from gateway.store.ground.engine import UNAVAILABLE
from gateway.web import limits
from gateway.web.guards import current_gateway, open_to

COME_AGAIN = 2  # seconds, where the database is away

blueprint = Blueprint("adapters", __name__)


def _mount(found: FoundDoor, address: Address) -> None:
    """One view for one address; a call of a known address by another method is the framework's 405."""
    name = f"{found.kind}-{found.name}-{re.sub('[^a-zA-Z_]+', '-', address.path).strip('-')}"
    view = open_to("peer")(_view(found, address.path))
    view.__doc__ = found.made.__doc__
    for rule, defaults in _rules(address.path):
        blueprint.add_url_rule(rule, name, view, methods=[*address.methods], defaults=defaults)


def _rules(path: str) -> list[tuple[str, dict[str, str]]]:
    """``{rest}`` at the end may be empty."""
    rule = re.sub(r"{(\w+)}", r"<\1>", path)
    if not path.endswith("/{rest}"):
        return [(rule, {})]
    return [(rule.removesuffix("<rest>"), {"rest": ""}), (rule.replace("<rest>", "<path:rest>"), {})]


def _view(found: FoundDoor, path: str) -> Callable[..., Response]:
    """Whatever goes wrong is answered in the door's own language, or as everywhere in this process."""

    def view(**variables: str) -> Response:
        doors = _doors()
        door, call = doors.open(found), _envelope(b"", path, variables)
        try:
            limits.require_call()
            request.max_content_length = door.limit
            call = _envelope(request.get_data(), path, variables)
            return _response(door, doors.serve(door, call, request.remote_addr or ""))
        except Exception as fault:
            reply = door.refuse(call, _named(fault))
            if reply is None and isinstance(fault, (NotServed, NameReused)):
                raise default_exceptions[getattr(fault, "status", 409)]() from fault
            if reply is None:
                raise
            _report(found, reply, fault)
            return _response(door, reply)

    return view


def _doors() -> OpenDoors:
    opened: OpenDoors = current_app.extensions.setdefault("doors", OpenDoors(current_gateway()))
    return opened


def _envelope(body: bytes, path: str, variables: dict[str, str]) -> Envelope:
    headers = {name.lower(): value for name, value in request.headers.items()}
    method = "GET" if request.method == "HEAD" else request.method
    return Envelope(headers, request.args.to_dict(flat=False), body, method, path, variables)


def _named(fault: Exception) -> Exception:
    """What the framework, the database or a fault of ours comes to, in the port's words."""
    if isinstance(fault, HTTPException):
        return NotServed(fault.code or 500)
    if isinstance(fault, UNAVAILABLE):
        return NotServed(503, COME_AGAIN)
    if isinstance(fault, TooOften):
        return NotServed(429, fault.retry_after)
    return fault


def _report(found: FoundDoor, reply: Reply, fault: Exception) -> None:
    """A door that has words for a fault of ours does not hide it from our log."""
    if isinstance(fault, UNAVAILABLE):
        log(__name__).error("database-away", fault=type(fault).__name__)
    elif reply.reason:
        log(__name__).warning("call-refused", door=found.name, reason=reply.reason)
    elif reply.status >= 500 and not isinstance(fault, HTTPException):
        log(__name__).error("failed", exc_info=fault)


def _response(door: Door, reply: Reply) -> Response:
    response = Response(reply.body, reply.status)
    response.headers["Content-Type"] = door.content_type
    response.headers.update(reply.headers)
    return response


for _found in found_doors():
    for _address in _found.addresses:
        if _address.transport == "http":
            _mount(_found, _address)
