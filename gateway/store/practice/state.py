"""Everything the nurse is told about a practice before the queue (D8), in one statement: by which connections it is
reached and whether they answer, its hours and choices, who looks, and who substitutes."""

from __future__ import annotations

from collections.abc import Sequence, Set
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Date, Row, Select, String, and_, bindparam, exists, or_, select

from gateway.domain.identifiers import Ydernummer
from gateway.domain.practice import CLOSING_SOON, AgreementPolicy, Attended, PracticeState, VideoHours, danish_day
from gateway.store.peers import tables as peer_tables
from gateway.store.practice import routing
from gateway.store.practice import tables as practice_tables
from gateway.store.practice.hours import hours_of

ATTENDANCE = timedelta(seconds=60)
BROWSER = "browser"  # the adapter of clinics that use our own waiting-room page: whoever looks there, we see

_profile = practice_tables.practice_profile.c
_route = practice_tables.practice_connection.c
_health = peer_tables.connection_health.c
_attendance = practice_tables.practice_attendance.c
_substitution = practice_tables.substitution.c
_THIS = select(bindparam("ydernummer", type_=String).label("ydernummer")).subquery("this")
_DAY = bindparam("day", type_=Date)
VALID = and_(_substitution.valid_from <= _DAY, or_(_substitution.valid_to.is_(None), _substitution.valid_to > _DAY))
RECENTLY = _attendance.seen_at > bindparam("recently", type_=_attendance.seen_at.type)
_LOOKED = exists().where(_attendance.ydernummer == _THIS.c.ydernummer, RECENTLY)
_ACTIVE = routing.active_gp_systems().subquery("active")
# A row for each pair of a connection and a substitute; NULLs where there is none.
_STATE: Select[Any] = (
    select(
        _profile.ydernummer.label("profile"),
        _profile.hours,
        _profile.agreement,
        _profile.direct_phone,
        _profile.synthetic,
        _route.connection.label("assigned"),
        _ACTIVE.c.connection,
        _ACTIVE.c.adapter,
        _health.failing_since,
        _substitution.substitute,
        _LOOKED.label("looked"),
    )
    .select_from(
        _THIS.outerjoin(practice_tables.practice_profile, _profile.ydernummer == _THIS.c.ydernummer)
        .outerjoin(practice_tables.practice_connection, _route.ydernummer == _THIS.c.ydernummer)
        .outerjoin(_ACTIVE, _ACTIVE.c.connection == _route.connection)
        .outerjoin(peer_tables.connection_health, _health.connection == _ACTIVE.c.connection)
        .outerjoin(practice_tables.substitution, and_(_substitution.ydernummer == _THIS.c.ydernummer, VALID))
    )
    .order_by(_route.position, _substitution.substitute)
)
_FAILING = select(_health.connection).where(
    _health.connection.in_(bindparam("names", expanding=True)), _health.failing_since.is_not(None)
)


def practice_state(connection: Connection, ydernummer: Ydernummer, now: datetime) -> PracticeState:
    """A practice without connections of its own is reached by rules (routing.py), which take further statements."""
    day = danish_day(now)
    values = {"ydernummer": ydernummer.digits, "day": day, "recently": since(now)}
    rows: Sequence[Row[Any]] = connection.execute(_STATE, values).all()
    first = rows[0]
    if first.assigned is not None:
        routes = list(dict.fromkeys((row.connection, row.adapter) for row in rows if row.connection))
        failing = {row.connection for row in rows if row.failing_since is not None}
    else:
        routes = list(routing.by_rules(connection, ydernummer, day).connections)
        names = [name for name, _ in routes]
        failing = set(connection.execute(_FAILING, {"names": names}).scalars()) if names else set()
    profile = first if first.profile is not None else None
    substitutes = [digits for digits in dict.fromkeys(row.substitute for row in rows) if digits]
    return told(Facts(profile, routes, failing, bool(first.looked), substitutes), now)


def since(now: datetime) -> datetime:
    """Whoever looked after it looks."""
    return now - ATTENDANCE


@dataclass(frozen=True, slots=True)
class Facts:
    """``profile``: hours, agreement, direct_phone and synthetic, None where nobody has said any. ``routes``: name and
    adapter. ``failing``: names of connections that do not answer."""

    profile: Row[Any] | None
    routes: Sequence[tuple[str, str]]
    failing: Set[str]
    looked: bool
    substitutes: Sequence[str]


def told(facts: Facts, now: datetime) -> PracticeState:
    profile, routes = facts.profile, facts.routes
    hours = hours_of(profile.hours) if profile else VideoHours()
    closes_at = hours.closes_at(now)
    return PracticeState(
        connected=bool(routes),
        open=hours.is_open(now),
        attended=attended(facts.looked, routes),
        reopens_at=hours.reopens_at(now),
        closes_at=closes_at,
        reachable=not routes or any(name not in facts.failing for name, _ in routes),
        agreement=AgreementPolicy(profile.agreement) if profile else AgreementPolicy.RECOMMENDED,
        direct_phone=profile.direct_phone if profile else "",
        agreed_only=hours.agreed_only,
        paused_until=hours.paused_until if hours.is_paused(now) else None,
        holiday=hours.on_holiday(now),
        closing=closes_at is not None and closes_at - now <= CLOSING_SOON,
        substitutes=tuple(map(Ydernummer, facts.substitutes)),
        synthetic=bool(profile.synthetic) if profile else None,
        connections=tuple(name for name, _ in routes),
    )


def attended(looked: bool, routes: Sequence[tuple[str, str]]) -> Attended:
    """An integrated system that answers is not a person who looks, so where one is among the routes we only know
    that somebody is there, never that nobody is."""
    if looked:
        return Attended.YES
    integrated = any(adapter != BROWSER for _, adapter in routes)
    return Attended.UNKNOWN if integrated else Attended.NO


_LOOKED_AT = select(_attendance.clinic).where(_attendance.ydernummer == bindparam("ydernummer"), RECENTLY)


def is_looked_at(connection: Connection, ydernummer: Ydernummer, now: datetime) -> bool:
    values = {"ydernummer": ydernummer.digits, "recently": since(now)}
    return connection.execute(_LOOKED_AT.limit(1), values).first() is not None
