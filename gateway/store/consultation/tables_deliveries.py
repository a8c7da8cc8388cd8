"""What we owe other systems, and what we remember so that nothing happens twice."""

from __future__ import annotations

from sqlalchemy import (
    Column,
    ForeignKeyConstraint,
    Index,
    Integer,
    String,
    Table,
)

from gateway.store.ground.columns import code, count, flag, moment, uuid, words
from gateway.store.ground.schema import metadata

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
    count("crashes"),  # attempts in a row that ended by a fault of our own, seen by their process
    count("lost"),  # leases in a row that ran out: processes that were killed, frozen or replaced
    flag("unknown"),
    moment("sent_at"),
    words("reference"),
    moment("received_at"),
    moment("filed_at"),
    flag("replayed"),
    words("fault"),
    ForeignKeyConstraint(["tenant", "consultation"], ["consultation.tenant", "consultation.id"]),
    Index("ix_delivery_lane", "status", "connection", "tenant", "due_at"),
    Index("ix_delivery_status_due_at", "status", "due_at"),
    Index("ix_delivery_subject_connection", "subject", "connection", "version"),
    Index("ix_delivery_connection_sent_at", "connection", "sent_at", "id"),
    Index("ix_delivery_consultation", "consultation", "kind"),
    Index("ix_delivery_reference", "reference"),  # an administrator has a peer's word for it
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
    Index("ix_delivery_attempt_ended_at", "ended_at"),
    Index("ix_delivery_attempt_tenant_ended_at", "tenant", "ended_at"),
)
