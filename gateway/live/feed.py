"""One reader of the event log per process, and everybody who wants to know.

The log is read twice a second, or at once when a commit calls out over Redis; Redis may vanish or freeze, then only
the reading by the clock is left. A subscriber holds one flag, never a backlog: it renders the newest state when it
gets round to it.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

import redis.asyncio
from redis.exceptions import RedisError

from gateway.domain.identifiers import Ydernummer
from gateway.domain.practice import PracticeState
from gateway.domain.records import StoredEvent
from gateway.live.cursor import Cursor
from gateway.logs import log
from gateway.store.ground.faults import DatabaseFault
from gateway.wake import CHANNEL
from gateway.wiring import Gateway

POLL_SECONDS = 0.5
PRACTICE_SECONDS = 3.0
PRESENCE_SECONDS = 15.0
BELIEVED_SECONDS = 1.0
REDIS_PAUSE = 2.0
CURRENT_SECONDS = 5.0  # the log was read within so long: what a page was told last is still true
PAGE = 500
# What happens to one entry without moving anybody else in the same queue.
KEEPS_PLACES = frozenset(
    {
        "received",
        "seen",
        "reason-corrected",
        "availability-changed",
        "clinician-named",
        "ring-extended",
        "answered",
        "talk-started",
        "call-ended",
        "not-received-in-time",
        "not-seen-in-time",
        "claim-refused",
        "remark-made",
        "addressed",
        "time-proposed",
        "note-approved",
        "note-sent-unreviewed",
        "note-received",
        "note-filed",
        "care-system-wrote",
        "reply-read",
        "closed",
        "citizen-added",
        "citizen-taken-out",
        "citizen-refused",
        "discussed",
        "discussion-ended",
        "consent-withdrawn",
        "discussed-too",
        "note-owed",
        "handed-over",
        "handed-back",
        "employee-called",
        "finished-by-citizen",
        "device-changed",
        "erased-at-practice",
        "texts-erased",
        "device-checked",
        "phone-changed",
    }
)


@dataclass(eq=False)
class Subscriber:
    """An open stream: of one consultation (and the queue it stands in), or of a clinic's practices."""

    consultation: UUID | None = None
    ydernumre: frozenset[str] = frozenset()
    news: asyncio.Event = field(default_factory=asyncio.Event)

    def concerned(self, consultations: set[UUID], moved: set[str], touched: set[str]) -> bool:
        if self.consultation is None:
            return bool(self.ydernumre & touched)
        return self.consultation in consultations or bool(self.ydernumre & moved)


class Feed:
    """Fans events out to subscribers; ``seq`` is the newest number seen."""

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway
        self._subscribers: set[Subscriber] = set()
        self._woken = asyncio.Event()
        self._practices: dict[str, PracticeState] = {}
        self._remembered: dict[str, tuple[float, PracticeState]] = {}
        self._read_at = -CURRENT_SECONDS
        self.seq = 0
        self.closing = False

    @property
    def current(self) -> bool:
        """Whether the log can be read just now. While it cannot, no page may be told that nothing has changed."""
        return time.monotonic() - self._read_at < CURRENT_SECONDS

    @contextmanager
    def joined(self, subscriber: Subscriber) -> Iterator[None]:
        """Within it the subscriber is told; a document made inside misses nothing."""
        self._subscribers.add(subscriber)
        try:
            yield
        finally:
            self._subscribers.discard(subscriber)

    def open_streams(self) -> int:
        """How many pages follow along at this moment."""
        return len(self._subscribers)

    def close(self) -> None:
        """Let every stream end by itself."""
        self.closing = True
        for subscriber in self._subscribers:
            subscriber.news.set()

    def state(self, ydernummer: Ydernummer, now: datetime) -> PracticeState:
        """A practice's state, read once for everybody who waits there; believed for a second, or until touched."""
        known = self._remembered.get(str(ydernummer))
        if known is not None and time.monotonic() - known[0] < BELIEVED_SECONDS:
            return known[1]
        state = self._gateway.practices.state(ydernummer, now)
        self._remembered[str(ydernummer)] = (time.monotonic(), state)
        return state

    def touch_practices(self, ydernumre: Iterable[str]) -> None:
        """Attendance began, or hours changed: those who wait there see it at once."""
        touched = frozenset(ydernumre)
        for ydernummer in touched:
            self._remembered.pop(ydernummer, None)
        for subscriber in self._subscribers:
            if subscriber.consultation is not None and subscriber.ydernumre & touched:
                subscriber.news.set()

    async def follow_events(self) -> None:
        """Read the log for ever. A database that does not answer is asked again; the streams stay open."""
        cursor: Cursor | None = None
        while not self.closing:
            self._woken.clear()
            try:
                if cursor is None:
                    cursor = Cursor(await asyncio.to_thread(self._gateway.store.latest_seq))
                    self.seq = cursor.low
                while await self._read_page(cursor) == PAGE:
                    pass
                self._read_at = time.monotonic()
            except DatabaseFault as fault:
                log(__name__).warning("events-not-read", fault=type(fault).__name__)
            await self._pause(POLL_SECONDS)

    async def _read_page(self, cursor: Cursor) -> int:
        events = await asyncio.to_thread(self._gateway.store.events_after, cursor.low, PAGE)
        fresh = cursor.fresh((e.seq for e in events), time.monotonic())
        self._tell([e for e in events if e.seq in fresh])
        return len(events) if fresh else 0

    def _tell(self, events: Sequence[StoredEvent]) -> None:
        if not events:
            return
        self.seq = max(self.seq, *(e.seq for e in events))
        consultations = {e.consultation for e in events}
        touched = {e.ydernummer for e in events if e.ydernummer}
        moved = {e.ydernummer for e in events if e.ydernummer and e.kind not in KEEPS_PLACES}
        for subscriber in self._subscribers:
            if subscriber.concerned(consultations, moved, touched):
                subscriber.news.set()

    async def _pause(self, seconds: float) -> None:
        try:
            await asyncio.wait_for(self._woken.wait(), seconds)
        except TimeoutError:
            return

    async def follow_practices(self) -> None:
        """Hours pass and waiting rooms are opened without an event: look at each practice somebody waits at."""
        while not self.closing:
            wanted = {y for s in self._subscribers if s.consultation is not None for y in s.ydernumre}
            try:
                states = await asyncio.to_thread(self._states, wanted)
            except DatabaseFault as fault:
                log(__name__).warning("practices-not-read", fault=type(fault).__name__)
                states = self._practices
            self.touch_practices(y for y, state in states.items() if self._practices.get(y, state) != state)
            self._practices = states
            await asyncio.sleep(PRACTICE_SECONDS)

    async def keep_presence(self) -> None:
        """Whose page is open stands in the database, so that whoever is gone can be missed (D10)."""
        while not self.closing:
            open_pages = {s.consultation for s in self._subscribers if s.consultation is not None}
            try:
                await asyncio.to_thread(self._gateway.presence.seen, open_pages, self._gateway.clock.now())
            except DatabaseFault as fault:
                log(__name__).warning("presence-not-kept", fault=type(fault).__name__)
            await asyncio.sleep(PRESENCE_SECONDS)

    def _states(self, ydernumre: set[str]) -> dict[str, PracticeState]:
        now = self._gateway.clock.now()
        return {y: self._gateway.practices.state(Ydernummer(y), now) for y in ydernumre}

    async def follow_wakes(self) -> None:
        """A hint over Redis spares the half second; without Redis nothing else changes."""
        while not self.closing:
            client = redis.asyncio.Redis.from_url(self._gateway.settings.redis_url, socket_connect_timeout=REDIS_PAUSE)
            try:
                async with client, client.pubsub() as channel:
                    await channel.subscribe(CHANNEL)
                    async for _ in channel.listen():
                        self._woken.set()
            except (RedisError, OSError):
                await asyncio.sleep(REDIS_PAUSE)
