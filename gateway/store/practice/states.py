"""The states of many practices at once, for a process with open pages at all of them: each table is asked once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Row, Select, bindparam, select

from gateway.domain.identifiers import Ydernummer
from gateway.domain.location import SorUnit
from gateway.domain.practice import PracticeState, danish_day
from gateway.store.peers import tables as peer_tables
from gateway.store.practice import routing
from gateway.store.practice import tables as practice_tables
from gateway.store.practice.state import RECENTLY, VALID, Facts, since, told
from gateway.store.register.sor import ACTIVE_IMPORT, unit_of
from gateway.store.register.tables import sor_unit

A_PASS = 500  # practices asked about in one statement
_profile = practice_tables.practice_profile.c
_route = practice_tables.practice_connection.c
_attendance = practice_tables.practice_attendance.c
_substitution = practice_tables.substitution.c
_health = peer_tables.connection_health.c
_THESE: Any = bindparam("these", expanding=True)
_PROFILES: Select[Any] = select(
    _profile.ydernummer, _profile.hours, _profile.agreement, _profile.direct_phone, _profile.synthetic
).where(_profile.ydernummer.in_(_THESE))
_ROUTES = select(_route.ydernummer, _route.connection).where(_route.ydernummer.in_(_THESE)).order_by(_route.position)
_LOOKED = select(_attendance.ydernummer).where(_attendance.ydernummer.in_(_THESE), RECENTLY).distinct()
_SUBSTITUTES = (
    select(_substitution.ydernummer, _substitution.substitute)
    .where(_substitution.ydernummer.in_(_THESE), VALID)
    .order_by(_substitution.substitute)
)
_UNITS = select(sor_unit).where(sor_unit.c.import_id == ACTIVE_IMPORT, sor_unit.c.ydernummer.in_(_THESE))
_FAILING = select(_health.connection).where(_health.failing_since.is_not(None))


@dataclass(frozen=True, slots=True)
class _Systems:
    """Practice systems in use, and those that do not answer."""

    active: Sequence[Row[Any]]
    failing: frozenset[str]

    def named(self, names: Sequence[str]) -> list[tuple[str, str]]:
        adapters = {row.connection: row.adapter for row in self.active}
        return [(name, adapters[name]) for name in names if name in adapters]


def practice_states(
    connection: Connection, ydernumre: Collection[Ydernummer], now: datetime
) -> dict[Ydernummer, PracticeState]:
    """What ``state.practice_state`` says of each."""
    wanted = sorted(each.digits for each in ydernumre)
    if not wanted:
        return {}
    active = connection.execute(routing.ALL_ACTIVE).all()
    systems = _Systems(active, frozenset(connection.execute(_FAILING).scalars()))
    found: dict[Ydernummer, PracticeState] = {}
    for first in range(0, len(wanted), A_PASS):
        found |= _some(connection, wanted[first : first + A_PASS], systems, now)
    return found


def _some(
    connection: Connection, wanted: Sequence[str], systems: _Systems, now: datetime
) -> dict[Ydernummer, PracticeState]:
    day = danish_day(now)
    values = {"these": wanted, "day": day, "recently": since(now)}
    profiles = {row.ydernummer: row for row in connection.execute(_PROFILES, values)}
    given, substitutes = _grouped(connection, _ROUTES, values), _grouped(connection, _SUBSTITUTES, values)
    looked = frozenset(connection.execute(_LOOKED, values).scalars())
    by_rule = _by_rules(connection, [each for each in wanted if each not in given], systems, profiles, day)
    return {
        Ydernummer(each): told(
            Facts(
                profiles.get(each),
                by_rule[each] if each in by_rule else systems.named(given[each]),
                systems.failing,
                each in looked,
                substitutes.get(each, ()),
            ),
            now,
        )
        for each in wanted
    }


def _grouped(connection: Connection, query: Select[Any], values: Mapping[str, Any]) -> dict[str, list[str]]:
    """The second column's values by the first one's, in the order of the query."""
    found = defaultdict[str, list[str]](list)
    for ydernummer, value in connection.execute(query, values):
        found[ydernummer].append(value)
    return dict(found)


def _by_rules(
    connection: Connection, wanted: Sequence[str], systems: _Systems, profiles: Mapping[str, Row[Any]], day: date
) -> dict[str, Sequence[tuple[str, str]]]:
    rules = routing.rules_of(systems.active)
    if not rules or not wanted:
        return dict.fromkeys(wanted, ())
    units = defaultdict[str, list[SorUnit]](list)
    for row in connection.execute(_UNITS, {"these": wanted}):
        units[row.ydernummer].append(unit_of(row))
    invented = {each: bool(row.synthetic) for each, row in profiles.items()}
    return {
        each: routing.decided(rules, invented.get(each, False), routing.valid_unit(units[each], day)).connections
        for each in wanted
    }
