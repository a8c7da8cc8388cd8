"""The connections an administrator sees, each with its revision in force, its health and what is owed over it.

As many rows as there are connections and undone deliveries; what is done is not read.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Engine, Row, and_, func, or_, select

from gateway.domain.errors import NotFound
from gateway.domain.oversight import Oversight
from gateway.domain.peers.overview import ConnectionLine, Owed, condition_of, worst_first
from gateway.domain.peers.owed import Standing
from gateway.domain.scope import SystemScope
from gateway.store.consultation.tables_deliveries import delivery
from gateway.store.ground.engine import transaction
from gateway.store.peers.connections import RevisionState, newest_revisions
from gateway.store.peers.health import health_of
from gateway.store.peers.tables import connection as connection_table
from gateway.store.peers.tables import connection_health
from gateway.store.watch.owed import marked

_newest = newest_revisions().subquery()
_N, _H = _newest.c, connection_health.c
_LINES = (
    select(
        _N.connection.label("name"), _N.kind, _N.owner_tenant, _N.state, _N.adapter, _N.config, _N.synthetic, _N.why,
        *(column for column in _H if column.name != "connection"),
    )
    .select_from(_newest.outerjoin(connection_health, _H.connection == _N.connection))
    .where(_N.state != str(RevisionState.RETIRED))
)  # fmt: skip
# The logins of practices and of the operator are no organisation's matter.
_IS_SHARED = and_(_N.owner_tenant.is_(None), _N.kind != "identity")
_ASK = (Standing.UNKNOWN, Standing.STUCK)


class SqlOverview:
    """Reads only."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def lines(self, oversight: Oversight, name: str = "") -> Sequence[ConnectionLine]:
        """The worst first; only that of ``name`` where one is given."""
        query = _LINES.where(_N.connection == name) if name else _LINES
        if oversight.tenant is not None:
            query = query.where(or_(_IS_SHARED, _N.owner_tenant == oversight.tenant))
        with transaction(self._engine, oversight.scope, read_only=True) as connection:
            owed = _owed(connection, oversight, name)
            lines = [_line(row, owed.get(row.name, Owed())) for row in connection.execute(query)]
        return sorted(lines, key=worst_first)

    def line(self, oversight: Oversight, name: str) -> ConnectionLine:
        """``NotFound`` for one that is not there, and for one that is another organisation's."""
        found = self.lines(oversight, name)
        if not found:
            raise NotFound("connection")
        return found[0]

    def owner_of(self, name: str) -> UUID | None:
        """Whose connection it is, whatever its state; None: the operator's."""
        owner: UUID | None = self._named(name, connection_table.c.owner_tenant)
        return owner

    def kind_of(self, name: str) -> str:
        return str(self._named(name, connection_table.c.kind))

    def label_of(self, name: str) -> str:
        """What people call it, else its name."""
        config = self._named(name, _N.config)
        return str((config or {}).get("label", name))

    def _named(self, name: str, column: Any) -> Any:
        joined = connection_table.outerjoin(_newest, _N.connection == connection_table.c.name)
        query = select(column).select_from(joined).where(connection_table.c.name == name)
        with transaction(self._engine, SystemScope(), read_only=True) as connection:
            row = connection.execute(query).one_or_none()
        if row is None:
            raise NotFound("connection")
        return row[0]


def _owed(connection: Connection, oversight: Oversight, name: str) -> dict[str, Owed]:
    rows = marked
    if oversight.tenant is not None:
        rows = rows.where(delivery.c.tenant == oversight.tenant)
    if name:
        rows = rows.where(delivery.c.connection == name)
    each = rows.subquery()
    by = (each.c.connection, each.c.standing)
    query = select(*by, func.count(), func.min(each.c.created_at)).group_by(*by)
    found: dict[str, Owed] = {}
    for where, standing, count, oldest in connection.execute(query):
        known = found.get(where, Owed())
        first = oldest if known.oldest is None else min(known.oldest, oldest)
        asks = count if Standing(standing) in _ASK else 0
        found[where] = Owed(known.waiting + count, known.asks + asks, first)
    return found


def _line(row: Row[Any], owed: Owed) -> ConnectionLine:
    health = health_of(row.name, row)
    is_paused = row.state == str(RevisionState.PAUSED)
    return ConnectionLine(
        name=row.name,
        label=str(row.config.get("label", row.name)),
        kind=row.kind,
        adapter=row.adapter,
        owner=row.owner_tenant,
        synthetic=row.synthetic,
        condition=condition_of(is_paused, health),
        health=health,
        owed=owed,
        note=row.why if is_paused else "",
    )
