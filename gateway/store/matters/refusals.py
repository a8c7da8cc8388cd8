"""Refused access, as an auditor asks for it."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Engine, select

from gateway.domain.oversight import Oversight
from gateway.domain.records import AuditRow
from gateway.store.consultation.audit import row_from
from gateway.store.ground.crypto import Vault
from gateway.store.ground.engine import transaction
from gateway.store.ground.tables_audit import IS_REFUSED, audit

MOST = 200


class SqlRefusals:
    """Reads only."""

    def __init__(self, engine: Engine, vault: Vault) -> None:
        self._engine = engine
        self._vault = vault

    def refused(self, seen: Oversight) -> Sequence[AuditRow]:
        """The newest first; for the operator also what was refused to nobody's session."""
        own = () if seen.tenant is None else (audit.c.tenant == seen.tenant,)
        query = select(audit).where(IS_REFUSED, *own).order_by(audit.c.at.desc()).limit(MOST)
        with transaction(self._engine, seen.scope, read_only=True) as connection:
            return [row_from(self._vault, row) for row in connection.execute(query).mappings()]
