"""What keeps anything from happening twice, as the baseline made them: frozen, whatever the tables become later."""

from __future__ import annotations

from alembic import op

from gateway.store.migrations.baseline.columns import (
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
        uuid("tenant"),
        octets("key_index"),
        octets("body_hash"),
        number("status"),
        octets("body"),
        moment("created_at"),
        primary_key("stored_answer", "tenant", "key_index"),
    )
    index("ix_stored_answer_created_at", "stored_answer", "created_at")


def _used_token() -> None:
    op.create_table(
        "used_token",
        text("issuer"),
        text("jti"),
        moment("expires_at"),
        primary_key("used_token", "issuer", "jti"),
    )
    index("ix_used_token_expires_at", "used_token", "expires_at")
