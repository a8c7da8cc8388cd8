"""What colleagues share: the workplace's undone and waiting consultations, and what is open about one citizen (D7).

Everything stays inside one tenant; the workplace is the one that was copied onto the consultation, listed or typed.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Engine, Select, bindparam, exists, func, or_, select, union_all

from gateway.domain.consultation.aggregate import Consultation, Kind, Status
from gateway.domain.launch import Launch
from gateway.domain.people import Workstation
from gateway.domain.records import TakenOver
from gateway.domain.scope import TenantScope
from gateway.store.consultation import reading, undone
from gateway.store.consultation.rows import launch_index
from gateway.store.consultation.tables import FOREVER, NOT_CLOSED, citizen_case, responsibility
from gateway.store.consultation.tables import consultation as root
from gateway.store.ground.crypto import Vault
from gateway.store.ground.engine import db_now, transaction
from gateway.store.ground.sealing import identifier_index, record_index

Condition = ColumnElement[bool]
_HANDED_ON = [str(s) for s in (Status.PLANNED, Status.WAITING, Status.CALLING, Status.DECIDING, Status.REVIEW)]
_OF_ONE = [str(kind) for kind in (Kind.ONE_CITIZEN, Kind.WITHOUT_NUMBER)]
OWN_HAND = timedelta(hours=24)
_CASE = citizen_case.c
_OURS = reading.DOCUMENTS.where(reading.OF_TENANT)
_SAME = root.alias("same")
_ABOUT = (
    _OURS.where(
        root.c.id.in_(
            union_all(
                select(_CASE.consultation).where(_CASE.identifier_index == bindparam("number")),
                select(_CASE.consultation).where(_CASE.record_index == bindparam("record")),
                select(_SAME.c.id).where(
                    _SAME.c.tenant == bindparam("tenant"), _SAME.c.launch_index == bindparam("key"), NOT_CLOSED
                ),
            )
        ),
        NOT_CLOSED,
        or_(root.c.kind.in_(_OF_ONE), root.c.launch_index == bindparam("key")),
    )
).order_by(root.c.created_at.desc(), root.c.id.desc())
_OLDEST_FIRST = _OURS.order_by(root.c.created_at, root.c.id)
_UNDONE_OF_EMPLOYEE = _OLDEST_FIRST.where(
    func.coalesce(root.c.responsible, "") == bindparam("employee"), undone.by_anybody()
)
# Not by the index of the workplace: few are undone, and many have been there.
_UNDONE_THERE = _OLDEST_FIRST.where(
    or_(
        func.coalesce(root.c.workplace, "") == bindparam("workplace"),
        root.c.workplace_id.is_not(None) & (root.c.workplace_id == bindparam("workplace_id")),
    ),
    undone.by_anybody(),
)
_WAITING_THERE = _OLDEST_FIRST.where(
    or_(root.c.workplace == bindparam("workplace"), root.c.workplace_id == bindparam("workplace_id")),
    root.c.active_until == FOREVER,
    root.c.responsible != bindparam("employee"),
    root.c.status.in_(_HANDED_ON),
)
_HERS = exists().where(responsibility.c.consultation == root.c.id, responsibility.c.employee == bindparam("employee"))
_TAKEN = (
    select(root.c.id, root.c.tenant, root.c.document, root.c.taken_over_at)
    .where(reading.OF_TENANT, root.c.taken_over_at >= bindparam("since"))
    .where(root.c.responsible != bindparam("employee"), _HERS)
    .order_by(root.c.taken_over_at.desc())
)


class SqlWorkplaceBook:
    """Reads only; every change goes through the consultation itself."""

    def __init__(self, engine: Engine, vault: Vault) -> None:
        self._engine = engine
        self._vault = vault

    def open_about(self, launch: Launch) -> Sequence[Consultation]:
        """The tenant's open consultations about the launched citizen, newest first: by number or by record, and the
        one that this very launch has made before."""
        number = launch.citizen.identifier if launch.citizen else None
        by_record = record_index(self._vault, launch.connection, launch.record_ref) if launch.record_ref else None
        by_number = identifier_index(self._vault, number) if number else None
        key = launch_index(self._vault, launch.tenant, launch.key)
        return self._all(launch.tenant, _ABOUT, number=by_number, record=by_record, key=key)

    def undone_of_workplace(self, tenant: UUID, station: Workstation) -> Sequence[Consultation]:
        """Those with a note that is stuck, must be retracted, lacks the doctor's name, or has waited a day for the hand
        of whoever wrote it (N19)."""
        if not station.workplace:
            return []
        with transaction(self._engine, TenantScope(tenant), read_only=True) as connection:
            values = {**_there(station), "tenant": tenant, "hand_before": db_now(connection) - OWN_HAND}
            return reading.whole(connection, self._vault, _UNDONE_THERE, values)

    def undone_of_employee(self, tenant: UUID, employee: str) -> Sequence[Consultation]:
        return self._all(tenant, _UNDONE_OF_EMPLOYEE, employee=employee, hand_before=FOREVER)

    def waiting_at_workplace(self, tenant: UUID, station: Workstation, employee: str) -> Sequence[Consultation]:
        """What colleagues of ``employee`` have waiting, which she can take over."""
        if not station.workplace:
            return []
        return self._all(tenant, _WAITING_THERE, employee=employee, **_there(station))

    def taken_from(self, tenant: UUID, employee: str, since: datetime) -> Sequence[TakenOver]:
        """What colleagues have taken over from her since that moment, newest first: she is told (N16)."""
        values = {"tenant": tenant, "employee": employee, "since": since}
        with transaction(self._engine, TenantScope(tenant), read_only=True) as connection:
            rows = connection.execute(_TAKEN, values).mappings().all()
        taken = ((reading.opened(self._vault, row), row["taken_over_at"]) for row in rows)
        return [TakenOver(c.id, c.short_id, c.responsible_name, at) for c, at in taken]

    def _all(self, tenant: UUID, query: Select[Any], **values: object) -> Sequence[Consultation]:
        with transaction(self._engine, TenantScope(tenant), read_only=True) as connection:
            return reading.whole(connection, self._vault, query, {**values, "tenant": tenant})


def _there(station: Workstation) -> dict[str, Any]:
    """Listed or typed: the workplace that was copied onto the consultation."""
    return {"workplace": station.workplace, "workplace_id": station.workplace_id}
