"""Who of an organisation has had access, and where she may see what colleagues share: a page at a time, chosen and
ordered by the database, so that a page costs the same however many there are."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Boolean, Connection, Engine, and_, bindparam, exists, literal_column, or_, select, text, tuple_

from gateway.domain.scope import SystemScope
from gateway.domain.uptake.access import Asked, Holder, Mark, Some
from gateway.store.ground.crypto import Vault
from gateway.store.ground.engine import transaction
from gateway.store.people.tables import barring, employee, workplace_grant
from gateway.store.people.tables_organisations import workplace
from gateway.store.people.workplace_grants import ADMINISTRATOR

PAGE = 50
EVER, NEVER = datetime(1, 1, 1, tzinfo=UTC), datetime(9999, 1, 1, tzinfo=UTC)
LAST = UUID(int=2**128 - 1)
_E, _G, _P, _B = employee.c, workplace_grant.c, workplace.c, barring.c
_AFTER: Any = bindparam("after", type_=_E.id.type)
_THIS: Any = bindparam("tenant", type_=_E.tenant.type)
_THESE: Any = bindparam("these", expanding=True)
_ASKED = (
    _E.first_seen_at < bindparam("known"),
    _E.last_seen_at >= bindparam("since"),
    _E.last_seen_at < bindparam("until"),
)
_NEWEST = (
    select(_E.id, _E.first_seen_at)
    .where(
        _E.tenant == _THIS,
        tuple_(_E.first_seen_at, _E.id) < tuple_(bindparam("seen", type_=_E.first_seen_at.type), _AFTER),
        *_ASKED,
    )
    .order_by(_E.first_seen_at.desc(), _E.id.desc())
    .limit(PAGE + 1)
)
_SHE: Any = and_(_E.tenant == _G.tenant, _E.id == _G.employee)
_UNUSED = (
    select(_G.employee.label("id"))
    .distinct()
    .where(
        _G.tenant == _THIS,
        _G.source == literal_column(f"'{ADMINISTRATOR}'"),  # as the index over these says
        _G.employee > _AFTER,
        ~exists().where(_SHE),
    )
    .order_by(_G.employee)
    .limit(PAGE + 1)
)
_AT_PLACE = (
    select(_G.employee.label("id"))
    .distinct()
    .join(employee, _SHE, isouter=True)
    .where(_G.tenant == _THIS, _G.workplace == bindparam("place", type_=_P.id.type), _G.employee > _AFTER)
    .where(or_(and_(_E.id.is_(None), bindparam("unused", type_=Boolean())), and_(*_ASKED)))
    .order_by(_G.employee)
    .limit(PAGE + 1)
)
_PEOPLE = select(_E.id, _E.name, _E.role, _E.first_seen_at, _E.last_seen_at).where(
    _E.tenant == _THIS, _E.id.in_(_THESE)
)
_GRANTS = (
    select(_G.employee, _G.source, _P.name)
    .join(workplace, and_(_P.tenant == _G.tenant, _P.id == _G.workplace))
    .where(_G.tenant == _THIS, _G.employee.in_(_THESE), _P.listed)
    .order_by(_G.employee, _P.name)
)
_BARRED = select(_B.person, _B.barred_at).where(_B.person.in_(_THESE))


class SqlAccess:
    """Reads only."""

    def __init__(self, engine: Engine, vault: Vault) -> None:
        self._engine = engine
        self._vault = vault

    def some(self, tenant: UUID, asked: Asked, now: datetime, after: Mark | None = None) -> Some:
        """A page of those who ever logged in, the newest first, and last whoever was granted a workplace and never
        has; of one workplace in the order of their ids."""
        with transaction(self._engine, SystemScope(), read_only=True) as connection:
            _follow_indexes(connection)
            marks = _marks(connection, {"tenant": tenant, **_limits(asked, now)}, asked, after)
            ids = [mark.id for mark in marks[:PAGE]]
            people = {row.id: row for row in connection.execute(_PEOPLE, {"tenant": tenant, "these": ids})}
            places = _places(connection, tenant, ids)
            barred = {
                row.person: row.barred_at for row in connection.execute(_BARRED, {"these": [str(id) for id in ids]})
            }
        found = [self._holder(tenant, id, people.get(id), places.get(id, ()), barred.get(str(id))) for id in ids]
        return Some(found, marks[PAGE - 1] if len(marks) > PAGE else None)

    def _holder(
        self, tenant: UUID, id: UUID, row: Any, places: Sequence[tuple[str, bool]], barred: datetime | None
    ) -> Holder:
        if row is None:
            return Holder(str(id), "", "", tuple(places), None, None, barred)
        name = self._vault.unseal(row.name, table="employee", column="name", row=id, tenant=tenant)
        return Holder(str(id), name, row.role, tuple(places), row.first_seen_at, row.last_seen_at, barred)


def _follow_indexes(connection: Connection) -> None:
    """PostgreSQL takes what row-level security lets through for very little, and would read and sort all of it."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SET LOCAL enable_sort = off"))


def _limits(asked: Asked, now: datetime) -> dict[str, Any]:
    """When she was first and last seen, and whether somebody counts who never was."""
    since, until = asked.seen(now)
    return {
        "known": asked.known_before or NEVER,
        "since": since or EVER,
        "until": until or NEVER,
        "unused": asked.takes_unused,
    }


def _marks(connection: Connection, limits: dict[str, Any], asked: Asked, after: Mark | None) -> list[Mark]:
    """Of a page and one more."""
    if asked.place is not None:
        at = {"place": asked.place, "after": after.id if after else UUID(int=0)}
        return [Mark(None, id) for id in connection.execute(_AT_PLACE, limits | at).scalars()]
    found = list(_newest(connection, limits, after)) if asked.takes_used and (after is None or after.seen) else []
    if len(found) > PAGE or not asked.takes_unused:
        return found
    behind = after.id if after and not after.seen else UUID(int=0)
    unused = connection.execute(_UNUSED, {"tenant": limits["tenant"], "after": behind}).scalars()
    return [*found, *(Mark(None, id) for id in unused)][: PAGE + 1]


def _newest(connection: Connection, limits: dict[str, Any], after: Mark | None) -> Iterator[Mark]:
    begin = {"seen": after.seen, "after": after.id} if after else {"seen": NEVER, "after": LAST}
    return (Mark(row.first_seen_at, row.id) for row in connection.execute(_NEWEST, limits | begin))


def _places(connection: Connection, tenant: UUID, ids: Sequence[UUID]) -> dict[UUID, list[tuple[str, bool]]]:
    """By name; whether an administrator has granted it."""
    found: dict[UUID, list[tuple[str, bool]]] = {}
    for row in connection.execute(_GRANTS, {"tenant": tenant, "these": ids}):
        found.setdefault(row.employee, []).append((row.name, row.source == ADMINISTRATOR))
    return found
