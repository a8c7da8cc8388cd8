"""The audit trail: rows are only ever added."""

from __future__ import annotations

from sqlalchemy import (
    Column,
    Index,
    LargeBinary,
    Table,
    text,
)

from gateway.domain.records import SEARCH_LIMITED
from gateway.store.ground.columns import Sequence64, code, moment, sealed, uuid, words
from gateway.store.ground.schema import metadata

audit = Table(
    "audit",
    metadata,
    Column("seq", Sequence64, primary_key=True, autoincrement=True),
    uuid("id"),
    moment("at", required=True),
    uuid("tenant", required=False),
    words("organisation"),
    code("verb"),
    words("what"),
    uuid("consultation", required=False),
    Column("case_hash", LargeBinary),
    words("basis"),
    code("channel"),
    code("actor_kind"),
    words("actor_id"),
    sealed("actor_name"),
    words("actor_role"),
    Index("ix_audit_case_hash", "case_hash"),
    Index("ix_audit_consultation", "consultation"),
    Index("ix_audit_tenant_at", "tenant", "at"),
    sqlite_autoincrement=True,
)
IS_STOPPED_SEARCH = text(f"what = '{SEARCH_LIMITED}'")
Index("ix_audit_stopped_search", audit.c.at, sqlite_where=IS_STOPPED_SEARCH, postgresql_where=IS_STOPPED_SEARCH)
