"""What keeps anything from happening twice, as the baseline made them: frozen, whatever the tables become later."""

from __future__ import annotations

from alembic import op

from gateway.store.migrations.baseline.columns import (
    code,
    index,
    moment,
    number,
    octets,
    primary_key,
    text,
    uuid,
)


def create() -> None:
    _stored_answer()
    _used_token()


def _stored_answer() -> None:
    op.create_table(
        "stored_answer",
        code("asker", 80),
        code("message", 200),
        code("envelope"),
        uuid("tenant", null=True),
        octets("request"),
        number("status"),
        octets("answer"),
        moment("answered_at"),
        moment("due_at", null=True),
        primary_key("stored_answer", "asker", "message", "envelope"),
    )
    index("ix_stored_answer_answered_at", "stored_answer", "answered_at")
    index("ix_stored_answer_due_at", "stored_answer", "due_at", where="due_at IS NOT NULL")
    index("ix_stored_answer_envelope", "stored_answer", "asker", "envelope")


def _used_token() -> None:
    op.create_table(
        "used_token",
        text("issuer"),
        text("jti"),
        moment("expires_at"),
        primary_key("used_token", "issuer", "jti"),
    )
    index("ix_used_token_expires_at", "used_token", "expires_at")
