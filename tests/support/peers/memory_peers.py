"""Peers, practices and rooms kept in memory: they hold what they were given and misbehave when told to."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from uuid import UUID

from gateway.domain.capability import Capability
from gateway.domain.errors import PeerError
from gateway.domain.identifiers import CitizenId, Ydernummer
from gateway.domain.organisation import Organisation
from gateway.domain.peers.delivery import Delivery, Receipt
from gateway.domain.peers.messages import EntryMessage, FoundCitizen, NoteMessage, PeerChange
from gateway.domain.people import Actor
from gateway.domain.practice import Attended, Practice, PracticeState, VideoHours
from gateway.domain.room import Heartbeat
from gateway.domain.scope import Scope
from gateway.ports.rows import Write
from tests.support.consultations import KOMMUNE_A, NOW, PRACTICE, SECOND
from tests.support.memory import HandClock

ALL = frozenset(Capability) - {Capability.ANNOUNCES}
ORGANISATION = Organisation(KOMMUNE_A, "Fjordby Kommune", "99110007", True)
QUIET = timedelta(seconds=120)


@dataclass
class MemoryShelf:
    """Pictures by their stills."""

    kept: dict[UUID, bytes] = field(default_factory=dict)

    def putting(self, consultation: UUID, id: UUID, at: datetime, jpeg: bytes) -> Write:
        return lambda _connection: self.kept.setdefault(id, jpeg)

    def pictures(self, scope: Scope, consultation: UUID, ids: Collection[UUID]) -> Mapping[UUID, bytes]:
        return {id: self.kept[id] for id in ids if id in self.kept}


@dataclass
class MemoryPeer:
    """A practice's system and a care record in one. ``before`` faults leave nothing behind, ``after`` faults come
    when the message has taken effect: the two sides of a broken connection."""

    name: str = "gp-one"
    capabilities: frozenset[Capability] = ALL
    before: list[PeerError] = field(default_factory=list)
    after: list[PeerError] = field(default_factory=list)
    held: list[UUID] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    reading: list[PeerError] = field(default_factory=list)  # what the next readings meet
    lag: int = 0  # readings that do not show yet what is held
    readable: bool = True
    fetched: bool = False  # lays the entry ready and waits for the practice to come for it

    def _take(self, verb: str, key: UUID) -> Receipt:
        self.asked.append(verb)
        if self.before:
            raise self.before.pop(0)
        known = key in self.held
        if not known or Capability.IDEMPOTENT_CREATE not in self.capabilities:
            self.held.append(key)
        if self.after:
            raise self.after.pop(0)
        return Receipt(f"ref-{key.hex[:6]}", None if self.fetched else NOW, replayed=known)

    def _holds(self, verb: str, key: UUID) -> Receipt | None:
        self.asked.append(verb)
        if self.before:
            raise self.before.pop(0)
        if self.reading:
            raise self.reading.pop(0)
        self.lag -= 1
        return Receipt(f"ref-{key.hex[:6]}", NOW) if key in self.held and self.lag < 0 else None

    def enqueue(self, message: EntryMessage) -> Receipt:
        return self._take("enqueue", message.key)

    def update(self, message: EntryMessage) -> Receipt:
        self.asked.append("update")
        return Receipt()

    def probe(self, message: EntryMessage | NoteMessage) -> Receipt | None:
        return self._holds("probe", message.key)

    def changes(self, cursor: str) -> tuple[Sequence[PeerChange], str]:
        return [], cursor

    def read(self, entry_id: UUID) -> Sequence[PeerChange]:
        return []

    def keep_subscribed(self, endpoint: str, token: str) -> None:
        self.asked.append("subscribe")

    def find_citizen(self, identifier: CitizenId) -> FoundCitizen | None:
        return None

    def file_note(self, message: NoteMessage) -> Receipt:
        return self._take("file", message.key)

    def read_back(self, message: NoteMessage) -> Receipt | None:
        found = self._holds("read-back", message.key) if self.readable else None
        return replace(found, filed_at=NOW) if found else None


class MemoryPeers:
    """``services.deliver.Peers`` with one system behind every connection."""

    def __init__(self, peer: MemoryPeer) -> None:
        self.peer = peer
        self.synthetic = False

    def gp_system(self, connection: str) -> MemoryPeer:
        return self.peer

    def eoj(self, connection: str) -> MemoryPeer:
        return self.peer

    def organisation(self, delivery: Delivery) -> Organisation:
        return ORGANISATION

    def is_synthetic(self, connection: str) -> bool:
        return self.synthetic

    def quiet_period(self, connection: str) -> timedelta:
        return QUIET


class MemoryProviders:
    """Two practices of general medicine, valid today."""

    def find(self, ydernummer: Ydernummer, on: date) -> Practice | None:
        if ydernummer not in (PRACTICE, SECOND):
            return None
        return Practice(
            ydernummer, "Lægerne Testvej", "70112244", "Testvej 1", "8000", "Aarhus C", "80", "Almen lægegerning",
            date(2020, 1, 1),
        )  # fmt: skip

    def search(self, text: str, on: date, limit: int = 20) -> Sequence[Practice]:
        return []


class MemoryPractices:
    """Open all day; reached over one connection."""

    def routes(self, ydernummer: Ydernummer) -> Sequence[str]:
        return ["gp-one"]

    def hours(self, ydernummer: Ydernummer) -> VideoHours:
        return VideoHours(switch=True)

    def set_hours(self, ydernummer: Ydernummer, hours: VideoHours, actor: Actor, at: datetime) -> None:
        raise NotImplementedError

    def state(self, ydernummer: Ydernummer, now: datetime) -> PracticeState:
        return PracticeState(True, True, Attended.UNKNOWN)

    def attend(self, clinic: UUID, ydernumre: Collection[Ydernummer], now: datetime) -> None:
        raise NotImplementedError

    def attended(self, ydernummer: Ydernummer, now: datetime) -> Attended:
        return Attended.UNKNOWN


class MemoryRooms:
    """``ports.RoomBook``: the newest heartbeat of each process, numbers only upwards."""

    def __init__(self, clock: HandClock) -> None:
        self._clock = clock
        self._numbers: dict[str, int] = {}
        self._full_at: dict[str, datetime] = {}
        self._seats: dict[str, Mapping[str, bool]] = {}

    def note(self, heartbeat: Heartbeat, now: datetime) -> bool:
        if heartbeat.number <= self._numbers.get(heartbeat.process, 0):
            return False
        self._numbers[heartbeat.process] = heartbeat.number
        for room in heartbeat.rooms:
            self._seats[room.room] = {seat.seat: seat.flowing for seat in room.seats}
            if any(seat.connected for seat in room.seats) or room.room not in self._full_at:
                self._full_at[room.room] = now
        return True

    def occupied(self, room: str) -> Mapping[str, bool]:
        return self._seats.get(room, {})

    def empty_since_before(self, moment: datetime, limit: int = 50) -> Sequence[str]:
        return [room for room, at in self._full_at.items() if at < moment][:limit]

    def look_later(self, room: str, now: datetime) -> None:
        self._full_at[room] = now
