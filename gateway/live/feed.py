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
from datetime import datetime

import redis.asyncio
from redis.exceptions import RedisError

from gateway.domain.identifiers import Ydernummer
from gateway.domain.practice import PracticeState
from gateway.domain.records import StoredEvent
from gateway.live.cursor import Cursor
from gateway.live.rounds import Rounds
from gateway.live.subscribers import Subscriber, Subscribers
from gateway.logs import log
from gateway.store.ground.faults import DatabaseFault
from gateway.wake import CHANNEL
from gateway.wiring import Gateway

POLL_SECONDS = 0.5
PRACTICE_SECONDS = 3.0
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
        "guest-invited",
        "guest-arrived",
        "guest-admitted",
        "guest-sent-out",
        "guest-left",
        "room-locked",
        "room-unlocked",
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


class Feed:
    """Fans events out to subscribers; ``seq`` is the newest number seen, ``told`` how often there was news."""

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway
        self._subscribers = Subscribers()
        self.rounds = Rounds(gateway)
        self._woken = asyncio.Event()
        self._practices: dict[str, PracticeState] = {}
        self._remembered: dict[str, tuple[float, PracticeState]] = {}
        self._read_at = -CURRENT_SECONDS
        self.seq = 0
        self.told = 0
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
            with self.rounds.sessions.joined(subscriber):
                yield
        finally:
            self._subscribers.remove(subscriber)

    def waits_at(self, subscriber: Subscriber, ydernumre: frozenset[str]) -> None:
        """Her queue's news are told to her from here on."""
        self._subscribers.put_at(subscriber, ydernumre)

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
        for subscriber in self._subscribers.waiting_at(touched):
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
        self.told += 1
        self.seq = max(self.seq, *(e.seq for e in events))
        consultations = {e.consultation for e in events}
        touched = {e.ydernummer for e in events if e.ydernummer}
        moved = {e.ydernummer for e in events if e.ydernummer and e.kind not in KEEPS_PLACES}
        for subscriber in self._subscribers.concerned(consultations, moved, touched):
            subscriber.news.set()

    async def _pause(self, seconds: float) -> None:
        try:
            await asyncio.wait_for(self._woken.wait(), seconds)
        except TimeoutError:
            return

    async def follow_practices(self) -> None:
        """Hours pass and waiting rooms are opened without an event: all practices at which somebody waits are read in
        one look, and only where one is another than before its pages are told."""
        while not self.closing:
            wanted = self._subscribers.practices()
            try:
                states = await asyncio.to_thread(self._states, wanted) if wanted else {}
            except DatabaseFault as fault:
                log(__name__).warning("practices-not-read", fault=type(fault).__name__)
                states = self._practices
            self.touch_practices(y for y, state in states.items() if self._practices.get(y, state) != state)
            self._practices = states
            await asyncio.sleep(PRACTICE_SECONDS)

    def _states(self, ydernumre: set[str]) -> dict[str, PracticeState]:
        found = self._gateway.practices.states([Ydernummer(y) for y in ydernumre], self._gateway.clock.now())
        return {ydernummer.digits: state for ydernummer, state in found.items()}

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
