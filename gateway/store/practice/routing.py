"""By which connections a practice is reached, and by which rule: the most specific one that says anything decides.

The ydernummer itself, then the location number or SOR id of its unit, then its system's supplier (SOR), then the
connection that serves whoever is left. A rule that two connections claim routes nothing: it is said, not guessed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Connection, Row, Select, bindparam, select

from gateway.domain.identifiers import Ydernummer
from gateway.domain.location import SorUnit
from gateway.store.peers import tables as peer_tables
from gateway.store.peers.connections import RevisionState, newest_revisions
from gateway.store.practice import tables as practice_tables
from gateway.store.register.sor import ACTIVE_IMPORT, unit_of
from gateway.store.register.tables import sor_unit

Rule = tuple[Row[Any], Mapping[str, Any]]  # a practice system's revision in force, and whom its stanza serves
SERVES = "serves"  # in a connection's stanza: gln = [], sor = [], supplier = [], default = true


@dataclass(frozen=True, slots=True)
class Routed:
    """``connections``: (name, adapter) in order. ``rule``: ydernummer, gln, sor, supplier, default or "" for none.
    ``claimed_by``: the connections between which the rule does not decide; then there are none."""

    connections: Sequence[tuple[str, str]] = ()
    rule: str = ""
    claimed_by: tuple[str, ...] = ()


def active_gp_systems() -> Select[Any]:
    """The revision in force of each practice system that is in use."""
    revision, enrolled = peer_tables.connection_revision, peer_tables.connection
    return newest_revisions().where(revision.c.state == RevisionState.ACTIVE, enrolled.c.kind == "gp_system")


ALL_ACTIVE = active_gp_systems().order_by(peer_tables.connection_revision.c.connection)
_ACTIVE = active_gp_systems().subquery("active")
_GIVEN = practice_tables.practice_connection.c
_OWN = (
    select(_GIVEN.connection, _ACTIVE.c.connection.label("name"), _ACTIVE.c.adapter)
    .select_from(practice_tables.practice_connection.outerjoin(_ACTIVE, _ACTIVE.c.connection == _GIVEN.connection))
    .where(_GIVEN.ydernummer == bindparam("ydernummer"))
    .order_by(_GIVEN.position)
)


def routed(connection: Connection, ydernummer: Ydernummer, on: date) -> Routed:
    """A practice that was given connections of its own is reached by those alone, also while all of them rest."""
    own = connection.execute(_OWN, {"ydernummer": ydernummer.digits}).all()
    if own:
        return Routed([(row.name, row.adapter) for row in own if row.name], "ydernummer")
    return by_rules(connection, ydernummer, on)


def by_rules(connection: Connection, ydernummer: Ydernummer, on: date) -> Routed:
    """Of a practice that was given no connection of its own."""
    rules = rules_of(connection.execute(ALL_ACTIVE))
    if not rules:
        return Routed()
    return decided(rules, _is_synthetic(connection, ydernummer), _unit(connection, ydernummer, on))


def rules_of(active: Iterable[Row[Any]]) -> list[Rule]:
    """Which practice systems in use serve whom."""
    return [(row, row.config[SERVES]) for row in active if row.config.get(SERVES)]


def decided(rules: Sequence[Rule], invented: bool, unit: SorUnit | None) -> Routed:
    """By the rules for an invented or a real practice with that unit."""
    same = [(row, serves) for row, serves in rules if row.synthetic is invented]
    for rule, said in _said_of(unit):
        found = [(row.connection, row.adapter) for row, serves in same if _claims(serves, rule, said)]
        if len(found) > 1:
            return Routed((), rule, tuple(name for name, _ in found))
        if found:
            return Routed(found, rule)
    return Routed()


def assigned(connection: Connection, ydernummer: Ydernummer) -> Sequence[str]:
    """The connections given to the practice by name, in order, whatever their state."""
    route = practice_tables.practice_connection
    query = select(route.c.connection).where(route.c.ydernummer == ydernummer.digits).order_by(route.c.position)
    return connection.execute(query).scalars().all()


def _is_synthetic(connection: Connection, ydernummer: Ydernummer) -> bool:
    table = practice_tables.practice_profile
    query = select(table.c.synthetic).where(table.c.ydernummer == ydernummer.digits)
    return bool(connection.execute(query).scalar_one_or_none())


def _unit(connection: Connection, ydernummer: Ydernummer, on: date) -> SorUnit | None:
    query = select(sor_unit).where(sor_unit.c.import_id == ACTIVE_IMPORT, sor_unit.c.ydernummer == ydernummer.digits)
    return valid_unit([unit_of(row) for row in connection.execute(query)], on)


def valid_unit(units: Iterable[SorUnit], on: date) -> SorUnit | None:
    """The one valid on the day that began last."""
    return max((u for u in units if u.valid_on(on)), key=lambda unit: unit.valid_from, default=None)


def _said_of(unit: SorUnit | None) -> Sequence[tuple[str, str]]:
    """What can be asked of the rules, the most specific first."""
    if unit is None:
        return [("default", "")]
    said = [("gln", str(unit.gln) if unit.gln else ""), ("sor", str(unit.sor_id)), ("supplier", unit.supplier)]
    return [*((rule, value) for rule, value in said if value), ("default", "")]


def _claims(serves: Mapping[str, Any], rule: str, said: str) -> bool:
    return bool(serves.get("default")) if rule == "default" else said in serves.get(rule, ())
