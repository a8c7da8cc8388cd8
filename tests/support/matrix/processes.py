"""What can be asked of each process of ours, read from its own routing table; nothing here names a route."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from aiohttp import web
from flask import Flask

from adapters.discovery import found_doors
from gateway.live.app import create_app as live_app
from gateway.web.guards import audience_of
from gateway.wiring import Gateway
from tests.architecture.source import PRODUCT, ROOT, modules, nodes_of
from video.callers import Callers
from video.credentials import UsedTickets
from video.process import routed
from video.rooms import Rooms
from video.settings import MediaSettings
from video.upkeep import Upkeep

UNASKED = ("HEAD", "OPTIONS")  # answered by the frameworks for whatever GET answers


@dataclass(frozen=True, order=True)
class Route:
    """One thing that can be asked. ``path`` as the process writes it; "" for a line."""

    process: str
    method: str
    path: str


def of_web(app: Flask) -> Iterator[tuple[Route, str]]:
    """With the audience that its view names."""
    with app.app_context():
        for rule in app.url_map.iter_rules():
            for method in sorted((rule.methods or set()) - {*UNASKED}):
                yield Route("web", method, rule.rule), audience_of(rule.endpoint) or rule.endpoint


def of_live(gateway: Gateway) -> Iterator[Route]:
    yield from _of_aiohttp("live", live_app(gateway))


def of_media() -> Iterator[Route]:
    settings = MediaSettings.from_environment({"LAEGEBRO_MEDIA_TICKET_SECRET": "s" * 40})
    yield from _of_aiohttp("media", routed(settings, Rooms(lambda: None, Upkeep()), Callers(0), UsedTickets()))


def of_lines() -> Iterator[Route]:
    """A line has no path: one for each adapter whose door is called over one."""
    for found in found_doors():
        if any(address.transport == "mllp" for address in found.addresses):
            yield Route("mllp", "SEND", f"{found.kind}/{found.name}")


def _of_aiohttp(process: str, app: web.Application) -> Iterator[Route]:
    for route in app.router.routes():
        if route.method not in UNASKED and route.resource is not None:
            yield Route(process, route.method, route.resource.canonical)


LISTENS = {
    "Flask", "Application", "AppRunner", "TCPSite", "UnixSite", "run_app", "MllpListener", "make_server",
    "start_server", "start_unix_server", "create_server", "HTTPServer", "ThreadingHTTPServer",
}  # fmt: skip


def listening() -> set[str]:
    """Modules of the product that open something which others can ask, by what they call."""
    return {_name(path) for path in modules(*PRODUCT) if any(_opens(node) for node in nodes_of(path))}


def _opens(node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and (getattr(node.func, "attr", "") or getattr(node.func, "id", "")) in LISTENS


def _name(path: Path) -> str:
    return str(path.relative_to(ROOT))
