"""What is owed to other systems, and the audit trail, as the baseline made them: frozen, whatever becomes of them."""

from __future__ import annotations

from alembic import op

from gateway.store.migrations.baseline.columns import (
    big,
    code,
    flag,
    index,
    moment,
    number,
    octets,
    primary_key,
    references,
    serial,
    text,
    uuid,
)


def create() -> None:
    _audit()
    _audit_seals()
    _delivery()
    _letter()
    _delivery_attempt()


def _audit() -> None:
    op.create_table(
        "audit",
        serial("seq"),
        uuid("id"),
        moment("at"),
        uuid("tenant", null=True),
        text("organisation"),
        code("verb"),
        text("what"),
        uuid("consultation", null=True),
        octets("case_hash", null=True),
        text("basis"),
        code("channel"),
        code("actor_kind"),
        text("actor_id"),
        octets("actor_name"),
        text("actor_role"),
        primary_key("audit", "seq"),
        sqlite_autoincrement=True,
    )
    index("ix_audit_case_hash", "audit", "case_hash")
    index("ix_audit_consultation", "audit", "consultation")
    index("ix_audit_tenant_at", "audit", "tenant", "at")
    index("ix_audit_drill", "audit", "at", where="what = 'keys drilled'")
    index("ix_audit_stopped_search", "audit", "at", where="what = 'citizen-search-limited'")


def _audit_seals() -> None:
    op.create_table("audit_unsealed", big("seq"), primary_key("audit_unsealed", "seq"))
    op.create_table(
        "audit_seal",
        uuid("tenant"),
        big("number"),
        moment("at"),
        number("rows"),
        octets("content"),
        octets("head"),
        primary_key("audit_seal", "tenant", "number"),
    )


def _delivery() -> None:
    op.create_table(
        "delivery",
        uuid("id"),
        uuid("tenant"),
        uuid("consultation"),
        code("kind"),
        uuid("subject"),
        number("version"),
        text("connection"),
        uuid("key"),
        code("status"),
        moment("created_at"),
        moment("due_at"),
        code("lease", null=True),
        moment("lease_until", null=True),
        number("attempts"),
        number("crashes"),
        number("lost"),
        flag("unknown"),
        moment("sent_at", null=True),
        text("reference"),
        moment("received_at", null=True),
        moment("filed_at", null=True),
        flag("replayed"),
        text("fault"),
        primary_key("delivery", "id"),
        references("delivery", "consultation", tenant="tenant", consultation="id"),
    )
    index("ix_delivery_connection_sent_at", "delivery", "connection", "sent_at", "id")
    index("ix_delivery_consultation", "delivery", "consultation", "kind")
    index("ix_delivery_reference", "delivery", "reference")
    index("ix_delivery_lane", "delivery", "status", "connection", "tenant", "due_at")
    index("ix_delivery_status_due_at", "delivery", "status", "due_at")
    index("ix_delivery_subject_connection", "delivery", "subject", "connection", "version")


def _letter() -> None:
    op.create_table(
        "letter",
        code("connection", 80),
        uuid("id"),
        uuid("tenant"),
        uuid("consultation"),
        uuid("entry"),
        number("position"),
        code("kind"),
        moment("at"),
        uuid("segment"),
        octets("content"),
        number("sends"),
        moment("sent_at", null=True),
        code("answer"),
        code("answer_code", 120),
        moment("answered_at", null=True),
        flag("given_up"),
        primary_key("letter", "connection", "id"),
        references("letter", "connection", connection="name"),
    )
    index("ix_letter_consultation", "letter", "consultation")
    index("ix_letter_entry", "letter", "entry", "connection", "position")


def _delivery_attempt() -> None:
    op.create_table(
        "delivery_attempt",
        uuid("delivery"),
        number("number"),
        uuid("tenant"),
        uuid("consultation"),
        text("connection"),
        number("connection_revision", null=True),
        moment("started_at"),
        moment("ended_at", null=True),
        code("outcome", null=True),
        text("fault"),
        primary_key("delivery_attempt", "delivery", "number"),
        references("delivery_attempt", "delivery", delivery="id"),
        references("delivery_attempt", "consultation", tenant="tenant", consultation="id"),
    )
    index("ix_delivery_attempt_consultation", "delivery_attempt", "consultation")
    index("ix_delivery_attempt_ended_at", "delivery_attempt", "ended_at")
    index("ix_delivery_attempt_tenant_ended_at", "delivery_attempt", "tenant", "ended_at")
