"""Connected systems, as the baseline made them: frozen, whatever the tables become later."""

from __future__ import annotations

from alembic import op

from gateway.store.migrations.baseline.columns import (
    code,
    flag,
    index,
    json,
    moment,
    number,
    octets,
    primary_key,
    references,
    text,
    uuid,
)


def create() -> None:
    _connection()
    _connection_health()
    _connection_revision()
    _hl7_answer()
    _letter_answer()
    _peer_answer()
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


def _hl7_answer() -> None:
    op.create_table(
        "hl7_answer",
        code("connection", 80),
        code("control_id", 199),
        octets("answer"),
        moment("answered_at"),
        primary_key("hl7_answer", "connection", "control_id"),
        references("hl7_answer", "connection", connection="name"),
    )
    index("ix_hl7_answer_answered_at", "hl7_answer", "answered_at")


def _letter_answer() -> None:
    op.create_table(
        "letter_answer",
        code("connection", 80),
        uuid("envelope"),
        uuid("header"),
        octets("answer"),
        moment("answered_at"),
        moment("due_at", null=True),
        primary_key("letter_answer", "connection", "envelope", "header"),
        references("letter_answer", "connection", connection="name"),
    )
    index("ix_letter_answer_answered_at", "letter_answer", "answered_at")
    index("ix_letter_answer_due_at", "letter_answer", "due_at")
    index("ix_letter_answer_header", "letter_answer", "header")


def _peer_answer() -> None:
    op.create_table(
        "peer_answer",
        code("connection", 80),
        code("message", 200),
        octets("request"),
        octets("answer"),
        moment("answered_at"),
        primary_key("peer_answer", "connection", "message"),
        references("peer_answer", "connection", connection="name"),
    )
    index("ix_peer_answer_answered_at", "peer_answer", "answered_at")


def _peer_poll() -> None:
    op.create_table(
        "peer_poll",
        code("connection", 80),
        text("cursor", server_default=""),
        moment("due_at"),
        primary_key("peer_poll", "connection"),
        references("peer_poll", "connection", connection="name"),
    )
