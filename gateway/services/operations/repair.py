"""What a person does about deliveries that do not come through: send again, one or many at a rate, or close by hand."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from threading import Event
from uuid import UUID

from gateway.domain.consultation import undoing
from gateway.domain.consultation.aggregate import Consultation
from gateway.domain.consultation.events import DebtKind
from gateway.domain.errors import TransitionRefused
from gateway.domain.note import picturing
from gateway.domain.note.note import NoteStatus
from gateway.domain.note.still import OF_STILLS
from gateway.domain.peers.delivery import DeliveryStatus
from gateway.domain.peers.owed import OwedRow, Preview, Standing
from gateway.domain.people import Actor
from gateway.domain.scope import SystemScope
from gateway.ports.base import Clock
from gateway.ports.rows import ConsultationStore
from gateway.ports.watch import RepairBook
from gateway.services.changing import change

FASTEST = 50.0  # rows a second


@dataclass(frozen=True, slots=True)
class Replayed:
    """What a replay of many came to. ``recalled``: replayed, and back as they were when it was stopped.
    ``passed_over``: done or being attempted by then. ``left``: not reached."""

    replayed: Sequence[UUID] = field(default_factory=tuple)
    recalled: Sequence[UUID] = field(default_factory=tuple)
    passed_over: Sequence[UUID] = field(default_factory=tuple)
    left: Sequence[UUID] = field(default_factory=tuple)


def preview(rows: Iterable[OwedRow]) -> Preview:
    """What a replay of these rows would do, without doing it."""
    found = Preview()
    for row in rows:
        is_there = row.received and not row.unknown and row.fault not in OF_STILLS
        kind = found.received if is_there else found.sent
        (found.asked_first if row.unknown else kind).append(row)
    return found


def replay_many(rows: Sequence[OwedRow], rate: float, stop: Event, repairs: RepairBook) -> Replayed:
    """Make the rows due one after another, ``rate`` of them a second, until ``stop``: then nothing more is made due,
    and what nobody has attempted yet is called back."""
    done: list[OwedRow] = []
    passed_over: list[UUID] = []
    for place, row in enumerate(rows):
        if stop.is_set():
            return _stopped(done, passed_over, rows[place:], repairs)
        try:
            done.append(repairs.replay(row.id))
        except TransitionRefused:
            passed_over.append(row.id)
        stop.wait(1.0 / rate)
    if stop.is_set():
        return _stopped(done, passed_over, (), repairs)
    return Replayed([row.id for row in done], (), passed_over, ())


def _stopped(
    done: Sequence[OwedRow], passed_over: Sequence[UUID], left: Sequence[OwedRow], repairs: RepairBook
) -> Replayed:
    recalled = {row.id for row in done if row.standing is not Standing.DUE and repairs.recall(row)}
    kept = [row.id for row in done if row.id not in recalled]
    return Replayed(kept, sorted(recalled), passed_over, [row.id for row in left])


def write_by_hand(row: OwedRow, by: Actor, *, store: ConsultationStore, clock: Clock, repairs: RepairBook) -> None:
    """A person has written it at the peer herself: the note says so, and nothing more is sent.

    ``TransitionRefused`` for a note that must be taken out of a wrong citizen's record first."""

    def told(consultation: Consultation) -> Consultation:
        note = consultation.case(row.subject).current_note
        if note is None or note.version != row.version or note.status is NoteStatus.VOID:
            return consultation  # a later version goes its own way
        return undoing.written_by_hand(consultation, row.subject, clock.now(), by)

    _require_open(row, "write-by-hand")
    if row.kind == DebtKind.NOTE:
        change(store, SystemScope(), row.consultation, told)
    repairs.close(row.id, DeliveryStatus.BY_HAND)


def leave_pictures_out(row: OwedRow, by: Actor, *, store: ConsultationStore, clock: Clock, repairs: RepairBook) -> None:
    """What stands still for its pictures' sake goes without those the record does not hold: they are erased here.

    ``TransitionRefused`` for any other row."""
    if row.fault not in OF_STILLS:
        raise TransitionRefused("leave-pictures-out", str(row.status), "no-pictures")
    change(store, SystemScope(), row.consultation, lambda c: picturing.leave_out(c, clock.now(), by))
    repairs.replay(row.id)


def give_up(row: OwedRow, *, repairs: RepairBook) -> None:
    """Nothing more is sent. A note stays on its workplace's list until somebody has written it by hand."""
    repairs.close(row.id, DeliveryStatus.GIVEN_UP)


def _require_open(row: OwedRow, verb: str) -> None:
    if row.status in (DeliveryStatus.DONE, DeliveryStatus.BY_HAND):
        raise TransitionRefused(verb, str(row.status), str(row.status))
