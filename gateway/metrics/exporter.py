"""A process's metrics on a port of its own: ``LAEGEBRO_METRICS_LISTEN`` (host:port) says where; without it, nowhere."""

from __future__ import annotations

import os
from collections.abc import Callable

from prometheus_client import CollectorRegistry, Gauge, ProcessCollector, start_http_server

from gateway.domain.errors import ConfigFault
from gateway.logs import log
from gateway.metrics import names
from gateway.metrics.attempts import AttemptCounters
from gateway.metrics.states import GatewayStates
from gateway.wiring import Gateway

LISTEN = "LAEGEBRO_METRICS_LISTEN"


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


def serve(registry: CollectorRegistry, listen: str | None = None) -> int | None:
    """Answer scrapes from a thread of its own; the port, or None where nobody asked. ``ConfigFault`` names what is
    wrong with the address."""
    listen = os.environ.get(LISTEN, "") if listen is None else listen
    if not listen:
        return None
    host, port = _address(listen)
    try:
        server, _ = start_http_server(port, host, registry)
    except OSError as fault:
        raise ConfigFault(f"{LISTEN}: cannot listen on {listen} ({fault.strerror})") from None
    log(__name__).info("metrics-served", host=host, port=server.server_port)
    return server.server_port


def require_address() -> None:
    """``ConfigFault`` where the environment names an address that is none."""
    if listen := os.environ.get(LISTEN, ""):
        _address(listen)


def _address(listen: str) -> tuple[str, int]:
    host, _, port = listen.rpartition(":")
    if not port.isdecimal() or int(port) > 65535:
        raise ConfigFault(f"{LISTEN}: must be host:port, such as 127.0.0.1:9464")
    return host.strip("[]") or "127.0.0.1", int(port)
