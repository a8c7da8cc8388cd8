"""Short messages between a clinic and an employee about one entry; the ydernummer decides which clinic sees them."""

from __future__ import annotations

from sqlalchemy import ForeignKeyConstraint, Index, Table

from gateway.store.ground.columns import code, count, moment, sealed, uuid
from gateway.store.ground.schema import metadata

remark = Table(
    "remark",
    metadata,
    uuid("tenant", key=True),
    uuid("consultation", key=True),
    uuid("id", key=True),
    count("ord"),
    uuid("entry"),
    code("ydernummer", length=6),
    moment("at", required=True),
    code("side"),
    sealed("name"),
    sealed("text"),
    moment("erase_after"),
    ForeignKeyConstraint(["tenant", "consultation"], ["consultation.tenant", "consultation.id"]),
    Index("ix_remark_consultation", "consultation", "ydernummer"),
)
