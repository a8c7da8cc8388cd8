"""Requests for a second person as rows: asked, and decided once."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Engine, Row, insert, select, update

from gateway.domain.errors import ConcurrentChange, NotFound
from gateway.domain.oversight import Approval, Decision, RiskyAct
from gateway.domain.scope import SystemScope
from gateway.store.ground import signing
from gateway.store.ground.bulk import delete_some
from gateway.store.ground.engine import transaction
from gateway.store.people.tables_approvals import approval

KEPT = timedelta(days=5 * 365)  # as long as the audit trail at its longest
MOST = 100
_c = approval.c


class SqlApprovalBook:
    """``tenant`` None means the operator's. Read and written with the eyes of the system, since the act that is granted
    is one transaction with the decision."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def ask(self, one: Approval) -> None:
        """The trail says behind the act's name that it is asked for, or that one person did it alone."""
        with transaction(self._engine, SystemScope()) as connection:
            signing.note(connection, f"{one.decision}: {one.subject}", one.tenant)
            connection.execute(insert(approval).values(_values(one)))

    def decided(self, one: Approval) -> None:
        """Keep the decision; ``ConcurrentChange`` where another came first."""
        said = {name: value for name, value in _values(one).items() if name.startswith("deci")}
        open_one = (_c.id == one.id, _of(one.tenant), _c.decision == str(Decision.ASKED))
        with transaction(self._engine, SystemScope()) as connection:
            signing.note(connection, f"{one.act} {one.subject}", one.tenant)
            if connection.execute(update(approval).where(*open_one).values(said)).rowcount != 1:
                raise ConcurrentChange

    def find(self, tenant: UUID | None, id: UUID) -> Approval:
        """``NotFound`` also for another organisation's."""
        query = select(approval).where(_c.id == id, _of(tenant))
        with transaction(self._engine, SystemScope(), read_only=True) as connection:
            row = connection.execute(query).one_or_none()
        if row is None:
            raise NotFound("approval")
        return _approval(row)

    def listed(self, tenant: UUID | None) -> Sequence[Approval]:
        """The newest first, decided or not."""
        query = select(approval).where(_of(tenant)).order_by(_c.asked_at.desc()).limit(MOST)
        with transaction(self._engine, SystemScope(), read_only=True) as connection:
            return [_approval(row) for row in connection.execute(query)]

    def forget(self, now: datetime) -> int:
        """Those asked for long ago."""
        with transaction(self._engine, SystemScope()) as connection:
            return delete_some(connection, approval, _c.asked_at < now - KEPT)


def _values(one: Approval) -> dict[str, Any]:
    return {column.name: _plain(getattr(one, column.name)) for column in _c}


def _plain(value: Any) -> Any:
    return str(value) if isinstance(value, RiskyAct | Decision) else value


def _approval(row: Row[Any]) -> Approval:
    return Approval(**{**row._mapping, "act": RiskyAct(row.act), "decision": Decision(row.decision)})


def _of(tenant: UUID | None) -> Any:
    return _c.tenant.is_(None) if tenant is None else _c.tenant == tenant
