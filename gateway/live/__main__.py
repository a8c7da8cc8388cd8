"""``python -m gateway.live``: serve until SIGTERM. Listens where ``LAEGEBRO_LIVE_LISTEN`` (host:port) or the port of
``live_url`` says, on the loopback address unless told otherwise: a reverse proxy stands in front."""

from __future__ import annotations

import asyncio
import os
import signal
from urllib.parse import urlsplit

from aiohttp import web

from gateway.domain.errors import ConfigFault
from gateway.live.app import FEED, create_app
from gateway.metrics import exporter
from gateway.settings import Settings
from gateway.starting import plainly, started
from gateway.wiring import Gateway

LISTEN = "LAEGEBRO_LIVE_LISTEN"
SHUTDOWN_SECONDS = 2.0


def main() -> None:
    gateway = started("live", _require_address, exporter.require_address)
    with plainly():
        asyncio.run(_serve(gateway))


async def _serve(gateway: Gateway) -> None:
    host, port = _address(gateway.settings)
    app = create_app(gateway)
    exporter.serve(exporter.of_the_streams(app[FEED].open_streams))
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=SHUTDOWN_SECONDS)
    await runner.setup()
    try:
        await _listen(runner, host, port)
        bound = runner.addresses[0]
        print(f"listening on http://{bound[0]}:{bound[1]}", flush=True)
        await _told_to_stop()
    finally:
        await runner.cleanup()


async def _listen(runner: web.AppRunner, host: str, port: int) -> None:
    try:
        await web.TCPSite(runner, host, port).start()
    except OSError as fault:
        raise ConfigFault(f"{LISTEN}: cannot listen on {host}:{port} ({fault.strerror})") from None


def _require_address() -> None:
    port = os.environ.get(LISTEN, ":0").rpartition(":")[2]
    if not port.isdecimal() or int(port) > 65535:
        raise ConfigFault(f"{LISTEN}: must be host:port, such as 127.0.0.1:8001")


def _address(settings: Settings) -> tuple[str, int]:
    listen = os.environ.get(LISTEN)
    if listen:
        host, _, port = listen.rpartition(":")
        return host or "127.0.0.1", int(port)
    return "127.0.0.1", urlsplit(settings.live_url).port or 8001


async def _told_to_stop() -> None:
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for each in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(each, stopped.set)
    await stopped.wait()


if __name__ == "__main__":
    main()
