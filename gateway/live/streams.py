"""The two streams: one consultation for its employee, one list for its clinic. Nothing here names a citizen."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable
from typing import Any
from uuid import UUID

from aiohttp import web

from gateway.access import CLINIC_COOKIE, CONSOLE_COOKIE, EMPLOYEE_COOKIE, oversight, require_own
from gateway.domain.consultation.aggregate import Availability, Consultation
from gateway.domain.errors import NotFound, TooOften
from gateway.domain.identifiers import Ydernummer
from gateway.domain.oversight import OVERVIEW_READERS
from gateway.domain.scope import ClinicScope, Scope, TenantScope
from gateway.domain.session import Session, SessionKind
from gateway.live.feed import Feed, Subscriber
from gateway.logs import log
from gateway.rate_limits import Per, What
from gateway.services import presence
from gateway.services.device import citizen_view
from gateway.services.operations.overview import overview_document
from gateway.services.practice_side.clinic_view import waiting_counts
from gateway.services.view import consultation_view
from gateway.store.ground.faults import DatabaseFault
from gateway.wiring import Gateway

BEAT_SECONDS = 4.0  # the page takes a line that is silent for nine seconds for dead (static/js/shared/stream.js)
SESSION_SECONDS = 15.0
TICK_SECONDS = 4.0
SETTLING_SECONDS = 1.0  # first look again; doubled up to a tick while nothing comes of it
WRITE_SECONDS = 10.0

Document = dict[str, Any]


class Stream:
    """One open response. ``render`` builds the document in a thread; only changes are written."""

    def __init__(self, request: web.Request, feed: Feed, subscriber: Subscriber, event: str) -> None:
        self._request = request
        self._feed = feed
        self._subscriber = subscriber
        self._event = event
        self._response = web.StreamResponse(headers={"Content-Type": "text/event-stream; charset=utf-8"})
        self._last: Document | None = None
        self._settling_wait = SETTLING_SECONDS
        self._beat_at = time.monotonic()
        self._checked_at = time.monotonic()

    async def run(
        self, first: Document, render: Callable[[], Document], still_allowed: Callable[[], bool]
    ) -> web.StreamResponse:
        """Until the reader leaves, reads too slowly, loses the session, or the process ends. ``first`` was made after
        the subscriber had joined the feed, so nothing falls between."""
        await self._response.prepare(self._request)
        try:
            await self._write("retry: 1000\n\n")
            await self._show(first)
            while not self._feed.closing and await self._wait(still_allowed):
                self._subscriber.news.clear()
                await self._show(await asyncio.to_thread(render))
        except (ConnectionError, TimeoutError):
            self._drop()
        except NotFound:
            await self._say_gone()
        except DatabaseFault as fault:
            # The page opens a new stream and is answered there; the fault's text stays out of the log.
            log(__name__).warning("stream-ended", fault=type(fault).__name__)
        return self._response

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

    async def _wait(self, still_allowed: Callable[[], bool]) -> bool:
        """Until there is news; beats and session checks in between. False when the stream must end."""
        settling = bool((self._last or {}).get("settling"))
        while not self._feed.closing:
            if await self._news_within(self._settling_wait if settling else TICK_SECONDS) or settling:
                return await self._upkeep(still_allowed)
            if not await self._upkeep(still_allowed):
                return False
        return False

    async def _news_within(self, seconds: float) -> bool:
        try:
            await asyncio.wait_for(self._subscriber.news.wait(), seconds)
        except TimeoutError:
            return False
        return True

    async def _upkeep(self, still_allowed: Callable[[], bool]) -> bool:
        now = time.monotonic()
        if now - self._beat_at >= BEAT_SECONDS and self._feed.current:
            self._beat_at = now
            await self._write("event: alive\ndata: {}\n\n")
        if now - self._checked_at >= SESSION_SECONDS:
            self._checked_at = now
            return await asyncio.to_thread(still_allowed)
        return True

    async def _write(self, text: str) -> None:
        await asyncio.wait_for(self._response.write(text.encode()), WRITE_SECONDS)

    def _drop(self) -> None:
        """A reader that does not read is cut off; the page opens a new stream and gets the newest state."""
        if self._request.transport is not None:
            self._request.transport.abort()


class Live:
    """The routes' handlers, on one gateway and one feed."""

    def __init__(self, gateway: Gateway, feed: Feed) -> None:
        self._gateway = gateway
        self._feed = feed

    async def consultation(self, request: web.Request) -> web.StreamResponse:
        token = self._cookie(request, EMPLOYEE_COOKIE)
        session = await self._admitted(token, SessionKind.EMPLOYEE)
        if session.tenant is None:
            raise web.HTTPUnauthorized
        id = _uuid_or_404(request.match_info["id"])
        subscriber = Subscriber(consultation=id)
        render = self._consultation_renderer(session, TenantScope(session.tenant), id, subscriber)
        return await self._follow(request, token, session, subscriber, render)

    async def citizen(self, request: web.Request) -> web.StreamResponse:
        """The one consultation of a device that lies with the citizen, in the few words its page may know (B02)."""
        token = self._cookie(request, EMPLOYEE_COOKIE)
        session = await self._admitted(token, SessionKind.CITIZEN)
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

        return await self._follow(request, token, session, Subscriber(consultation=id), render)

    async def _follow(
        self,
        request: web.Request,
        token: str | None,
        session: Session,
        subscriber: Subscriber,
        render: Callable[[], Document],
    ) -> web.StreamResponse:
        with self._feed.joined(subscriber):
            try:
                first = await asyncio.to_thread(render)
            except NotFound:
                raise web.HTTPNotFound from None
            stream = Stream(request, self._feed, subscriber, "state")
            return await stream.run(first, render, lambda: self._session(token, (session.kind,)) is not None)

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
        g = self._gateway

        def render() -> Document:
            consultation = self._present(scope, id, session)
            entry = consultation.entry
            subscriber.ydernumre = frozenset({str(entry.ydernummer)} if entry and not entry.status.ended else ())
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
        token = self._cookie(request, CLINIC_COOKIE)
        session = await self._admitted(token, SessionKind.CLINIC)
        scope = await asyncio.to_thread(self._gateway.access.scope, session)
        assert isinstance(scope, ClinicScope)
        numbers = frozenset(str(y) for y in scope.ydernumre)
        await asyncio.to_thread(self._attend, scope)
        self._feed.touch_practices(numbers)
        subscriber = Subscriber(ydernumre=numbers)
        with self._feed.joined(subscriber):
            first = await asyncio.to_thread(self._counts, scope.ydernumre)
            stream = Stream(request, self._feed, subscriber, "changed")
            return await stream.run(first, lambda: self._counts(scope.ydernumre), lambda: self._attending(token, scope))

    async def console(self, request: web.Request) -> web.StreamResponse:
        """How the connections fare, for an administrator who sees the overview (AD02)."""
        token = self._cookie(request, CONSOLE_COOKIE)
        session = await self._admitted(token, SessionKind.ADMIN)
        if not OVERVIEW_READERS & set(session.grant.console):
            raise web.HTTPUnauthorized
        seen, g = oversight(session), self._gateway

        def render() -> Document:
            return overview_document(g.overview.lines(seen), g.clock.now())

        return await self._follow(request, token, session, Subscriber(), render)

    def _attend(self, scope: ClinicScope) -> None:
        """A person has the waiting room open (D8); said again with every session check."""
        self._gateway.practices.attend(scope.clinic, scope.ydernumre, self._gateway.clock.now())

    def _attending(self, token: str | None, scope: ClinicScope) -> bool:
        if self._session(token, (SessionKind.CLINIC,)) is None:
            return False
        self._attend(scope)
        return True

    def _counts(self, ydernumre: tuple[Ydernummer, ...]) -> Document:
        seq = self._feed.seq
        waiting, unseen = waiting_counts(self._gateway.store.at_clinic(ydernumre, self._gateway.clock.now()))
        return {"seq": seq, "waiting": waiting, "unseen": unseen}

    def _cookie(self, request: web.Request, name: str) -> str | None:
        return request.cookies.get(self._gateway.settings.cookie(name))

    async def _admitted(self, token: str | None, kind: SessionKind) -> Session:
        """Whoever asks for a stream: 401 without such a session, 429 for one that opens too many."""
        session = await asyncio.to_thread(self._session, token, (kind,))
        if session is None:
            raise web.HTTPUnauthorized
        try:
            self._gateway.rate_limits.require(What.STREAM, {Per.SESSION: str(session.id)})
        except TooOften as fault:
            raise web.HTTPTooManyRequests(headers={"Retry-After": str(fault.retry_after)}) from None
        return session

    def _session(self, token: str | None, kinds: tuple[SessionKind, ...]) -> Session | None:
        session = self._gateway.access.read(token, self._gateway.clock.now())
        if session is None or session.suspended or session.kind not in kinds:
            return None
        return session


def _uuid_or_404(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise web.HTTPNotFound from None
