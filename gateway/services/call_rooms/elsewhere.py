"""A call in a room that another system keeps: who may go there, when both have gone the talk begins, and what happens
where no room comes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Protocol

from gateway.domain.call_room import CallRoom, OutsideRoom, RoomStanding, Stage, room_key
from gateway.domain.consultation import ringing
from gateway.domain.consultation.aggregate import Consultation, Status
from gateway.domain.consultation.queue_entry import EntryStatus
from gateway.domain.errors import PeerBusy, PeerError, PeerUnavailable, PeerUnclear, TransitionRefused
from gateway.domain.identifiers import Ydernummer
from gateway.domain.people import SYSTEM
from gateway.domain.records import AuditRow
from gateway.domain.room import JoinTicket
from gateway.domain.scope import Scope, SystemScope
from gateway.ports.call_rooms import CallRooms
from gateway.services.act import Acting
from gateway.services.call import Chair, take_seat
from gateway.services.changing import change, load_for_change

PATIENCE = timedelta(seconds=20)  # a ring lasts sixty: both sides know in time where they talk
LOOK_AGAIN = timedelta(seconds=1)
CLOSE_AGAIN = timedelta(seconds=10)
GIVE_UP = timedelta(hours=24)  # VDX ends a meeting at its own end time long before
LEASE = timedelta(seconds=30)
_MAY_PASS = (PeerBusy, PeerUnclear, PeerUnavailable)  # anything else will not give a room by being asked again


class OutsideBook(Protocol):
    def want(self, room: str, connection: str, at: datetime) -> OutsideRoom: ...

    def find(self, room: str) -> OutsideRoom | None: ...

    def claim_wanted(self, now: datetime, lease: timedelta) -> Sequence[OutsideRoom]: ...

    def claim_over(self, now: datetime, lease: timedelta) -> Sequence[OutsideRoom]: ...

    def keep(self, room: str, found: CallRoom, stage: Stage, due: datetime) -> None: ...

    def settle(self, room: str, stage: Stage, due: datetime) -> None: ...

    def forget(self, before: datetime) -> int: ...


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """``keeper_of``: the connection that keeps the rooms of a practice's calls ("" = our own media); ``keeper``: its
    adapter."""

    book: OutsideBook
    keeper_of: Callable[[Ydernummer, bool], str]
    keeper: Callable[[str], CallRooms]


@dataclass(frozen=True, slots=True)
class Entered:
    """Where the caller goes: by a ticket into our own media, or into ``room``. ``fell_back``: our own after all."""

    ticket: JoinTicket | None = None
    room: OutsideRoom | None = None
    fell_back: bool = False


def enter(
    scope: Scope,
    found: Consultation,
    by: Acting[Chair],
    elsewhere: Elsewhere,
    *,
    look: bool = False,
    audit: Sequence[AuditRow] = (),
) -> Entered:
    """``look``: the caller asks how far the room elsewhere is, and takes no seat. Without it she goes in now: into our
    own media by a ticket, or into the room elsewhere where it is ready."""
    room = room_of(scope, found, by, elsewhere)
    if room is None or not room.is_elsewhere:
        ticket = None if look else take_seat(scope, found, by, audit=audit)
        return Entered(ticket, fell_back=room is not None and room.stage is Stage.OWN)
    if not look and room.stage is Stage.READY:
        take_seat(scope, found, by, audit=audit)
        change(by.ports.store, SystemScope(), found.id, lambda c: _both_there(c, by.at))
    return Entered(room=room)


def room_of(scope: Scope, found: Consultation, by: Acting[Chair], elsewhere: Elsewhere) -> OutsideRoom | None:
    """The row of a call whose practice talks elsewhere; None where our own media has it. A citizen alone at her own
    device stays here: nobody beside her could help her into another system."""
    entry = found.entry
    keeper = elsewhere.keeper_of(entry.ydernummer, found.synthetic) if entry else ""
    if not keeper or found.with_citizen:
        return None
    # A clinic's view does not name our room.
    whole = found if found.room else load_for_change(by.ports.store, scope, found.id)
    if whole.status not in (Status.CALLING, Status.IN_CALL):
        raise TransitionRefused("join", str(whole.status), "no-call")
    return elsewhere.book.want(whole.room, keeper, by.at)


def _both_there(consultation: Consultation, at: datetime) -> Consultation:
    """Nobody tells us of the media there: the talk begins when both sides have gone into the room."""
    sides = {seat.role == "clinic" for seat in consultation.seats}
    entry = consultation.entry
    rings = entry is not None and entry.status is EntryStatus.ACCEPTED
    if consultation.status is not Status.CALLING or not rings or sides != {True, False}:
        return consultation
    present = {seat.participant_id for seat in consultation.seats}
    return ringing.start_talk(consultation, at, SYSTEM, present)


def prepare(row: OutsideRoom, elsewhere: Elsewhere, at: datetime) -> PeerError | None:
    """Open the room, or look how far it is. After ``PATIENCE``, or where the other system says no, the call is held in
    our own media. What was met is given back for the connection's health."""
    late = at - row.begun_at > PATIENCE
    try:
        keeper = elsewhere.keeper(row.connection)
        found = keeper.look(row.reference) if row.reference else keeper.open(room_key(row.room), at)
    except PeerError as fault:
        own = late or not isinstance(fault, _MAY_PASS)
        elsewhere.book.settle(row.room, Stage.OWN if own else Stage.WANTED, at + LOOK_AGAIN)
        return fault
    if found.standing is RoomStanding.READY:
        elsewhere.book.keep(row.room, found, Stage.READY, at)
    elif late or found.standing in (RoomStanding.CLOSING, RoomStanding.GONE):
        elsewhere.book.keep(row.room, replace(found, link="", host_pin=""), Stage.OWN, at)
    else:
        elsewhere.book.keep(row.room, replace(found, link="", host_pin=""), Stage.WANTED, at + LOOK_AGAIN)
    return None


def remove(row: OutsideRoom, elsewhere: Elsewhere, at: datetime) -> PeerError | None:
    """After the call. A room whose opening was never answered is looked for under the key it was asked for by."""
    reference = row.reference or str(room_key(row.room))
    try:
        left = elsewhere.keeper(row.connection).close(reference, at).standing is not RoomStanding.GONE
    except PeerError as fault:
        given_up = at - row.begun_at > GIVE_UP or not isinstance(fault, _MAY_PASS)
        elsewhere.book.settle(row.room, Stage.REMOVED if given_up else row.stage, at + CLOSE_AGAIN)
        return fault
    elsewhere.book.settle(row.room, row.stage if left else Stage.REMOVED, at + CLOSE_AGAIN)
    return None
