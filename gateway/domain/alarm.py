"""What must reach a person although nobody is looking: conditions, whose matter each is, and when it counts. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from gateway.domain.register_age import RegisterAge


class AlarmKind(StrEnum):
    """What is wrong. ``subject`` of an alarm is a connection, a process, a register or a machine."""

    STUCK = "delivery-stuck"  # a person must decide
    UNKNOWN = "delivery-unknown"  # may have arrived, and nobody could say for too long
    OVERDUE = "delivery-overdue"  # on its way for too long
    LOCKED = "record-locked"  # somebody has held the record open for too long
    ILL = "connection-ill"
    SILENT = "process-silent"
    OLD_REGISTER = "register-too-old"
    DIFFERENCE = "record-differs"  # what we believe filed is not what the peer shows
    SLOW = "connection-slow"  # it answers, and takes long
    CLOCK = "clock-differs"  # a machine's clock is not the database's
    DISK = "disk-almost-full"
    WISHES = "wishes-new"  # somebody has written to her support, and nobody has looked at it
    HEADS = "audit-heads-not-kept"  # the ends of the audit's chains do not leave this system
    OVERRUN = "maintenance-overrun"  # half an hour after its end a connection does not answer yet
    ENDING = "certificate-ends"  # a certificate that a connection's settings name; ``count`` is the step it has reached
    SEARCHES = "citizen-searches-limited"  # an employee looks more citizens up than anybody's work needs
    REVIEW = "log-review-late"  # a month's sample of looks is not signed; ``count`` months


OF_A_CONNECTION = frozenset(
    {
        AlarmKind.STUCK,
        AlarmKind.UNKNOWN,
        AlarmKind.OVERDUE,
        AlarmKind.LOCKED,
        AlarmKind.ILL,
        AlarmKind.DIFFERENCE,
        AlarmKind.SLOW,
    }
)

STEPS = (1, 7, 14, 30, 60)  # days before a certificate's end at which it is said, more loudly each time
BY_STEPS = frozenset({AlarmKind.ENDING})  # said again when the count falls, and not by the hour
ONCE = frozenset({AlarmKind.REVIEW})  # not said again


class Owner(StrEnum):
    """Whose matter it is."""

    ORGANISATION = "organisation"
    OPERATIONS = "operations"


class Edge(StrEnum):
    """An alarm is told once when it starts and once when it is over, and in between every four hours."""

    START = "start"
    REMINDER = "reminder"
    END = "end"


@dataclass(frozen=True, slots=True)
class Limits:
    """How long each may last before it is an alarm."""

    overdue: timedelta = timedelta(minutes=5)
    unknown: timedelta = timedelta(minutes=15)
    ill: timedelta = timedelta(minutes=1)
    silent: timedelta = timedelta(seconds=60)
    slow: timedelta = timedelta(seconds=10)
    clock: timedelta = timedelta(seconds=30)
    disk_percent: int = 10
    searches: timedelta = timedelta(hours=1)  # so long it stays an alarm for the log review


@dataclass(frozen=True, slots=True)
class Condition:
    """Something that is wrong now. ``count`` of what; ``tenant`` is None where it is operations' matter."""

    kind: AlarmKind
    subject: str
    tenant: UUID | None
    count: int = field(default=1, compare=False)

    @property
    def owner(self) -> Owner:
        return Owner.OPERATIONS if self.tenant is None else Owner.ORGANISATION


@dataclass(frozen=True, slots=True)
class Alarm:
    """A condition from its start to its end; nothing in it is about a citizen."""

    id: UUID
    condition: Condition
    started_at: datetime
    ended_at: datetime | None = None

    @property
    def edge(self) -> Edge:
        return Edge.START if self.ended_at is None else Edge.END


@dataclass(frozen=True, slots=True)
class OwedCount:
    """Undone deliveries of one connection and tenant: how many stand still, are unknown or due for longer than their
    limits, or are due for that long because a record is locked there (those are not overdue too). Those of a paused
    connection are not overdue: that is planned."""

    connection: str
    tenant: UUID
    stuck: int
    unknown: int
    overdue: int
    locked: int = 0


@dataclass(frozen=True, slots=True)
class IllConnection:
    connection: str
    owner: UUID | None
    since: datetime


@dataclass(frozen=True, slots=True)
class Beat:
    """When the youngest process of its name was last heard of."""

    process: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Host:
    """A machine on which one of our processes runs: how far its clock is from the database's, how much of its disk is
    free."""

    name: str
    apart: timedelta = timedelta(0)
    disk_free: int = 100


@dataclass(frozen=True, slots=True)
class Pace:
    """How long the attempts at a connection took lately: the middle one of those."""

    connection: str
    owner: UUID | None
    middle: timedelta


@dataclass(frozen=True, slots=True)
class Seen:
    """Everything alarms are judged by, as of one moment."""

    owed: Sequence[OwedCount] = ()
    ill: Sequence[IllConnection] = ()
    beats: Sequence[Beat] = ()
    registers: Sequence[RegisterAge] = ()
    differences: Sequence[tuple[str, UUID | None, int]] = ()  # connection, tenant, how many
    hosts: Sequence[Host] = ()
    paces: Sequence[Pace] = ()
    stopped_searches: Sequence[tuple[UUID, int]] = ()  # tenant, how many employees
    new_wishes: Sequence[tuple[UUID | None, int]] = ()  # tenant (None: from clinics), how many
    unkept_heads: Sequence[tuple[str, datetime]] = ()  # where to, since when
    maintained: frozenset[str] = frozenset()  # connections in a window of planned maintenance
    overrun: Sequence[tuple[str, UUID | None]] = ()  # connection, owner
    ending: Sequence[tuple[str, UUID | None, int]] = ()  # connection, owner, one of ``STEPS`` or 0: it is over
    late_reviews: Sequence[tuple[UUID, int]] = ()  # tenant, how many months
    unread: frozenset[str] = frozenset()  # connections whose certificates the process that looks cannot read


def conditions(seen: Seen, now: datetime, limits: Limits) -> frozenset[Condition]:
    """What is wrong now."""
    return frozenset(
        [
            *_owed(seen.owed),
            *(Condition(AlarmKind.ILL, i.connection, i.owner) for i in seen.ill if now - i.since >= limits.ill),
            *(Condition(AlarmKind.SILENT, b.process, None) for b in seen.beats if now - b.at >= limits.silent),
            *(Condition(AlarmKind.OLD_REGISTER, r.register, None) for r in seen.registers if r.too_old),
            *(Condition(AlarmKind.DIFFERENCE, name, tenant, n) for name, tenant, n in seen.differences if n),
            *(Condition(AlarmKind.SLOW, p.connection, p.owner) for p in seen.paces if p.middle >= limits.slow),
            *(Condition(AlarmKind.CLOCK, h.name, None) for h in seen.hosts if h.apart >= limits.clock),
            *(Condition(AlarmKind.DISK, h.name, None) for h in seen.hosts if h.disk_free < limits.disk_percent),
            *(Condition(AlarmKind.SEARCHES, "citizen-search", tenant, n) for tenant, n in seen.stopped_searches),
            *(Condition(AlarmKind.OVERRUN, name, owner) for name, owner in seen.overrun),
            *(Condition(AlarmKind.ENDING, name, owner, step) for name, owner, step in seen.ending),
            *(Condition(AlarmKind.WISHES, "wishes", tenant, n) for tenant, n in seen.new_wishes),
            *(Condition(AlarmKind.REVIEW, "log-review", tenant, n) for tenant, n in seen.late_reviews),
            *(
                Condition(AlarmKind.HEADS, place, None)
                for place, since in seen.unkept_heads
                if now - since >= limits.ill
            ),
        ]
    )


def is_muted(condition: Condition, seen: Seen) -> bool:
    """About a connection in planned maintenance: it neither begins nor ends an alarm, but for the one about that. Nor
    does a process know of certificates that only another one can read."""
    if condition.kind is AlarmKind.ENDING:
        return condition.subject in seen.unread
    return condition.kind in OF_A_CONNECTION and condition.subject in seen.maintained


def _owed(counts: Iterable[OwedCount]) -> Iterator[Condition]:
    for one in counts:
        late = ((AlarmKind.OVERDUE, one.overdue), (AlarmKind.LOCKED, one.locked))
        found = ((AlarmKind.STUCK, one.stuck), (AlarmKind.UNKNOWN, one.unknown), *late)
        yield from (Condition(kind, one.connection, one.tenant, n) for kind, n in found if n)
