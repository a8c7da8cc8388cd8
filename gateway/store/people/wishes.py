"""Wishes and faults as rows: kept for their senders and for the support of their organisation."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Engine, Row, func, insert, select, update

from gateway.domain.errors import NotFound
from gateway.domain.scope import Scope, SystemScope, TenantScope
from gateway.domain.wish import KEPT, Wish, WishKind, WishStatus
from gateway.store.ground import signing
from gateway.store.ground.bulk import delete_some
from gateway.store.ground.crypto import Vault
from gateway.store.ground.engine import transaction
from gateway.store.people.tables_wishes import IS_NEW, wish

_c = wish.c
MOST = 100


class SqlWishBook:
    """``tenant`` None means those that were sent from clinics: the operator is their support."""

    def __init__(self, engine: Engine, vault: Vault) -> None:
        self._engine = engine
        self._vault = vault

    def keep(self, one: Wish) -> None:
        with transaction(self._engine, _scope(one.tenant)) as connection:
            connection.execute(insert(wish).values(self._values(one)))

    def of_person(self, tenant: UUID | None, person: str) -> Sequence[Wish]:
        """Her own, the newest first."""
        return self._listed(tenant, _c.person == person)

    def of_support(self, tenant: UUID | None) -> Sequence[Wish]:
        """An organisation's, the newest first."""
        return self._listed(tenant)

    def find(self, tenant: UUID | None, id: UUID) -> Wish:
        """``NotFound`` also for another organisation's."""
        query = select(wish).where(_c.id == id, _of(tenant))
        with transaction(self._engine, _scope(tenant), read_only=True) as connection:
            row = connection.execute(query).one_or_none()
        if row is None:
            raise NotFound("wish")
        return self._wish(row)

    def answer(self, one: Wish) -> None:
        """Keep status and answer; the administrator's act is a row of the audit trail in the same transaction."""
        values = {"status": str(one.status), "answered_at": one.answered_at, "answer": self._sealed(one, "answer")}
        with transaction(self._engine, _scope(one.tenant)) as connection:
            signing.note(connection, str(one.id))
            connection.execute(update(wish).where(_c.id == one.id, _of(one.tenant)).values(values))

    def forget(self, now: datetime) -> int:
        """Those sent long ago."""
        with transaction(self._engine, SystemScope()) as connection:
            return delete_some(connection, wish, _c.sent_at < now - KEPT)

    def _listed(self, tenant: UUID | None, *conditions: Any) -> Sequence[Wish]:
        query = select(wish).where(_of(tenant), *conditions).order_by(_c.sent_at.desc()).limit(MOST)
        with transaction(self._engine, _scope(tenant), read_only=True) as connection:
            return [self._wish(row) for row in connection.execute(query)]

    def _values(self, one: Wish) -> dict[str, Any]:
        said = {name: getattr(one, name) for name in ("id", "tenant", "person", "page", "reference", "version")}
        codes = {"kind": str(one.kind), "status": str(one.status)}
        texts = {name: self._sealed(one, name) for name in ("text", "answer")}
        return said | codes | texts | {"sent_at": one.sent_at, "answered_at": one.answered_at}

    def _sealed(self, one: Wish, column: str) -> bytes:
        return self._vault.seal(getattr(one, column), table="wish", column=column, row=one.id, tenant=one.tenant)

    def _wish(self, row: Row[Any]) -> Wish:
        def opened(column: str) -> str:
            sealed = getattr(row, column)
            return self._vault.unseal(sealed, table="wish", column=column, row=row.id, tenant=row.tenant)

        return Wish(
            row.id,
            row.tenant,
            row.person,
            WishKind(row.kind),
            opened("text"),
            row.page,
            row.reference,
            row.version,
            row.sent_at,
            WishStatus(row.status),
            opened("answer"),
            row.answered_at,
        )


def new_wishes(connection: Connection) -> list[tuple[UUID | None, int]]:
    """Of each organisation, how many nobody has looked at; under None those from clinics."""
    query = select(_c.tenant, func.count()).where(IS_NEW).group_by(_c.tenant)
    return [(tenant, count) for tenant, count in connection.execute(query)]


def _of(tenant: UUID | None) -> Any:
    return _c.tenant.is_(None) if tenant is None else _c.tenant == tenant


def _scope(tenant: UUID | None) -> Scope:
    return SystemScope() if tenant is None else TenantScope(tenant)
