"""What was refused, as rows of the audit (D14): bounded, so that nobody fills the trail by knocking.

Each session, system and address is given so many rows a minute, and all together so many (rate_limits.py); beyond that
the log alone says that there was more.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import suppress
from typing import TYPE_CHECKING
from uuid import UUID

from gateway.domain.errors import AccessRefused, LaunchRefused, NotFound, TooOften
from gateway.domain.people import Actor, ActorKind
from gateway.domain.records import REFUSED as REFUSED
from gateway.domain.records import AuditRow
from gateway.domain.room import NotLetIn
from gateway.ports.doors import NotServed, Reply
from gateway.rate_limits import Per, What
from gateway.store.ground.engine import UNAVAILABLE

if TYPE_CHECKING:
    from gateway.wiring import Gateway

UNPROVED = "unproved"
MOST_ROOMS = 50  # rows of one heartbeat
LONGEST = 200


def record(gateway: Gateway, row: AuditRow, whose: Mapping[Per, str]) -> None:
    """A database that is away does not change what the caller is answered."""
    if gateway.rate_limits.allows(What.REFUSAL, {**whose, Per.ALL: ""}):
        with suppress(*UNAVAILABLE):
            gateway.store.record_audit(row)


def why_refused(fault: Exception, reply: Reply | None, caller: str) -> str:
    """Why a call at a door was refused to ``caller`` ("" proved nothing); "" where it only could not be served."""
    if isinstance(fault, (TooOften, NotServed, *UNAVAILABLE)):
        return ""
    if reply is None:
        return _named(fault) if isinstance(fault, LaunchRefused | AccessRefused | NotFound) else ""
    denied = reply.status in (401, 403) or reply.foreign
    if denied or (caller and reply.status == 404) or (not caller and reply.reason):
        return (reply.reason or str(reply.status))[:LONGEST]
    return ""


def _named(fault: Exception) -> str:
    return str(getattr(fault, "reason", "") or "not-found")[:LONGEST]


def at_door(gateway: Gateway, address: str, adapter: str, caller: str, why: str) -> AuditRow:
    """``address`` as the door names it, without its values."""
    who = Actor(ActorKind.PEER, caller or UNPROVED)
    return AuditRow(gateway.clock.now(), who, "", REFUSED, address or "line", basis=why, channel=adapter)


def at_media(gateway: Gateway, process: str, refused: Iterable[NotLetIn]) -> None:
    """Those who asked a media process for a seat and got none."""
    who = Actor(ActorKind.PEER, UNPROVED)
    for each in list(refused)[:MOST_ROOMS]:
        why = each.reason if each.count == 1 else f"{each.reason}, {each.count} times"
        talk, now = _talk_in(gateway, each.room), gateway.clock.now()
        row = AuditRow(now, who, "", REFUSED, "/signal", talk, basis=why[:LONGEST], channel="media")
        record(gateway, row, {Per.SYSTEM: process})


def _talk_in(gateway: Gateway, room: str) -> UUID | None:
    """The consultation whose room that is, where there is one."""
    if room:
        with suppress(NotFound, *UNAVAILABLE):
            return gateway.store.load_by_room(room).id
    return None
