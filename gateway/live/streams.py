"""The two streams: one consultation for its employee, one list for its clinic. Nothing here names a citizen."""

from __future__ import annotations

import asyncio
import json
import secrets
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any
from uuid import UUID

from aiohttp import web

from gateway.access import CLINIC_COOKIE, CONSOLE_COOKIE, EMPLOYEE_COOKIE, oversight, require_own
from gateway.domain.consultation.aggregate import Availability, Consultation
from gateway.domain.errors import NotFound, TooOften
from gateway.domain.identifiers import Ydernummer
from gateway.domain.oversight import HISTORY_READERS
from gateway.domain.scope import ClinicScope, Scope, TenantScope
from gateway.domain.session import Session, SessionKind
from gateway.live.feed import Feed
from gateway.live.shared import Shared
from gateway.live.subscribers import Subscriber
from gateway.logs import log
from gateway.rate_limits import Per, What
from gateway.services import presence
from gateway.services.device import citizen_view
from gateway.services.operations.overview import overview_document
from gateway.services.practice_side.clinic_view import waiting_counts
from gateway.services.view import consultation_view
from gateway.store.ground.faults import DatabaseFault
from gateway.wiring import Gateway

BEAT = b"event: alive\ndata: {}\n\n"
AGAIN_MS, AGAIN_SPREAD_MS = 1000, 2000  # when a page whose stream was cut tries again: a thousand not all at once
TICK_SECONDS = 4.0
SETTLING_SECONDS = 1.0  # first look again; doubled up to a tick while nothing comes of it
WRITE_SECONDS = 10.0

Document = dict[str, Any]


class Stream:
    """One open response; only changes are written, and beats (rounds.py)."""

    def __init__(self, request: web.Request, feed: Feed, subscriber: Subscriber, event: str) -> None:
        self._request = request
        self._feed = feed
        self._subscriber = subscriber
        self._event = event
        self._response = web.StreamResponse(headers={"Content-Type": "text/event-stream; charset=utf-8"})
        self._last: Document | None = None
        self._settling_wait = SETTLING_SECONDS
        self._unread_since: float | None = None

    async def run(self, first: Document, render: Callable[[], Awaitable[Document]]) -> web.StreamResponse:
        """Until the reader leaves, reads too slowly, loses the session, or the process ends. ``first`` was made after
        the subscriber had joined the feed, so nothing falls between."""
        await self._response.prepare(self._request)
        try:
            await self._write(f"retry: {AGAIN_MS + secrets.randbelow(AGAIN_SPREAD_MS)}\n\n")
            await self._show(first)
            with self._feed.rounds.beats.joined(self):
                while await self._news():
                    await self._show(await render())
        except (ConnectionError, TimeoutError):
            self._drop()
        except NotFound:
            await self._say_gone()
        except DatabaseFault as fault:
            # The page opens a new stream and is answered there; the fault's text stays out of the log.
            log(__name__).warning("stream-ended", fault=type(fault).__name__)
        self._subscriber.end()
        return self._response

    async def beat(self) -> None:
        """Nothing has changed. It never waits: a reader that has left, or has not read for ten seconds, is cut off."""
        transport = self._request.transport
        if self._subscriber.over or transport is None or transport.is_closing():
            self._subscriber.end()
        elif transport.get_write_buffer_size():
            self._unread_since = self._unread_since or time.monotonic()
            if time.monotonic() - self._unread_since > WRITE_SECONDS:
                self._drop()
        else:
            self._unread_since = None
            with suppress(ConnectionError):
                await self._response.write(BEAT)

    async def _say_gone(self) -> None:
        """It is not the reader's any more: the last news, on which the page asks for itself and is told why."""
        try:
            await self._show({"gone": True})
        except (ConnectionError, TimeoutError):
            self._drop()

    async def _show(self, document: Document) -> None:
        if document == self._last:
            self._settling_wait = min(TICK_SECONDS, self._settling_wait * 2)
            return
        self._settling_wait = SETTLING_SECONDS
        self._last = document
        await self._write(f"event: {self._event}\ndata: {json.dumps(document, ensure_ascii=False)}\n\n")

    async def _news(self) -> bool:
        """Until there may be another document; False when the stream must end."""
        if (self._last or {}).get("settling"):
            await self._news_within(self._settling_wait)
        else:
            await self._subscriber.news.wait()
        self._subscriber.news.clear()
        return not (self._feed.closing or self._subscriber.over)

    async def _news_within(self, seconds: float) -> None:
        with suppress(TimeoutError):
            await asyncio.wait_for(self._subscriber.news.wait(), seconds)

    async def _write(self, text: str) -> None:
        await asyncio.wait_for(self._response.write(text.encode()), WRITE_SECONDS)

    def _drop(self) -> None:
        """A reader that does not read is cut off; the page opens a new stream and gets the newest state."""
        self._subscriber.end()
        if self._request.transport is not None:
            self._request.transport.abort()


class Live:
    """The routes' handlers, on one gateway and one feed."""

    def __init__(self, gateway: Gateway, feed: Feed) -> None:
        self._gateway = gateway
        self._feed = feed
        self._counted = Shared[Document]()

    async def consultation(self, request: web.Request) -> web.StreamResponse:
        token, session = await self._admitted(request, EMPLOYEE_COOKIE, SessionKind.EMPLOYEE)
        if session.tenant is None:
            raise web.HTTPUnauthorized
        id = _uuid_or_404(request.match_info["id"])
        subscriber = Subscriber(token, session.kind, id)
        render = self._consultation_renderer(session, TenantScope(session.tenant), id, subscriber)
        return await self._follow(request, subscriber, render)

    async def citizen(self, request: web.Request) -> web.StreamResponse:
        """The one consultation of a device that lies with the citizen, in the few words its page may know (B02)."""
        token, session = await self._admitted(request, EMPLOYEE_COOKIE, SessionKind.CITIZEN)
        if session.tenant is None:
            raise web.HTTPUnauthorized
        if session.citizen_consultation is None:
            raise web.HTTPNotFound
        g, scope, id = self._gateway, TenantScope(session.tenant), session.citizen_consultation

        def render() -> Document:
            held = self._session(token, (SessionKind.CITIZEN,))
            if held is None or held.citizen_consultation != id:
                return citizen_view(None, g.clock.now())
            return citizen_view(self._present(scope, id), g.clock.now())

        return await self._follow(request, Subscriber(token, session.kind, id), render)

    async def _follow(
        self, request: web.Request, subscriber: Subscriber, render: Callable[[], Document]
    ) -> web.StreamResponse:
        with self._feed.joined(subscriber):
            try:
                first = await asyncio.to_thread(render)
            except NotFound:
                raise web.HTTPNotFound from None
            stream = Stream(request, self._feed, subscriber, "state")
            return await stream.run(first, lambda: asyncio.to_thread(render))

    def _present(self, scope: Scope, id: UUID, employee: Session | None = None) -> Consultation:
        """The consultation whose page is open here: whoever was lost is back (D10). ``NotFound`` where it is not this
        employee's own, before anything is noted."""
        g = self._gateway
        consultation = g.store.load(scope, id)
        if employee is not None:
            require_own(employee, consultation)
        if consultation.availability is not Availability.LOST:
            return consultation
        presence.page_opened(consultation, store=g.store, book=g.presence, clock=g.clock)
        return g.store.load(scope, id)

    def _consultation_renderer(
        self, session: Session, scope: Scope, id: UUID, subscriber: Subscriber
    ) -> Callable[[], Document]:
        g, loop = self._gateway, asyncio.get_running_loop()

        def render() -> Document:
            consultation = self._present(scope, id, session)
            # Before the position is read: what moves it afterwards is told to her.
            loop.call_soon_threadsafe(self._feed.waits_at, subscriber, _where(consultation))
            return consultation_view(
                consultation,
                store=g.store,
                practices=self._feed,
                clock=g.clock,
                providers=g.providers,
                rooms=g.rooms,
            )

        return render

    async def clinic(self, request: web.Request) -> web.StreamResponse:
        token, session = await self._admitted(request, CLINIC_COOKIE, SessionKind.CLINIC)
        scope = await asyncio.to_thread(self._gateway.access.scope, session)
        assert isinstance(scope, ClinicScope)
        await asyncio.to_thread(self._attend, scope)
        self._feed.touch_practices(map(str, scope.ydernumre))
        subscriber = Subscriber(token, session.kind, clinic=scope)

        def render() -> Awaitable[Document]:
            return self._counted.of(scope.ydernumre, self._feed.told, lambda: self._counts(scope.ydernumre))

        with self._feed.joined(subscriber):
            return await Stream(request, self._feed, subscriber, "changed").run(await render(), render)

    async def console(self, request: web.Request) -> web.StreamResponse:
        """How the connections fare, for an administrator who sees the overview (AD02)."""
        token, session = await self._admitted(request, CONSOLE_COOKIE, SessionKind.ADMIN)
        if not HISTORY_READERS & set(session.grant.console):
            raise web.HTTPUnauthorized
        seen, g = oversight(session), self._gateway

        def render() -> Document:
            return overview_document(g.overview.lines(seen), g.clock.now())

        return await self._follow(request, Subscriber(token, session.kind), render)

    def _attend(self, scope: ClinicScope) -> None:
        """A person has the waiting room open (D8); said again with every look at its session."""
        self._gateway.practices.attend(scope.clinic, scope.ydernumre, self._gateway.clock.now())

    def _counts(self, ydernumre: tuple[Ydernummer, ...]) -> Document:
        seq = self._feed.seq
        waiting, unseen = waiting_counts(self._gateway.store.at_clinic(ydernumre, self._gateway.clock.now()))
        return {"seq": seq, "waiting": waiting, "unseen": unseen}

    async def _admitted(self, request: web.Request, cookie: str, kind: SessionKind) -> tuple[str, Session]:
        """Whoever asks for a stream: 401 without such a session, 429 for one that opens too many."""
        token = request.cookies.get(self._gateway.settings.cookie(cookie), "")
        session = await asyncio.to_thread(self._session, token, (kind,))
        if session is None:
            raise web.HTTPUnauthorized
        try:
            self._gateway.rate_limits.require(What.STREAM, {Per.SESSION: str(session.id)})
        except TooOften as fault:
            raise web.HTTPTooManyRequests(headers={"Retry-After": str(fault.retry_after)}) from None
        return token, session

    def _session(self, token: str | None, kinds: tuple[SessionKind, ...]) -> Session | None:
        session = self._gateway.access.read(token, self._gateway.clock.now())
        if session is None or session.suspended or session.kind not in kinds:
            return None
        return session


def _where(consultation: Consultation) -> frozenset[str]:
    entry = consultation.entry
    return frozenset({entry.ydernummer.digits} if entry and not entry.status.ended else ())


def _uuid_or_404(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise web.HTTPNotFound from None
