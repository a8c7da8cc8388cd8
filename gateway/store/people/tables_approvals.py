"""What waits for a second person, and what became of it."""

from __future__ import annotations

from sqlalchemy import Index, Table

from gateway.store.ground.columns import code, moment, uuid
from gateway.store.ground.schema import metadata

LONGEST = 1024

approval = Table(
    "approval",
    metadata,
    uuid("id", key=True),
    uuid("tenant", required=False),  # NULL: the operator's
    code("act"),
    code("subject", length=255),
    code("detail", length=LONGEST),
    code("reason", length=LONGEST),
    code("asked_by", length=255),
    code("asked_name", length=255),
    moment("asked_at", required=True),
    code("decision"),
    code("decided_by", length=255),
    code("decided_name", length=255),
    moment("decided_at"),
    Index("ix_approval_tenant", "tenant", "asked_at"),
    Index("ix_approval_asked_at", "asked_at"),
)
