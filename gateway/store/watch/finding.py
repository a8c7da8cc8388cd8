"""Consultations found by what somebody has in hand: an id of ours, a peer's reference, a practice, or the citizen.

A hit is ids, times and codes; the sealed document is not read. Each way in has an index and a limit.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Engine, Select, select

from gateway.domain.identifiers import CitizenId, Ydernummer
from gateway.domain.oversight import Oversight
from gateway.domain.records import FoundConsultation
from gateway.store.consultation.tables import citizen_case, queue_entry
from gateway.store.consultation.tables import consultation as root
from gateway.store.consultation.tables_deliveries import delivery
from gateway.store.ground.crypto import Vault
from gateway.store.ground.engine import db_now, transaction
from gateway.store.ground.sealing import identifier_index

MOST = 50
BACK = [timedelta(days=days) for days in (7, 28, 112, 448, 1_792, 36_500)]
_SHOWN = select(root.c.id, root.c.short_id, root.c.tenant, root.c.kind, root.c.status, root.c.created_at)
_E, _D, _C = queue_entry.c, delivery.c, citizen_case.c


class SqlFinder:
    """Reads only; the newest first, ``MOST`` at most, and of one organisation where she who looks is of one."""

    def __init__(self, engine: Engine, vault: Vault) -> None:
        self._engine = engine
        self._vault = vault

    def by_short_id(self, seen: Oversight, short_id: str) -> Sequence[FoundConsultation]:
        return self._found(seen, root.c.short_id == short_id)

    def by_id(self, seen: Oversight, id: UUID) -> Sequence[FoundConsultation]:
        """The consultation's own id, an entry's, or a delivery's."""
        own = select(root.c.id).where(root.c.id == id)
        of_entry = select(_E.consultation).where(_E.id == id)
        of_delivery = select(_D.consultation).where(_D.id == id)
        return self._found(seen, root.c.id.in_(own.union_all(of_entry, of_delivery)))

    def by_reference(self, seen: Oversight, said: str) -> Sequence[FoundConsultation]:
        """A peer's word for what we sent it: the id of a Task or a document, or the control id it acknowledged."""
        known = select(_D.consultation).where(_D.reference.in_([said, f"MSA-2 {said}"])).limit(MOST)
        return self._found(seen, root.c.id.in_(known))

    def of_practice(self, seen: Oversight, ydernummer: Ydernummer) -> Sequence[FoundConsultation]:
        """The latest at that practice, sought further and further back: PostgreSQL takes row-level security to leave
        few rows, and would read and sort everything the practice ever had."""
        ours = [] if seen.tenant is None else [_E.tenant == seen.tenant]
        latest = select(_E.consultation).where(_E.ydernummer == ydernummer.digits, _E.latest, *ours)
        newest = latest.order_by(_E.active_until.desc()).limit(MOST)
        ids: list[UUID] = []
        with transaction(self._engine, seen.scope, read_only=True) as connection:
            now = db_now(connection)
            for back in BACK:
                ids = list(connection.execute(newest.where(_E.active_until >= now - back)).scalars())
                if len(ids) == MOST:
                    break
        return self._found(seen, root.c.id.in_(ids))

    def of_citizen(self, seen: Oversight, citizen: CitizenId) -> Sequence[FoundConsultation]:
        """By the keyed hash; the number itself reaches no statement."""
        index = identifier_index(self._vault, citizen)
        return self._found(seen, root.c.id.in_(select(_C.consultation).where(_C.identifier_index == index)))

    def _found(self, seen: Oversight, which: ColumnElement[bool]) -> Sequence[FoundConsultation]:
        query: Select[Any] = _SHOWN.where(which)
        if seen.tenant is not None:
            query = query.where(root.c.tenant == seen.tenant)
        with transaction(self._engine, seen.scope, read_only=True) as connection:
            rows = connection.execute(query.order_by(root.c.created_at.desc()).limit(MOST))
            return [FoundConsultation(*row) for row in rows]
