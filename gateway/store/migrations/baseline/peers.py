"""Connected systems, as the baseline made them: frozen, whatever the tables become later."""

from __future__ import annotations

from alembic import op

from gateway.store.migrations.baseline.columns import (
    code,
    flag,
    json,
    moment,
    number,
    primary_key,
    references,
    text,
    uuid,
)


def create() -> None:
    _connection()
    _connection_health()
    _connection_revision()
    _peer_poll()


def _connection() -> None:
    op.create_table(
        "connection",
        code("name", 255),
        code("kind"),
        uuid("owner_tenant", null=True),
        moment("created_at"),
        primary_key("connection", "name"),
    )


def _connection_health() -> None:
    op.create_table(
        "connection_health",
        code("connection", 255),
        moment("last_success_at", null=True),
        moment("last_failure_at", null=True),
        moment("failing_since", null=True),
        code("phase"),
        code("breaker"),
        moment("open_since", null=True),
        text("reason"),
        number("failures"),
        number("openings"),
        moment("next_probe_at", null=True),
        primary_key("connection_health", "connection"),
    )


def _connection_revision() -> None:
    op.create_table(
        "connection_revision",
        code("connection", 255),
        number("number"),
        code("state"),
        code("adapter"),
        json("config"),
        flag("synthetic"),
        code("by", 255),
        moment("at"),
        code("why", 1024),
        primary_key("connection_revision", "connection", "number"),
        references("connection_revision", "connection", connection="name"),
    )


def _peer_poll() -> None:
    op.create_table(
        "peer_poll",
        code("connection", 80),
        text("cursor", server_default=""),
        moment("due_at"),
        primary_key("peer_poll", "connection"),
        references("peer_poll", "connection", connection="name"),
    )
