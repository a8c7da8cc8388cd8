"""What waits for a second person, as the baseline made it: frozen, whatever the table becomes later."""

from __future__ import annotations

from alembic import op

from gateway.store.migrations.baseline.columns import code, index, moment, primary_key, uuid


def create() -> None:
    op.create_table(
        "approval",
        uuid("id"),
        uuid("tenant", null=True),
        code("act"),
        code("subject", 255),
        code("detail", 1024),
        code("reason", 1024),
        code("asked_by", 255),
        code("asked_name", 255),
        moment("asked_at"),
        code("decision"),
        code("decided_by", 255),
        code("decided_name", 255),
        moment("decided_at", null=True),
        primary_key("approval", "id"),
    )
    index("ix_approval_tenant", "approval", "tenant", "asked_at")
    index("ix_approval_asked_at", "approval", "asked_at")
