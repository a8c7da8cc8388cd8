"""The asyncio application: routes, who may read across origins, and what goes on in the background."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor

from aiohttp import web

from gateway.live.feed import Feed
from gateway.live.refusals import noting
from gateway.live.streams import Live
from gateway.readiness import Readiness
from gateway.wiring import Gateway

FEED = web.AppKey("feed", Feed)
FLOW_PAUSE = 1.0  # seconds
THREADS = 8  # enough to keep the database busy, few enough to leave its pool to spare


def create_app(gateway: Gateway) -> web.Application:
    """Streams only; everything else about the gateway is the web process's."""
    feed = Feed(gateway)
    live = Live(gateway, feed)
    app = web.Application(middlewares=[noting(gateway), _only_from(gateway.settings.public_url)])
    app[FEED] = feed
    app.router.add_get("/live/consultation/{id}", live.consultation)
    app.router.add_get("/live/citizen", live.citizen)
    app.router.add_get("/live/clinic", live.clinic)
    app.router.add_get("/live/console", live.console)
    app.router.add_get("/health", _health)
    app.router.add_get("/health/ready", _ready(gateway))
    app.router.add_get("/live/health", _health)
    app.router.add_get("/live/flow", _flow)
    app.router.add_get("/.well-known/jwks.json", _keys(gateway))
    app.on_response_prepare.append(_headers(gateway.settings.public_url))
    app.cleanup_ctx.append(_readers(feed))

    async def close(_: web.Application) -> None:
        feed.close()

    app.on_shutdown.append(close)
    return app


async def _health(_: web.Request) -> web.Response:
    return web.json_response({"status": "up"})


def _ready(gateway: Gateway):  # type: ignore[no-untyped-def]
    readiness = Readiness(gateway)

    async def ready(_: web.Request) -> web.Response:
        waiting = await asyncio.to_thread(readiness.waits_for)
        said = {"status": "waiting", "for": waiting} if waiting else {"status": "ready", "schema": readiness.schema}
        return web.json_response(said, status=503 if waiting else 200)

    return ready


def _keys(gateway: Gateway):  # type: ignore[no-untyped-def]
    """Our public keys, as the web process says them (web/doors/callbacks.py): the proxy asks here while no web process
    answers, for a peer that cannot read them refuses the log-in of every delivery."""

    async def keys(_: web.Request) -> web.Response:
        return web.json_response(await asyncio.to_thread(gateway.peers.jwks))

    return keys


async def _flow(request: web.Request) -> web.StreamResponse:
    """Two events with a pause between: whoever gets both at once has a proxy that keeps events back."""
    response = web.StreamResponse(headers={"Content-Type": "text/event-stream; charset=utf-8"})
    await response.prepare(request)
    await response.write(b"event: first\ndata: {}\n\n")
    await asyncio.sleep(FLOW_PAUSE)
    await response.write(b"event: last\ndata: {}\n\n")
    return response


def _only_from(origin: str):  # type: ignore[no-untyped-def]
    """A page of another origin is refused, cookies or not."""

    @web.middleware
    async def check(request: web.Request, handler):  # type: ignore[no-untyped-def]
        said = request.headers.get("Origin")
        if said is not None and said != origin:
            raise web.HTTPForbidden
        return await handler(request)

    return check


def _headers(origin: str):  # type: ignore[no-untyped-def]
    async def prepare(_: web.Request, response: web.StreamResponse) -> None:
        response.headers.update(
            {
                "Access-Control-Allow-Origin": origin,
                "Access-Control-Allow-Credentials": "true",
                "Vary": "Origin",
                "Cache-Control": "no-store",
                "X-Accel-Buffering": "no",
                "X-Content-Type-Options": "nosniff",
                "Referrer-Policy": "no-referrer",
            }
        )

    return prepare


def _readers(feed: Feed):  # type: ignore[no-untyped-def]
    async def run(_: web.Application) -> AsyncIterator[None]:
        asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(THREADS, "live"))
        tasks = [
            asyncio.create_task(each)
            for each in (
                feed.follow_events(),
                feed.follow_practices(),
                feed.follow_wakes(),
                feed.rounds.check(feed),
                feed.rounds.beat(feed),
            )
        ]
        for task in tasks:
            task.add_done_callback(_must_not_end)
        yield
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    return run


def _must_not_end(task: asyncio.Task[None]) -> None:
    """A reader that died would leave every page silently out of date: better no process than a mute one."""
    if not task.cancelled() and task.exception() is not None:
        raise SystemExit(1) from task.exception()
