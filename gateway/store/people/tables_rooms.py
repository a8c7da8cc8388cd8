"""What the media processes say about rooms."""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    Column,
    Index,
    String,
    Table,
    Text,
)

from gateway.store.ground.columns import count, moment
from gateway.store.ground.schema import metadata

# One row per room and media process: while seats move to another process, both speak of the room for a while.
room_state = Table(
    "room_state",
    metadata,
    Column("room", String(64), primary_key=True),
    Column("process", Text, primary_key=True),
    moment("heard_at", required=True),  # the database's clock: how old the news is
    moment("present_at", required=True),  # the caller's clock: when somebody was last connected
    Column("seats", JSON, nullable=False),
    Index("ix_room_state_heard_at", "heard_at"),
    Index("ix_room_state_present_at", "present_at"),
    Index("ix_room_state_process", "process", "heard_at"),
)


media_process = Table(
    "media_process",
    metadata,
    Column("process", Text, primary_key=True),
    count("number"),
    moment("heard_at", required=True),
)
