"""The looks of a month, read in passes of a limited number of rows, and what is held of what was looked at."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Engine, bindparam, or_, select

from gateway.domain.log_review.drawing import Look
from gateway.domain.people import ActorKind
from gateway.domain.records import AuditRow
from gateway.domain.scope import TenantScope
from gateway.store.consultation.audit import row_from
from gateway.store.consultation.tables import consultation, responsibility
from gateway.store.ground.crypto import Vault
from gateway.store.ground.engine import transaction
from gateway.store.ground.tables_audit import audit
from gateway.store.people.tables import workplace_grant

A_PASS = 200
_A, _C, _H, _G = audit.c, consultation.c, responsibility.c, workplace_grant.c
A_DAY = timedelta(days=1)
_TENANT: Any = bindparam("tenant")
_AFTER: Any = bindparam("after")
_THESE: Any = bindparam("these", expanding=True)
_ROWS = (
    select(_A.seq, _A.at, _A.verb, _A.what, _A.consultation, _A.case_hash, _A.actor_kind, _A.actor_id)
    .where(_A.tenant == _TENANT, _A.at >= _AFTER, _A.at < bindparam("end"))
    .where(or_(_A.at > _AFTER, _A.seq > bindparam("last")))
    .order_by(_A.at, _A.seq)
    .limit(A_PASS)
)
_CHOSEN = select(audit).where(_A.seq.in_(_THESE), _A.tenant == _TENANT).order_by(_A.seq)
_SHORT = select(_C.id, _C.short_id, _C.workplace_id).where(_C.id.in_(_THESE), _C.tenant == _TENANT)
_HELD = select(_H.consultation, _H.employee).where(_H.consultation.in_(_THESE), _H.tenant == _TENANT)
_GRANTS = select(_G.employee, _G.workplace).where(_G.employee.in_(_THESE), _G.tenant == _TENANT)


@dataclass(frozen=True, slots=True)
class Shown:
    """A drawn row as the reviewer reads it; ``code`` of the consultation, where there is one."""

    seq: int
    row: AuditRow
    code: str


class SqlLooks:
    """Reads only."""

    def __init__(self, engine: Engine, vault: Vault) -> None:
        self._engine = engine
        self._vault = vault

    def between(self, tenant: UUID, start: datetime, end: datetime) -> Iterator[Look]:
        """In the trail's order. A day at a time: PostgreSQL may sort all that a statement could reach."""
        while start < end:
            until = min(start + A_DAY, end)
            after, last = start, -1
            while found := self._pass(tenant, after, last, until):
                yield from found
                after, last = found[-1].at, found[-1].seq
            start = until

    def _pass(self, tenant: UUID, after: datetime, last: int, end: datetime) -> Sequence[Look]:
        asked = {"tenant": tenant, "after": after, "last": last, "end": end}
        with transaction(self._engine, TenantScope(tenant), read_only=True) as connection:
            return [_look(row) for row in connection.execute(_ROWS, asked)]

    def near(self, tenant: UUID, looks: Sequence[Look]) -> Mapping[UUID, frozenset[str]]:
        """Of each consultation the people whose it was, and those who have the list of its workplace today."""
        ids = sorted({each.consultation for each in looks if each.consultation is not None})
        people = sorted({UUID(each.person) for each in looks if each.kind is ActorKind.EMPLOYEE})
        with transaction(self._engine, TenantScope(tenant), read_only=True) as connection:
            holding: dict[UUID, set[str]] = {id: set() for id in ids}
            for row in _passes(connection, _HELD, tenant, ids):
                holding[row.consultation].add(row.employee)
            listed: dict[UUID, set[str]] = {}
            for row in _passes(connection, _GRANTS, tenant, people):
                listed.setdefault(row.workplace, set()).add(str(row.employee))
            for row in _passes(connection, _SHORT, tenant, ids):
                holding[row.id] |= listed.get(row.workplace_id, set())
        return {id: frozenset(found) for id, found in holding.items()}

    def shown(self, tenant: UUID, seqs: Collection[int]) -> Sequence[Shown]:
        """These rows with the names in them, in the trail's order; one that is kept no longer is left out."""
        with transaction(self._engine, TenantScope(tenant), read_only=True) as connection:
            rows = [row._mapping for row in _passes(connection, _CHOSEN, tenant, sorted(seqs))]
            ids = sorted({row["consultation"] for row in rows if row["consultation"] is not None})
            codes = {row.id: row.short_id for row in _passes(connection, _SHORT, tenant, ids)}
        return [Shown(row["seq"], row_from(self._vault, row), codes.get(row["consultation"], "")) for row in rows]


def _passes(connection: Connection, query: Any, tenant: UUID, these: Sequence[Any]) -> Iterator[Any]:
    for first in range(0, len(these), A_PASS):
        yield from connection.execute(query, {"tenant": tenant, "these": these[first : first + A_PASS]})


def _look(row: Any) -> Look:
    kind = ActorKind(row.actor_kind)
    return Look(row.seq, row.at, row.verb, row.what, row.consultation, row.case_hash, kind, row.actor_id)
