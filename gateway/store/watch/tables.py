"""Alarms and what has been told of them, processes that are alive, and differences found at peers."""

from __future__ import annotations

from sqlalchemy import JSON, Column, Date, ForeignKey, ForeignKeyConstraint, Index, String, Table, text

from gateway.store.ground.columns import code, count, flag, moment, uuid, words
from gateway.store.ground.schema import metadata

IS_ACTIVE = text("ended_at IS NULL")
IS_UNSENT = text("sent_at IS NULL")
IS_UNSETTLED = text("settled_at IS NULL")
IS_OPEN = text("next_at IS NOT NULL")

alarm = Table(
    "alarm",
    metadata,
    uuid("id", key=True),
    uuid("tenant", required=False),  # NULL: operations' own matter
    code("kind"),
    code("subject", length=255),  # a connection, a process or a register
    code("whose"),  # the tenant again, "" for operations: NULLs differ from each other in a unique index
    count("count"),
    moment("started_at", required=True),
    moment("ended_at"),
    Index("ix_alarm_ended_at", "ended_at"),
    Index("ix_alarm_started_at", "started_at"),
)
Index(
    "uq_alarm_active",
    alarm.c.kind,
    alarm.c.subject,
    alarm.c.whose,
    unique=True,
    sqlite_where=IS_ACTIVE,
    postgresql_where=IS_ACTIVE,
)

# One row for each edge of an alarm and each place it is told to; done when ``sent_at`` is set.
alarm_notice = Table(
    "alarm_notice",
    metadata,
    uuid("alarm", key=True),
    Column("edge", String(64), primary_key=True),
    Column("target", String(255), primary_key=True),  # mail or webhook, and the place's number in the settings
    moment("due_at", required=True),
    count("attempts"),
    moment("sent_at"),
    words("fault"),
    ForeignKeyConstraint(["alarm"], ["alarm.id"], ondelete="CASCADE"),
    Index("ix_alarm_notice_due_at", "due_at", sqlite_where=IS_UNSENT, postgresql_where=IS_UNSENT),
)

process_beat = Table(
    "process_beat",
    metadata,
    Column("process", String(64), primary_key=True),
    Column("instance", String(64), primary_key=True),
    moment("at", required=True),
    Column("host", String(64), nullable=False, default=""),
    count("apart"),  # seconds between its machine's clock and ours
    count("disk_free", 100),  # percent
)

difference = Table(
    "difference",
    metadata,
    uuid("delivery", key=True),  # or the entry that a practice shows and nobody here knows
    uuid("tenant", required=False),  # NULL: of nobody here
    uuid("consultation", required=False),
    code("connection", length=255),
    code("what"),
    moment("found_at", required=True),
    moment("settled_at"),
    ForeignKeyConstraint(["tenant", "consultation"], ["consultation.tenant", "consultation.id"]),
    Index("ix_difference_consultation", "consultation"),
    Index("ix_difference_open", "found_at", sqlite_where=IS_UNSETTLED, postgresql_where=IS_UNSETTLED),
)

reconcile_cursor = Table(
    "reconcile_cursor",
    metadata,
    Column("connection", String(255), primary_key=True),
    moment("reached", required=True),  # everything of that connection filed before has been looked at in this round
    uuid("last", required=False),  # of those of that very moment
    moment("round_began", required=True),
    moment("listed_at"),  # when the practice's queue was last held against ours
)

# Where the heads of the audit's chains could not be handed to, since when; a row goes when it succeeds.
head_failure = Table(
    "head_failure",
    metadata,
    Column("place", String(64), primary_key=True),
    moment("since", required=True),
    code("fault"),
)

synthetic_run = Table(
    "synthetic_run",
    metadata,
    uuid("id", key=True),
    code("organisation", length=255),
    code("short_id"),  # "": it did not come to a consultation
    moment("began_at", required=True),
    count("milliseconds"),
    code("failed_at"),  # "": every part was well
    code("fault", length=1024),
    Index("ix_synthetic_run_began_at", "began_at"),
)

# Rotation of the data key (resealing.py): per table the key its values are being sealed under, and how far it came.
resealing = Table(
    "resealing",
    metadata,
    Column("name", String(64), primary_key=True),
    code("key", length=255),
    words("reached"),
    count("rows"),
    count("unreadable"),
    flag("done"),
    moment("at", required=True),
)

# Planned maintenance: windows, and the connections each of them holds.
maintenance = Table(
    "maintenance",
    metadata,
    uuid("id", key=True),
    uuid("tenant", required=False),  # NULL: the operator's
    code("words", length=300),  # what the nurses read
    Column("day", Date, nullable=False),
    code("begins", length=5),  # HH:MM on the wall in Denmark
    code("ends", length=5),
    code("repeat"),  # "": once
    code("stage"),
    moment("starts_at", required=True),
    moment("ends_at", required=True),
    moment("next_at"),  # when the relay looks at it again; NULL: it is over
    code("by", length=255),
    moment("at", required=True),
    Column("upgrades_from", String(64)),  # NULL: of connections; else an upgrade of our own, of that version
    Index("ix_maintenance_next_at", "next_at", sqlite_where=IS_OPEN, postgresql_where=IS_OPEN),
    Index("ix_maintenance_starts_at", "starts_at"),
)

maintenance_connection = Table(
    "maintenance_connection",
    metadata,
    Column("maintenance", ForeignKey("maintenance.id", ondelete="CASCADE"), primary_key=True),
    Column("connection", String(255), ForeignKey("connection.name"), primary_key=True),
    flag("paused"),
    Column("before", JSON(none_as_null=True)),  # what it said of itself; NULL: it could not be asked
    Column("changes", JSON(none_as_null=True)),  # [what, before, after]; NULL: not compared
    moment("resumed_at"),
    count("held"),
    code("fault"),
    Index("ix_maintenance_connection_connection", "connection"),
)
