"""The media process put together: settings, rooms, the signalling address, the timed work, and a quiet end."""

from __future__ import annotations

import asyncio
import signal
import sys
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Final

from aiohttp import web

from gateway.logs import log
from video.callers import Callers
from video.credentials import UsedTickets
from video.heartbeats import Heartbeats
from video.leaving import Leaving
from video.packets.pump import PUMP
from video.peer import install
from video.ports import MediaPort
from video.rooms import Rooms
from video.settings import PREFIX, MediaSettings, SettingsFault
from video.signalling import Signalling
from video.upkeep import Upkeep

_LOOK_EVERY: Final = 0.2
_LOOKS_PER_TIDY: Final = 5


async def _pulse(rooms: Rooms, upkeep: Upkeep) -> None:
    upkeep.begin()
    count = 0
    while True:
        await asyncio.sleep(_LOOK_EVERY)
        rooms.observe(time.monotonic())
        count += 1
        if count % _LOOKS_PER_TIDY == 0:
            upkeep.tidy(rooms.quiet())


async def _health(_request: web.Request) -> web.Response:
    return web.json_response({"status": "ok"})


def _ready(rooms: Rooms) -> Callable[[web.Request], Awaitable[web.Response]]:
    """A process that drains keeps its calls and takes no new ones."""

    async def ready(_request: web.Request) -> web.Response:
        status = "draining" if rooms.draining else "ready"
        return web.json_response({"status": status}, status=503 if rooms.draining else 200)

    return ready


def routed(settings: MediaSettings, rooms: Rooms, callers: Callers, used: UsedTickets) -> web.Application:
    """Every address of the process."""
    app = web.Application()
    app.router.add_get("/signal", Signalling(settings, rooms, callers, used).serve)
    app.router.add_get("/health", _health)
    app.router.add_get("/health/ready", _ready(rooms))
    return app


async def _listen(settings: MediaSettings, app: web.Application) -> web.AppRunner:
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0)
    await runner.setup()
    try:
        await web.TCPSite(runner, settings.host, settings.port, reuse_address=True).start()
    except OSError as fault:
        where = f"{settings.host}:{settings.port} ({fault.strerror})"
        raise SettingsFault(f"{PREFIX}HOST, {PREFIX}PORT: cannot listen on {where}") from None
    host, port = runner.addresses[0][:2]
    print(f"listening on http://{host}:{port}", flush=True)
    return runner


def _opened(settings: MediaSettings) -> list[MediaPort]:
    try:
        return install(settings.addresses, settings.udp_port, settings.announced)
    except OSError as fault:
        raise SettingsFault(f"{PREFIX}ADDRESSES, {PREFIX}UDP_PORT: cannot be used ({fault.strerror})") from None


async def serve(settings: MediaSettings, used: UsedTickets) -> None:
    """Run until a signal (``video.leaving``) or SIGINT. Returns when everybody has been told and every socket is
    closed."""
    ports = _opened(settings)
    PUMP.start(ports)
    stop, changed = asyncio.Event(), asyncio.Event()
    loop = asyncio.get_running_loop()
    upkeep = Upkeep()
    rooms, callers = Rooms(changed.set, upkeep), Callers(settings.proxies)
    beats = Heartbeats(settings, rooms, callers, changed) if settings.state_url is not None else None
    leaving = Leaving(rooms, beats, settings.drain_seconds, stop)
    for number, act in ((signal.SIGTERM, leaving.end), (signal.SIGINT, stop.set), (signal.SIGUSR1, leaving.drain)):
        loop.add_signal_handler(number, act)
    work = [asyncio.create_task(_pulse(rooms, upkeep))]
    if beats is not None:
        work.append(asyncio.create_task(beats.run()))
    runner = await _listen(settings, routed(settings, rooms, callers, used))
    ended = asyncio.create_task(stop.wait())
    done, _ = await asyncio.wait({ended, *work}, return_when=asyncio.FIRST_COMPLETED)
    await _end(rooms, runner, work)
    PUMP.stop()
    for port in ports:
        port.close()
    for task in done - {ended}:
        task.result()  # the timed work never ends by itself: if it did, die of what ended it and be restarted


async def _end(rooms: Rooms, runner: web.AppRunner, work: list[asyncio.Task[None]]) -> None:
    log("video.process").info("ending")
    for task in work:
        task.cancel()
    await rooms.close_all()
    with suppress(TimeoutError):
        await asyncio.wait_for(runner.cleanup(), 3.0)
    sys.stdout.flush()
