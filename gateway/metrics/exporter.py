"""A process's metrics on a port of its own: ``LAEGEBRO_METRICS_LISTEN`` (host:port) says where; without it, nowhere."""

from __future__ import annotations

import json
import os
import socket
import threading
from collections.abc import Callable
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, make_server

from prometheus_client import CollectorRegistry, Gauge, ProcessCollector, make_wsgi_app
from prometheus_client.exposition import ThreadingWSGIServer

from gateway.domain.errors import ConfigFault
from gateway.logs import log
from gateway.metrics import names
from gateway.metrics.attempts import AttemptCounters
from gateway.metrics.states import GatewayStates
from gateway.wiring import Gateway

LISTEN = "LAEGEBRO_METRICS_LISTEN"
Asked = Callable[[], str]  # what the process waits for, "" where it is ready


def of_the_gateway(gateway: Gateway) -> CollectorRegistry:
    """Everything the rows say: for the relay."""
    registry = of_a_process()
    registry.register(GatewayStates(gateway, AttemptCounters(gateway.figures)))
    return registry


def of_the_streams(count: Callable[[], float]) -> CollectorRegistry:
    """The open streams of this process: for the live process."""
    registry = of_a_process()
    Gauge(*names.STREAMS, registry=registry).set_function(count)
    return registry


def of_a_process() -> CollectorRegistry:
    """Its memory, processor time and open files."""
    registry = CollectorRegistry()
    ProcessCollector(registry=registry)
    return registry


def serve(registry: CollectorRegistry, listen: str | None = None, readiness: Asked | None = None) -> int | None:
    """Answer scrapes, /health and, with ``readiness``, /health/ready from a thread of its own; the port, or None where
    nobody asked. ``ConfigFault`` names what is wrong with the address."""
    listen = os.environ.get(LISTEN, "") if listen is None else listen
    if not listen:
        return None
    host, port = _address(listen)
    kind = _Server6 if ":" in host else ThreadingWSGIServer
    try:
        server = make_server(host, port, _answering(registry, readiness), kind, _Silent)
    except OSError as fault:
        raise ConfigFault(f"{LISTEN}: cannot listen on {listen} ({fault.strerror})") from None
    threading.Thread(target=server.serve_forever, name="exporter", daemon=True).start()
    log(__name__).info("metrics-served", host=host, port=server.server_port)
    return server.server_port


class _Server6(ThreadingWSGIServer):
    address_family = socket.AF_INET6


class _Silent(WSGIRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:
        """A scrape is no news."""


def _answering(registry: CollectorRegistry, readiness: Asked | None) -> Any:
    metrics = make_wsgi_app(registry)

    def answer(environ: dict[str, Any], start: Callable[..., Any]) -> Any:
        path = environ.get("PATH_INFO", "")
        if not path.startswith("/health"):
            return metrics(environ, start)
        asked = readiness is not None and path == "/health/ready"
        waiting = readiness() if readiness is not None and asked else ""
        start("503 Service Unavailable" if waiting else "200 OK", [("Content-Type", "application/json")])
        said = {"status": "waiting", "for": waiting} if waiting else {"status": "ready" if asked else "up"}
        return [json.dumps(said).encode()]

    return answer


def require_address() -> None:
    """``ConfigFault`` where the environment names an address that is none."""
    if listen := os.environ.get(LISTEN, ""):
        _address(listen)


def _address(listen: str) -> tuple[str, int]:
    host, _, port = listen.rpartition(":")
    if not port.isdecimal() or int(port) > 65535:
        raise ConfigFault(f"{LISTEN}: must be host:port, such as 127.0.0.1:9464")
    return host.strip("[]") or "127.0.0.1", int(port)
