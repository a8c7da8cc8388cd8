"""What the media processes say about rooms."""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    Column,
    Index,
    Integer,
    String,
    Table,
    Text,
)

from gateway.store.ground.columns import count, flag, moment, words
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
    moment("told_at", required=True),  # when it last told of all its rooms
    words("name"),  # what tickets call it, the same after it was started anew; empty: it did not say
    words("signal_url"),  # where pages reach it; empty: at media_url
    count("seats"),
    count("core_percent"),
    flag("draining"),
    Column("unsealed", Integer),  # seats whose page gave up encryption from page to page; NULL: it did not say
    Index("ix_media_process_heard_at", "heard_at"),
)

# Which process has the room of a call: all sides of it get tickets for that one.
room_place = Table(
    "room_place",
    metadata,
    Column("room", String(64), primary_key=True),
    words("node"),  # the process's name
    moment("placed_at", required=True),
    Index("ix_room_place_placed_at", "placed_at"),
)
