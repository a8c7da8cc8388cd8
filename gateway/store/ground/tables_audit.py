"""The audit trail: rows are only ever added, and sealed in chains that show what was taken out or changed."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Column,
    Index,
    LargeBinary,
    Table,
    text,
)

from gateway.domain.records import REFUSED, RESTORE_TRIED, SEARCH_LIMITED
from gateway.store.ground.columns import Sequence64, code, count, moment, sealed, uuid, words
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
IS_DRILL = text(f"what = '{RESTORE_TRIED}'")
Index("ix_audit_drill", audit.c.at, sqlite_where=IS_DRILL, postgresql_where=IS_DRILL)
IS_STOPPED_SEARCH = text(f"what = '{SEARCH_LIMITED}'")
Index("ix_audit_stopped_search", audit.c.at, sqlite_where=IS_STOPPED_SEARCH, postgresql_where=IS_STOPPED_SEARCH)
IS_REFUSED = text(f"verb = '{REFUSED}'")
# SQLite takes the index of which more columns are asked: the verb is one.
Index(
    "ix_audit_refused", audit.c.tenant, audit.c.verb, audit.c.at, sqlite_where=IS_REFUSED, postgresql_where=IS_REFUSED
)
Index("ix_audit_refused_at", audit.c.at, sqlite_where=IS_REFUSED, postgresql_where=IS_REFUSED)


# Rows of ``audit`` that no chain holds yet. A trigger of the database adds each in the transaction of its row.
audit_unsealed = Table(
    "audit_unsealed",
    metadata,
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
)

# One link of an organisation's chain. ``tenant``: zero for rows of no organisation. ``content``: per row 8 bytes of its
# ``seq`` and 32 of its digest; ``head``: what this link and all before it come to (domain/trail.py).
audit_seal = Table(
    "audit_seal",
    metadata,
    uuid("tenant", key=True),
    Column("number", BigInteger, primary_key=True, autoincrement=False),
    moment("at", required=True),
    count("rows"),
    Column("content", LargeBinary, nullable=False),
    Column("head", LargeBinary, nullable=False),
)
