"""The queue as a practice's system fetches it, where it calls us instead of being called.

The cursor is the number of an event. Numbers are given out before the commit, so one may become visible late: the
cursor stays below a gap until it is filled, or older than any transaction may live.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from gateway.domain.consultation.aggregate import Consultation
from gateway.domain.errors import NotFound
from gateway.domain.identifiers import Ydernummer
from gateway.domain.organisation import Organisation
from gateway.domain.peers.messages import EntryMessage, PeerChange, PeerVerb
from gateway.domain.records import StoredEvent
from gateway.domain.scope import SystemScope
from gateway.ports.base import Clock
from gateway.ports.calling import Fetched
from gateway.ports.rows import ConsultationStore
from gateway.services.compose import entry_message
from gateway.services.practice_side import peer_changes

PAGE = 500
TOO_FAR = 5_000  # behind this many events the whole queue is less work
LOOK_BACK = 100
GAP = timedelta(seconds=6)  # a transaction lives 5 s at most (store/engine.py)
SILENT = frozenset(("received", "seen", "claim-refused"))  # nothing the practice does not know already


@dataclass(frozen=True, slots=True)
class Practice:
    """The connection that fetches, and the practices it serves."""

    connection: str
    ydernumre: Collection[Ydernummer]
    organisation_of: Callable[[UUID], Organisation]
    link_base: str


def fetch(practice: Practice, after: int | None, *, store: ConsultationStore, clock: Clock) -> Fetched:
    """What changed after event ``after``; the whole queue without one, or where that is too long ago.

    What is shown here for the first time is received."""
    latest = store.latest_seq()
    if after is None or not 0 <= latest - after <= TOO_FAR:
        found = _whole(practice, latest, store, clock.now())
    else:
        found = _changed(practice, after, store, clock.now())
    for message, _ in found.messages:
        _note_received(message, practice.connection, store, clock)
    return found


def entry_of(
    practice: Practice, entry_id: UUID, *, store: ConsultationStore, clock: Clock
) -> tuple[EntryMessage, UUID]:
    """One entry and its consultation. ``NotFound`` where it was not sent over this connection."""
    consultation = store.load_by_entry(SystemScope(), entry_id)
    for message in _messages(practice, consultation):
        if message.entry.id == entry_id:
            _note_received(message, practice.connection, store, clock)
            return message, consultation.id
    raise NotFound("entry")


def _whole(practice: Practice, latest: int, store: ConsultationStore, now: datetime) -> Fetched:
    recent = store.events_after(max(0, latest - LOOK_BACK), PAGE)
    cursor = settled(recent, max(0, latest - LOOK_BACK), now)
    consultations = store.at_clinic(practice.ydernumre, now)
    found = [(m, c.id) for c in consultations for m in _messages(practice, c) if not m.entry.status.ended]
    return Fetched(found, cursor, complete=True)


def _changed(practice: Practice, after: int, store: ConsultationStore, now: datetime) -> Fetched:
    events = store.events_after(after, PAGE)
    ours = {y.digits for y in practice.ydernumre}
    ids = dict.fromkeys(e.consultation for e in events if _concerns(e, ours))
    found = [(message, id) for id in ids for message in _messages(practice, store.load(SystemScope(), id))]
    cursor = settled(events, after, now)
    return Fetched(found, cursor, complete=False, more=len(events) == PAGE and cursor > after)


def _concerns(event: StoredEvent, ours: Collection[str]) -> bool:
    """Also what has followed its practice to another connection: the former one is told that it is over there."""
    return event.kind == "connection-changed" or (event.ydernummer in ours and event.kind not in SILENT)


def settled(events: Iterable[StoredEvent], after: int, now: datetime) -> int:
    """The number up to which nothing can come late any more."""
    low = after
    for event in events:
        if event.seq != low + 1 and (event.at is None or now - event.at <= GAP):
            break
        low = event.seq
    return low


def _messages(practice: Practice, consultation: Consultation) -> list[EntryMessage]:
    organisation = practice.organisation_of(consultation.tenant)
    sent = [entry for entry in consultation.entries if practice.connection in entry.connections]
    return [entry_message(consultation, entry.id, organisation, practice.link_base) for entry in sent]


def _note_received(message: EntryMessage, connection: str, store: ConsultationStore, clock: Clock) -> None:
    if message.entry.received_at is None and not message.entry.status.ended:
        claim = PeerChange(message.entry.id, PeerVerb.RECEIVED, clock.now())
        peer_changes.apply(claim, connection, store=store, clock=clock)
