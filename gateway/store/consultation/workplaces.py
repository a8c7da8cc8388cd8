"""What colleagues share: the workplace's undone and waiting consultations, and what is open about one citizen (D7).

Everything stays inside one tenant; the workplace is the one that was copied onto the consultation, listed or typed.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, Engine, exists, false, func, or_, select

from gateway.domain.consultation.aggregate import Consultation, Kind, Status
from gateway.domain.launch import Launch
from gateway.domain.people import Workstation
from gateway.domain.records import TakenOver
from gateway.domain.scope import TenantScope
from gateway.store.consultation import reading, undone
from gateway.store.consultation.mapping import consultation_from
from gateway.store.consultation.tables import citizen_case, responsibility
from gateway.store.consultation.tables import consultation as root
from gateway.store.ground.crypto import Vault
from gateway.store.ground.engine import db_now, transaction
from gateway.store.ground.sealing import identifier_index, record_index

Condition = ColumnElement[bool]
_OPEN = root.c.status != str(Status.CLOSED)
_HANDED_ON = [str(s) for s in (Status.PLANNED, Status.WAITING, Status.CALLING, Status.DECIDING, Status.REVIEW)]
_OF_ONE = [str(kind) for kind in (Kind.ONE_CITIZEN, Kind.WITHOUT_NUMBER)]
OWN_HAND = timedelta(hours=24)
_OLDEST_FIRST = (root.c.created_at, root.c.id)


class SqlWorkplaceBook:
    """Reads only; every change goes through the consultation itself."""

    def __init__(self, engine: Engine, vault: Vault) -> None:
        self._engine = engine
        self._vault = vault

    def open_about(self, launch: Launch) -> Sequence[Consultation]:
        """The tenant's open consultations about the launched citizen, newest first: by number or by record."""
        newest = (root.c.created_at.desc(), root.c.id.desc())
        return self._all(launch.tenant, self._about(launch), _OPEN, root.c.kind.in_(_OF_ONE), order=newest)

    def _about(self, launch: Launch) -> Condition:
        case, same = citizen_case.c, []
        number = launch.citizen.identifier if launch.citizen else None
        if number is not None:
            same.append(case.identifier_index == identifier_index(self._vault, number))
        if launch.record_ref:
            same.append(case.record_index == record_index(self._vault, launch.connection, launch.record_ref))
        return exists().where(case.consultation == root.c.id, or_(false(), *same))

    def undone_of_workplace(self, tenant: UUID, station: Workstation) -> Sequence[Consultation]:
        """Those with a note that is stuck, must be retracted, lacks the doctor's name, or has waited a day for the hand
        of whoever wrote it (N19)."""
        with transaction(self._engine, TenantScope(tenant), read_only=True) as connection:
            a_day_ago = db_now(connection) - OWN_HAND
        return self._all(tenant, _at(station), undone.by_anybody(a_day_ago), order=_OLDEST_FIRST)

    def undone_of_employee(self, tenant: UUID, employee: str) -> Sequence[Consultation]:
        return self._all(tenant, root.c.responsible == employee, undone.by_anybody(), order=_OLDEST_FIRST)

    def waiting_at_workplace(self, tenant: UUID, station: Workstation, employee: str) -> Sequence[Consultation]:
        """What colleagues of ``employee`` have waiting, which she can take over."""
        colleagues = (root.c.responsible != employee, root.c.status.in_(_HANDED_ON))
        return self._all(tenant, _at(station), *colleagues, order=_OLDEST_FIRST)

    def taken_from(self, tenant: UUID, employee: str, since: datetime) -> Sequence[TakenOver]:
        """What colleagues have taken over from her since that moment, newest first: she is told (N16)."""
        mine, last = responsibility.alias("mine"), responsibility
        hers = exists().where(mine.c.consultation == root.c.id, mine.c.employee == employee)
        newest = select(func.max(last.c.since)).where(last.c.consultation == root.c.id).scalar_subquery()
        query = select(root, newest.label("taken_at")).where(root.c.tenant == tenant, hers, newest >= since)
        query = query.where(root.c.responsible != employee).order_by(newest.desc())
        with transaction(self._engine, TenantScope(tenant), read_only=True) as connection:
            rows = connection.execute(query).mappings().all()
        taken = ((consultation_from(self._vault, row), row["taken_at"]) for row in rows)
        return [TakenOver(c.id, c.short_id, c.responsible_name, at) for c, at in taken]

    def _all(
        self, tenant: UUID, *conditions: Condition, order: Sequence[ColumnElement[object]]
    ) -> Sequence[Consultation]:
        scope = TenantScope(tenant)
        with transaction(self._engine, scope, read_only=True) as connection:
            return reading.read(connection, self._vault, scope, *conditions, order=order)


def _at(station: Workstation) -> Condition:
    if not station.workplace:
        return false()
    named = root.c.workplace == station.workplace
    return or_(named, root.c.workplace_id == station.workplace_id) if station.workplace_id else named
