"""What we owe other systems, and what we remember so that nothing happens twice."""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    Column,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
)

from gateway.store.columns import Sequence64, code, count, flag, moment, sealed, uuid, words
from gateway.store.schema import metadata

delivery = Table(
    "delivery",
    metadata,
    uuid("id", key=True),
    uuid("tenant"),
    uuid("consultation"),
    code("kind"),
    uuid("subject"),
    count("version"),
    words("connection"),
    uuid("key"),
    code("status"),
    moment("created_at", required=True),
    moment("due_at", required=True),
    Column("lease", String(64)),
    moment("lease_until"),
    count("attempts"),
    count("crashes"),  # leases lost in a row: our own failures, not the peer's
    flag("unknown"),
    moment("sent_at"),
    words("reference"),
    moment("received_at"),
    moment("filed_at"),
    flag("replayed"),
    words("fault"),
    ForeignKeyConstraint(["tenant", "consultation"], ["consultation.tenant", "consultation.id"]),
    Index("ix_delivery_status_due_at", "status", "due_at"),
    Index("ix_delivery_subject_connection", "subject", "connection", "version"),
    Index("ix_delivery_consultation", "consultation"),
)

delivery_attempt = Table(
    "delivery_attempt",
    metadata,
    uuid("delivery", key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    uuid("tenant"),
    uuid("consultation"),
    words("connection"),
    Column("connection_revision", Integer),
    moment("started_at", required=True),
    moment("ended_at"),
    Column("outcome", String(64)),  # NULL while it runs; a crash leaves "lost"
    words("fault"),
    ForeignKeyConstraint(["delivery"], ["delivery.id"]),
    ForeignKeyConstraint(["tenant", "consultation"], ["consultation.tenant", "consultation.id"]),
    Index("ix_delivery_attempt_consultation", "consultation"),
)

used_token = Table(
    "used_token",
    metadata,
    Column("issuer", Text, primary_key=True),
    Column("jti", Text, primary_key=True),
    moment("expires_at", required=True),
    Index("ix_used_token_expires_at", "expires_at"),
)

stored_answer = Table(
    "stored_answer",
    metadata,
    uuid("tenant", key=True),
    Column("key_index", LargeBinary, primary_key=True),
    sealed("body_hash"),
    count("status"),
    sealed("body"),
    moment("created_at", required=True),
    Index("ix_stored_answer_created_at", "created_at"),
)

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
    code("door"),
    code("actor_kind"),
    words("actor_id"),
    sealed("actor_name"),
    words("actor_role"),
    Index("ix_audit_case_hash", "case_hash"),
    Index("ix_audit_consultation", "consultation"),
    Index("ix_audit_tenant_at", "tenant", "at"),
    sqlite_autoincrement=True,
)

# One row per room and media process: while seats move to another process, both speak of the room for a while.
room_state = Table(
    "room_state",
    metadata,
    Column("room", String(64), primary_key=True),
    Column("process", Text, primary_key=True),
    moment("heard_at", required=True),  # the database's clock: how old the news is
    moment("present_at", required=True),  # the caller's clock: when somebody was last connected
    Column("seats", JSON, nullable=False),
)

media_process = Table(
    "media_process",
    metadata,
    Column("process", Text, primary_key=True),
    count("number"),
    moment("heard_at", required=True),
)
