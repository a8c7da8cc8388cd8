"""One-time tokens that were used, and answers that are given again to a repeated request."""

from __future__ import annotations

from sqlalchemy import (
    Column,
    Index,
    LargeBinary,
    Table,
    Text,
)

from gateway.store.ground.columns import count, moment, sealed, uuid
from gateway.store.ground.schema import metadata

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
