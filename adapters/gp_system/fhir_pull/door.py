"""Our own FHIR R4 door (``/fhir/r4``) for practice systems that fetch their queue (docs/fhir-api.md): which operation
an address and a method are, and who may call it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import ClassVar

from adapters.gp_system.fhir_pull import subscribing, tasks
from adapters.gp_system.fhir_pull.answers import answer, refusal_of, require_json_wanted
from adapters.gp_system.fhir_pull.capability import capability_statement, smart_configuration
from adapters.gp_system.fhir_pull.login import LoginRefused, caller, token
from adapters.gp_system.fhir_pull.notifying import PATH
from adapters.gp_system.fhir_pull.question import Asked, Question
from adapters.gp_system.fhir_pull.unfit import Unfit
from adapters.wire.http import FHIR_JSON
from gateway.domain.peers.messages import Envelope
from gateway.ports.doors import Address, DoorPorts, ProvenCall, Reply

EVERY_METHOD = ("GET", "POST", "PUT", "PATCH", "DELETE")
KINDS = {
    "Task": "GET, PUT",
    "Subscription": "GET, POST, PUT, DELETE",
    "metadata": "GET",
    "token": "POST",
    "authorize": "GET",
}


@dataclass(frozen=True, slots=True)
class Operation:
    """What a token must hold (``act``: one of c, r, u, d, s), and what then happens."""

    kind: str
    act: str
    work: Callable[[Asked], Reply]


def _status_and_events(work: Callable[[Asked], Reply]) -> dict[str, Operation]:
    """Operations that change nothing may be called by either method (R4 §3.2.0.1.2)."""
    return dict.fromkeys(("GET", "POST"), Operation("Subscription", "r", work))


OPERATIONS: dict[str, dict[str, Operation]] = {
    "/Task": {"GET": Operation("Task", "s", tasks.search)},
    "/Task/_search": {"POST": Operation("Task", "s", tasks.search_by_form)},
    "/Task/{id}": {"GET": Operation("Task", "r", tasks.read)},
    "/Subscription": {
        "GET": Operation("Subscription", "s", subscribing.list_subscriptions),
        "POST": Operation("Subscription", "c", subscribing.subscribe),
    },
    "/Subscription/{id}": {
        "GET": Operation("Subscription", "r", subscribing.read_subscription),
        "PUT": Operation("Subscription", "u", subscribing.ask_again),
        "DELETE": Operation("Subscription", "d", subscribing.unsubscribe),
    },
    "/Subscription/{id}/$status": _status_and_events(subscribing.subscription_status),
    "/Subscription/{id}/$events": _status_and_events(subscribing.subscription_events),
}


class Door:
    """Whoever is known by a token, at the addresses of a FHIR server."""

    addresses: ClassVar = (
        Address(f"{PATH}/metadata", ("GET",)),
        Address(f"{PATH}/.well-known/smart-configuration", ("GET",)),
        Address(f"{PATH}/token"),
        Address(f"{PATH}/authorize", ("GET",)),
        *(
            Address(PATH + path, (*methods, *(("PUT",) if path == "/Task/{id}" else ())))
            for path, methods in OPERATIONS.items()
        ),
        Address(PATH + "/{rest}", EVERY_METHOD),
    )
    limit: ClassVar = 1_000_000
    content_type: ClassVar = FHIR_JSON

    def __init__(self, use: DoorPorts) -> None:
        self._use = use
        self._base = use.public_url + PATH

    def prove(self, call: Envelope) -> ProvenCall:
        """By the token; nobody in particular may read what the door is and log in at it."""
        require_json_wanted(call)
        path = call.address.removeprefix(PATH)
        if (call.method, path) == ("PUT", "/Task/{id}"):
            return tasks.Update(self._asked(call, "Task", "u"))
        operation = OPERATIONS.get(path, {}).get(call.method)
        if operation is None:
            return Question("", partial(self._public, call, path))
        asked = self._asked(call, operation.kind, operation.act)
        return Question(asked.who.name, partial(operation.work, asked))

    def _asked(self, call: Envelope, kind: str, act: str) -> Asked:
        return Asked(call, caller(call, self._use, kind, act), self._use, self._base)

    def _public(self, call: Envelope, path: str) -> Reply:
        match path:
            case "/metadata":
                return answer(capability_statement(self._base))
            case "/.well-known/smart-configuration":
                return answer(smart_configuration(self._base), Content_Type="application/json")
            case "/token":
                return token(call, self._use, self._base)
            case "/authorize":
                raise LoginRefused("unsupported_response_type", "a person's login")
        raise _nothing_here(call.variables.get("rest", ""))

    def refuse(self, call: Envelope, fault: Exception) -> Reply | None:
        return fault.reply if isinstance(fault, LoginRefused) else refusal_of(fault)


def _nothing_here(rest: str) -> Unfit:
    """A known address by another method is 405."""
    first = rest.split("/")[0]
    if first in KINDS:
        words = "Not by that method; see the CapabilityStatement."
        return Unfit(405, "not-supported", words, Allow=KINDS[first])
    return Unfit(404, "not-supported", "There is nothing here; see the CapabilityStatement.")
