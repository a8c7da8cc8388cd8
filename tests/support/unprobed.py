"""The product without its question before a resend, so that a test can prove that the missing question is noticed.

``python -m tests.support.unprobed worker|relay`` runs that process of the product with every peer's ``probe`` finding
nothing, and without the look that a FHIR create begins with; ``unprobed`` does the former to the peers of one attempt.
"""

from __future__ import annotations

import signal
import sys
import threading
from functools import cached_property
from typing import Any

from adapters.wire.fhir import FhirServer, Json, Written
from gateway.logs import configure
from gateway.settings import load
from gateway.wiring import Gateway
from workers import app, relay


class Unasked:
    """An adapter that is never asked whether it has a message already: ``probe`` says no."""

    def __init__(self, system: Any) -> None:
        self._system = system

    def __getattr__(self, name: str) -> Any:
        return getattr(self._system, name)

    def probe(self, message: object) -> None:
        """Nothing there, whatever is there."""


class _Unprobed:
    """Peers whose adapters are all ``Unasked``."""

    def __init__(self, peers: Any) -> None:
        self._peers = peers

    def __getattr__(self, name: str) -> Any:
        return getattr(self._peers, name)

    def gp_system(self, connection: str) -> Any:
        return Unasked(self._peers.gp_system(connection))

    def eoj(self, connection: str) -> Any:
        return Unasked(self._peers.eoj(connection))


def unprobed(peers: Any) -> Any:
    """The same peers, never asked before a resend."""
    return _Unprobed(peers)


class UnprobedGateway(Gateway):
    """The product's parts with those peers."""

    @cached_property
    def peers(self) -> Any:
        whole = Gateway(self.settings)
        return unprobed(whole.peers)


def create_unasked(server: FhirServer, resource: Json, identifier: str, **_look: bool) -> Written:
    """``create_once`` by the server's own conditions alone."""
    can_put = server.can(resource["resourceType"], "updateCreate")
    return server._put_once(resource) if can_put else server._post_once(resource, identifier)


def main(process: str) -> None:
    configure(process)
    FhirServer.create_once = create_unasked  # type: ignore[method-assign]
    gateway = UnprobedGateway(load())
    if process == "worker":
        app.work(gateway)
        return
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    relay.run(stop, gateway)


if __name__ == "__main__":
    main(sys.argv[1])
