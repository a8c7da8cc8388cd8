"""Monthly reviews of the log: entries that are only added, the draw first. Notes and names lie sealed."""

from __future__ import annotations

from sqlalchemy import JSON, BigInteger, Column, Date, Index, Integer, Table, text

from gateway.store.ground.columns import code, moment, sealed, uuid, words
from gateway.store.ground.schema import metadata

IS_SIGNED = text("kind = 'signed'")

log_review = Table(
    "log_review",
    metadata,
    uuid("tenant", key=True),
    Column("month", Date, primary_key=True),  # its first day
    Column("number", Integer, primary_key=True, autoincrement=False),
    moment("at", required=True),
    code("kind"),
    Column("seq", BigInteger, nullable=False, default=0),  # of the row in ``audit``; 0: the whole month
    code("judgement"),
    sealed("note"),
    words("person"),
    sealed("name"),
    Column("detail", JSON, nullable=False),
    Index("ix_log_review_at", "at"),
)
Index("ix_log_review_signed", log_review.c.month, sqlite_where=IS_SIGNED, postgresql_where=IS_SIGNED)
