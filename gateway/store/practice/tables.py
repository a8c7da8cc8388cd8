"""Practices: how they are reached, when they take video, who is there, and who substitutes."""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    Column,
    Date,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
)

from gateway.store.ground.columns import code, count, flag, moment, uuid
from gateway.store.ground.schema import metadata

YDERNUMMER = 6
PHASE = 64


def _ydernummer(name: str = "ydernummer") -> Column[str]:
    return Column(name, String(YDERNUMMER), primary_key=True)


practice_profile = Table(
    "practice_profile",
    metadata,
    _ydernummer(),
    Column("hours", JSON, nullable=False),
    code("agreement"),
    code("direct_phone", length=255),
    flag("synthetic"),
    moment("changed_at", required=True),
    code("changed_by", length=255),
)


# What a practice has said about itself on its own page: only ever added, and it outlives a new stanza of the set-up.
practice_change = Table(
    "practice_change",
    metadata,
    Column("seq", Integer, primary_key=True, autoincrement=True),
    Column("ydernummer", String(6), nullable=False),
    moment("at", required=True),
    code("what"),
    code("value", length=255),
    code("changed_by", length=255),
    Index("ix_practice_change_ydernummer", "ydernummer", "seq"),
    sqlite_autoincrement=True,
)


practice_connection = Table(
    "practice_connection",
    metadata,
    _ydernummer(),
    Column("connection", ForeignKey("connection.name"), primary_key=True, index=True),
    count("position"),
)


practice_attendance = Table(
    "practice_attendance",
    metadata,
    uuid("clinic", key=True),
    _ydernummer(),
    moment("seen_at", required=True),
    Index("ix_practice_attendance_number", "ydernummer", "seen_at"),
)


substitution = Table(
    "substitution",
    metadata,
    _ydernummer(),
    _ydernummer("substitute"),
    Column("valid_from", Date, primary_key=True),
    Column("valid_to", Date),
    code("set_by", length=255),
    moment("set_at", required=True),
)
