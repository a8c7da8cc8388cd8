"""Monthly reviews of the log as rows. A month is drawn once: its first row is there or is not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Engine, bindparam, select

from gateway.domain.errors import ConcurrentChange, NotFound
from gateway.domain.log_review.drawing import Rule, Sample
from gateway.domain.log_review.review import Entry, EntryKind, Judgement, Review, bounds, due_day, overdue
from gateway.domain.practice import danish_day
from gateway.domain.scope import SystemScope, TenantScope
from gateway.store.ground import signing
from gateway.store.ground.bulk import delete_some
from gateway.store.ground.crypto import Vault
from gateway.store.ground.engine import transaction
from gateway.store.ground.guards import AUDIT_MONTHS
from gateway.store.ground.sealing import Place
from gateway.store.ground.tables_audit import audit
from gateway.store.ground.upsert import insert_new
from gateway.store.matters.tables_log_reviews import IS_SIGNED, log_review
from gateway.store.people.tables_organisations import tenant as organisation

A_MONTH = timedelta(days=31)
KEPT = timedelta(days=31 * AUDIT_MONTHS)  # not before the database lets go of them (guards.py)
_R = log_review.c
_THIS = (_R.tenant == bindparam("this_tenant"), _R.month == bindparam("this_month"))
_MONTH = select(log_review).where(*_THIS).order_by(_R.number)
_STATES = (
    select(_R.month, _R.kind)
    .where(_R.tenant == bindparam("this_tenant"), _R.month >= bindparam("since"), _R.kind.in_(("drawn", "signed")))
    .order_by(_R.month, _R.number)
)
_SIGNED = select(_R.tenant, _R.month).where(IS_SIGNED, _R.month >= bindparam("since"))
_ORGANISATIONS = select(organisation.c.id, organisation.c.settings).order_by(organisation.c.id)
_WRITTEN = (
    select(audit.c.seq)
    .where(audit.c.tenant == bindparam("this_tenant"), audit.c.at >= bindparam("start"), audit.c.at < bindparam("end"))
    .limit(1)
)


class SqlLogReviews:
    """Entries are added with the audit row of whoever adds them, in one transaction."""

    def __init__(self, engine: Engine, vault: Vault) -> None:
        self._engine = engine
        self._vault = vault

    def of_month(self, tenant: UUID, month: date) -> Review | None:
        with transaction(self._engine, TenantScope(tenant), read_only=True) as connection:
            return self._review(connection, tenant, month)

    def states(self, tenant: UUID, since: date) -> Mapping[date, EntryKind]:
        """Months that are drawn or signed."""
        with transaction(self._engine, TenantScope(tenant), read_only=True) as connection:
            rows = connection.execute(_STATES, {"this_tenant": tenant, "since": since})
            return {row.month: EntryKind(row.kind) for row in rows}

    def used(self, tenant: UUID, months: Sequence[date]) -> set[date]:
        """Those of these months in which something was written into the organisation's trail."""
        with transaction(self._engine, TenantScope(tenant), read_only=True) as connection:
            return {month for month in months if _was_used(connection, tenant, month)}

    def late(self, now: datetime) -> Sequence[tuple[UUID, int]]:
        """How many months of each organisation should have been signed and are not; a month in which nothing was
        written needs no signature."""
        today, found = danish_day(now), list[tuple[UUID, int]]()
        with transaction(self._engine, SystemScope(), read_only=True) as connection:
            signed = {(row.tenant, row.month) for row in connection.execute(_SIGNED, {"since": today - 5 * A_MONTH})}
            for row in connection.execute(_ORGANISATIONS):
                own = {month for tenant, month in signed if tenant == row.id}
                months = overdue(today, due_day(row.settings), own)
                found.append((row.id, sum(_was_used(connection, row.id, month) for month in months)))
        return [(tenant, count) for tenant, count in found if count]

    def draw(self, tenant: UUID, month: date, sample: Sample, drawn: Entry) -> None:
        """``ConcurrentChange`` where the month is drawn already."""
        detail = {
            "rules": {str(seq): [str(rule) for rule in rules] for seq, rules in sample.rules.items()},
            "found": {str(rule): count for rule, count in sample.found.items()},
        }
        values = self._values(tenant, month, 1, drawn) | {"detail": detail}
        with transaction(self._engine, TenantScope(tenant)) as connection:
            signing.require_signed(connection)
            signing.note(connection, f"{month:%Y-%m} {len(sample.rules)} rows", tenant)
            if insert_new(connection, log_review, values) != 1:
                raise ConcurrentChange

    def add(self, tenant: UUID, before: Review, entry: Entry) -> None:
        """``ConcurrentChange`` where somebody has added another entry to what was read."""
        number = len(before.entries) + 1
        with transaction(self._engine, TenantScope(tenant)) as connection:
            signing.require_signed(connection)
            signing.note(connection, _said(before.month, entry), tenant)
            if insert_new(connection, log_review, self._values(tenant, before.month, number, entry)) != 1:
                raise ConcurrentChange

    def forget(self, now: datetime) -> int:
        """As old as no audit row is kept."""
        with transaction(self._engine, SystemScope()) as connection:
            return delete_some(connection, log_review, _R.at < now - KEPT)

    def _values(self, tenant: UUID, month: date, number: int, entry: Entry) -> dict[str, Any]:
        said = {"seq": entry.seq, "judgement": str(entry.judgement or ""), "person": entry.by}
        key = {"tenant": tenant, "month": month, "number": number, "at": entry.at, "kind": str(entry.kind)}
        sealed = self._place(tenant, month, number).seal(note=entry.note, name=entry.name)
        return key | said | sealed | {"detail": {"digest": entry.digest} if entry.digest else {}}

    def _place(self, tenant: UUID, month: date, number: int) -> Place:
        return Place(self._vault, "log_review", f"{month:%Y-%m}/{number}", tenant)

    def _review(self, connection: Connection, tenant: UUID, month: date) -> Review | None:
        rows = connection.execute(_MONTH, {"this_tenant": tenant, "this_month": month}).mappings().all()
        if not rows:
            return None
        return Review(month, _sample(rows[0]["detail"]), [self._entry(tenant, row) for row in rows])

    def _entry(self, tenant: UUID, row: Mapping[Any, Any]) -> Entry:
        place = self._place(tenant, row["month"], row["number"])
        judgement = Judgement(row["judgement"]) if row["judgement"] else None
        who = (row["person"], place.open(row, "name"))
        note = place.open(row, "note")
        return Entry(
            EntryKind(row["kind"]), row["at"], *who, row["seq"], judgement, note, row["detail"].get("digest", "")
        )


def _was_used(connection: Connection, tenant: UUID, month: date) -> bool:
    start, end = bounds(month)
    return connection.execute(_WRITTEN, {"this_tenant": tenant, "start": start, "end": end}).first() is not None


def _sample(detail: Mapping[str, Any]) -> Sample:
    rules = {int(seq): tuple(Rule(code) for code in codes) for seq, codes in detail["rules"].items()}
    return Sample(rules, {Rule(code): count for code, count in detail["found"].items()})


def _said(month: date, entry: Entry) -> str:
    """In the audit trail: a verdict by its code, a signature by its digest; never the note."""
    parts: Sequence[str] = (f"{month:%Y-%m}", str(entry.seq or ""), str(entry.judgement or ""), entry.digest)
    return " ".join(part for part in parts if part)


def required(found: Review | None) -> Review:
    if found is None:
        raise NotFound("review")
    return found
