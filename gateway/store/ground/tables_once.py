"""One-time tokens that were used, and answers that are given again to a repeated request."""

from __future__ import annotations

from sqlalchemy import (
    Column,
    Index,
    LargeBinary,
    String,
    Table,
    Text,
    text,
)

from gateway.store.ground.columns import count, moment, uuid
from gateway.store.ground.schema import metadata

used_token = Table(
    "used_token",
    metadata,
    Column("issuer", Text, primary_key=True),
    Column("jti", Text, primary_key=True),
    moment("expires_at", required=True),
    Index("ix_used_token_expires_at", "expires_at"),
)


# One table for every caller: a tenant's system with its request key, a practice's with the name of its message.
IS_DUE = text("due_at IS NOT NULL")

stored_answer = Table(
    "stored_answer",
    metadata,
    Column("asker", String(80), primary_key=True),  # name of the connection, or the tenant's id
    Column("message", String(200), primary_key=True),  # as the practice named it; of a tenant's key the keyed hash
    Column("envelope", String(64), primary_key=True),  # Bundle.id around a letter; "" elsewhere
    uuid("tenant", required=False),  # NULL: a practice's system asked, and no tenant reads it
    Column("request", LargeBinary, nullable=False),  # digest of what was asked; a tenant's is sealed, as is its answer
    count("status"),
    Column("answer", LargeBinary, nullable=False),
    moment("answered_at", required=True),
    moment("due_at"),  # an answer that is ours to send, until it is sent
    Index("ix_stored_answer_envelope", "asker", "envelope"),
    # Nearly every row is NULL there: an index over all would be read from one end to the other by "nothing is due".
    Index("ix_stored_answer_due_at", "due_at", sqlite_where=IS_DUE, postgresql_where=IS_DUE),
    Index("ix_stored_answer_answered_at", "answered_at"),
)
