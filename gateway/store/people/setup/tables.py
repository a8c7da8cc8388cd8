"""One row a revision; ``applied``: what is valid from its day on stands in the organisation's own row too."""

from __future__ import annotations

from sqlalchemy import JSON, Column, Date, Index, Integer, Table, text

from gateway.store.ground.columns import code, flag, moment, uuid
from gateway.store.ground.schema import metadata

LONGEST_WHY = 1024
WAITS = text("state = 'in-force' AND NOT applied")

setup_revision = Table(
    "setup_revision",
    metadata,
    uuid("tenant", key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    code("state"),
    Column("settings", JSON, nullable=False),
    code("by", length=255),
    moment("at", required=True),
    code("why", length=LONGEST_WHY),
    Column("valid_from", Date),
    flag("applied"),
)
Index("ix_setup_revision_waits", setup_revision.c.valid_from, sqlite_where=WAITS, postgresql_where=WAITS)
