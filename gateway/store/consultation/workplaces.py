"""What colleagues share: the workplace's undone and waiting consultations, and what is open about one citizen (D7).

Everything stays inside one tenant; the workplace is the one that was copied onto the consultation, listed or typed.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Engine,
    Integer,
    Select,
    TextClause,
    and_,
    bindparam,
    exists,
    or_,
    select,
    union,
    union_all,
)

from gateway.domain.consultation.aggregate import Consultation, Kind, Status
from gateway.domain.launch import Launch
from gateway.domain.people import Workstation
from gateway.domain.records import TakenOver
from gateway.domain.scope import TenantScope
from gateway.store.consultation import reading, undone
from gateway.store.consultation.rows import launch_index
from gateway.store.consultation.tables import FOREVER, NOT_CLOSED, UNDONE, citizen_case, responsibility
from gateway.store.consultation.tables import consultation as root
from gateway.store.ground.crypto import Vault
from gateway.store.ground.engine import db_now, one_question, transaction
from gateway.store.ground.sealing import identifier_index, record_index

Condition = ColumnElement[bool]
_HANDED_ON = [str(s) for s in (Status.PLANNED, Status.WAITING, Status.CALLING, Status.DECIDING, Status.REVIEW)]
_OF_ONE = [str(kind) for kind in (Kind.ONE_CITIZEN, Kind.WITHOUT_NUMBER)]
OWN_HAND = timedelta(hours=24)
PAGE = 50  # of a list that grows while nobody sees to it
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
        or_(*(root.c.kind == kind for kind in _OF_ONE), root.c.launch_index == bindparam("key")),
    )
).order_by(root.c.created_at.desc(), root.c.id.desc())
_AT = or_(root.c.workplace == bindparam("workplace"), root.c.workplace_id == bindparam("workplace_id"))
_OF_PLACE = (root.c.workplace == bindparam("workplace"), root.c.workplace_id == bindparam("workplace_id"))
_OF_EMPLOYEE = (root.c.responsible == bindparam("employee"),)
_WAITS = (
    root.c.active_until == FOREVER,
    root.c.responsible != bindparam("employee"),
    root.c.status.in_(_HANDED_ON),
)
_ASKS = (UNDONE, undone.by_anybody())


def _oldest(whose: Sequence[Condition], *conditions: ColumnElement[bool] | TextClause) -> Select[Any]:
    """``:limit`` of the tenant's, after the first ``:over``. Each of ``whose`` is asked for by itself, as each has an
    index of its own that ends the search at the limit."""
    first = bindparam("limit", type_=Integer) + bindparam("over", type_=Integer)
    found = [
        select(root.c.id)
        .where(reading.OF_TENANT, theirs, *conditions)
        .order_by(root.c.created_at, root.c.id)
        .limit(first)
        .subquery()
        for theirs in whose
    ]
    ids = union(*(select(each.c.id) for each in found)).subquery()
    ordered = _OURS.where(root.c.id.in_(select(ids.c.id))).order_by(root.c.created_at, root.c.id)
    return ordered.limit(bindparam("limit")).offset(bindparam("over"))


_UNDONE_OF_EMPLOYEE = _oldest(_OF_EMPLOYEE, *_ASKS)
_UNDONE_THERE = _oldest(_OF_PLACE, *_ASKS)
_WAITING_THERE = _oldest(_OF_PLACE, *_WAITS)
_ON_THE_LIST = select(root.c.id).where(
    reading.OF_TENANT, root.c.id == bindparam("id"), _AT, or_(and_(*_WAITS), undone.by_anybody())
)
_HERS = exists().where(responsibility.c.consultation == root.c.id, responsibility.c.employee == bindparam("employee"))
_TAKEN = (
    reading.DOCUMENTS.add_columns(root.c.taken_over_at)
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

    def undone_of_workplace(
        self, tenant: UUID, station: Workstation, limit: int = PAGE, passing_over: int = 0
    ) -> Sequence[Consultation]:
        """Those with a note that is stuck, must be retracted, lacks the doctor's name, or has waited a day for the hand
        of whoever wrote it (N19); the oldest first."""
        if not station.workplace:
            return []
        with transaction(self._engine, TenantScope(tenant), read_only=True) as connection:
            values = {**_there(station), "tenant": tenant, "hand_before": db_now(connection) - OWN_HAND}
            part = {"limit": limit, "over": passing_over}
            return reading.whole(connection, self._vault, _UNDONE_THERE, values | part)

    def undone_of_employee(
        self, tenant: UUID, employee: str, limit: int = PAGE, passing_over: int = 0
    ) -> Sequence[Consultation]:
        values = {"employee": employee, "hand_before": FOREVER, "limit": limit, "over": passing_over}
        return self._all(tenant, _UNDONE_OF_EMPLOYEE, **values)

    def waiting_at_workplace(
        self, tenant: UUID, station: Workstation, employee: str, limit: int = PAGE
    ) -> Sequence[Consultation]:
        """What colleagues of ``employee`` have waiting, which she can take over; the oldest first."""
        if not station.workplace:
            return []
        return self._all(tenant, _WAITING_THERE, employee=employee, limit=limit, over=0, **_there(station))

    def stands_there(self, tenant: UUID, station: Workstation, employee: str, id: UUID) -> bool:
        """Whether it is on one of the two lists of her workplace."""
        if not station.workplace:
            return False
        with transaction(self._engine, TenantScope(tenant), read_only=True) as connection:
            values = {"tenant": tenant, "id": id, "employee": employee, "hand_before": db_now(connection) - OWN_HAND}
            return connection.execute(_ON_THE_LIST, values | _there(station)).first() is not None

    def taken_from(self, tenant: UUID, employee: str, since: datetime) -> Sequence[TakenOver]:
        """What colleagues have taken over from her since that moment, newest first: she is told (N16)."""
        values = {"tenant": tenant, "employee": employee, "since": since}
        with transaction(self._engine, TenantScope(tenant), read_only=True) as connection:
            rows = connection.execute(_TAKEN, values).mappings().all()
        taken = ((reading.opened(self._vault, row), row["taken_over_at"]) for row in rows)
        return [TakenOver(c.id, c.short_id, c.responsible_name, at) for c, at in taken]

    def _all(self, tenant: UUID, query: Select[Any], **values: object) -> Sequence[Consultation]:
        with one_question(self._engine, TenantScope(tenant)) as connection:
            return reading.whole(connection, self._vault, query, {**values, "tenant": tenant})


def _there(station: Workstation) -> dict[str, Any]:
    """Listed or typed: the workplace that was copied onto the consultation."""
    return {"workplace": station.workplace, "workplace_id": station.workplace_id}
