"""The consultation's rows: one sealed document each, and beside it only what is searched, counted or timed.

``document`` columns hold sealed JSON (document.py). The tenant's whole document lies in ``consultation``, which no
clinic reads; what a practice may see lies in the rows of its own entries. ``…_index`` columns hold keyed hashes to
look up by. ``active_until`` is the moment a consultation closed, and ``FOREVER`` while it is open, so that "open, or
closed since" is one range of an index.
"""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    Date,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
    TextClause,
    UniqueConstraint,
    Uuid,
    text,
)

from gateway.store.ground.columns import Sequence64, code, count, flag, moment, sealed, uuid, words
from gateway.store.ground.schema import metadata

FOREVER = datetime(9999, 12, 31, tzinfo=UTC)
# Written into statements as it stands: an index over part of a table serves only a query that repeats the condition.
NOT_CLOSED = text("status <> 'closed'")
HAS_ROOM = text("room <> ''")
UNDONE = text("undone")
LIVE = text("status IN ('waiting', 'calling', 'in-call')")

consultation = Table(
    "consultation",
    metadata,
    uuid("id", key=True),
    uuid("tenant"),
    code("short_id"),
    code("kind"),
    code("status"),
    code("availability"),
    count("version"),
    sealed("document"),
    Column("launch_index", LargeBinary, nullable=False),
    moment("created_at", required=True),
    words("responsible"),
    moment("taken_over_at"),  # when a colleague last took it over; NULL: it is still hers who opened it
    code("room"),
    uuid("workplace_id", required=False),
    words("workplace"),
    moment("closed_at"),
    moment("active_until", required=True),
    moment("deadline_at"),
    moment("hand_since"),  # since when an approved note has waited for a hand, because there is no record to file it in
    flag("asks_person"),  # a note must be retracted, lacks the clinician's name, or was answered and nobody has read it
    flag("undone"),  # it asks a person, waits for a hand, or a note of it stands still at its record (undone.py)
    flag("keeps_text"),  # a note must be retracted: nothing is erased before
    moment("erase_after"),  # NULL: not closed, or nothing is erased before a note is retracted
    moment("erased_at"),
    Column("counted_on", Date),  # the Danish day on which it began; NULL: not counted, a rehearsal
    Column("figures", JSON(none_as_null=True)),  # what is counted of it (rows.py)
    UniqueConstraint("tenant", "id"),
    Index("ix_consultation_counted_on", "counted_on", "tenant"),
    Index("ix_consultation_tenant_responsible", "tenant", "responsible", "active_until"),
    Index("ix_consultation_tenant_workplace", "tenant", "workplace", "active_until"),
    Index("ix_consultation_tenant_workplace_id", "tenant", "workplace_id", "active_until"),
    Index("ix_consultation_tenant_taken_over_at", "tenant", "taken_over_at"),
    Index("ix_consultation_deadline_at", "deadline_at"),
    Index("ix_consultation_erase_after", "erase_after", "id"),
    # SQLite keeps no statistics here: of two indexes that fit it takes the one of which more columns are asked.
    Index("ix_consultation_short_id", "short_id", "tenant"),
)


def _partial(name: str, condition: TextClause, *columns: str, unique: bool = False) -> None:
    """An index over the few rows for which the condition holds."""
    named = [consultation.c[column] for column in columns]
    Index(name, *named, unique=unique, sqlite_where=condition, postgresql_where=condition)


# One record, one open consultation: a second launch of the same key finds the first; after closing a new one may start.
_partial("uq_consultation_open_launch", NOT_CLOSED, "tenant", "launch_index", unique=True)
# Two consultations in one room would be two citizens in one conversation.
_partial("uq_consultation_room", HAS_ROOM, "room", unique=True)
_partial("ix_consultation_open_room", text("room <> '' AND status <> 'closed'"), "room")
_partial("ix_consultation_live", LIVE, "status", "availability")
for _whose in ("workplace", "workplace_id", "responsible"):
    _partial(f"ix_consultation_undone_{_whose}", UNDONE, "tenant", _whose, "created_at", "id")


def _key() -> list[Column[object]]:
    return [uuid("tenant", key=True), uuid("consultation", key=True)]


def _parent() -> ForeignKeyConstraint:
    return ForeignKeyConstraint(["tenant", "consultation"], ["consultation.tenant", "consultation.id"])


# ``document``: the consultation as this entry's practice may see it (clinic_view.py).
queue_entry = Table(
    "queue_entry",
    metadata,
    *_key(),
    uuid("id", key=True),
    count("ord"),
    Column("latest", Boolean, nullable=False, default=True),
    code("ydernummer", length=6),
    code("short_id", index=True),
    code("status"),
    flag("queued"),  # counts for the positions of those behind it
    moment("place", required=True),
    moment("requested_at", required=True),
    Column("connections", JSON, nullable=False),
    moment("received_at"),
    moment("ended_at"),
    moment("active_until", required=True),
    sealed("document"),
    _parent(),
    Index("uq_queue_entry_id", "id", unique=True),
    Index("ix_queue_entry_practice", "ydernummer", "latest", "active_until"),
    Index("ix_queue_entry_tenant_practice", "tenant", "ydernummer", "latest", "active_until"),
    Index("ix_queue_entry_queued", "ydernummer", "queued", "place"),
    Index("ix_queue_entry_ended_at", "ydernummer", "ended_at"),
    Index("ix_queue_entry_consultation", "consultation", "ydernummer"),
)

# The key that seals this consultation's documents and letters, itself sealed under the data key (own_keys.py). Dumps
# leave these rows out. ``erased_at``: when it was replaced, so that nothing sealed before can be opened again.
consultation_key = Table(
    "consultation_key",
    metadata,
    uuid("tenant"),
    uuid("consultation", key=True),
    sealed("wrapped"),
    moment("erased_at"),
    _parent(),
)

# Pictures for the note, sealed like the documents by the consultation's own key: kept until they are filed, withdrawn
# or not chosen (gateway/domain/note/picturing.py). At most four of one consultation.
still = Table(
    "still",
    metadata,
    *_key(),
    uuid("id", key=True),
    moment("taken_at", required=True),
    sealed("picture"),
    _parent(),
    Index("ix_still_consultation", "consultation"),
)

# Which practices' entries a connection was ever given: as many rows as there are practices, however many entries.
entry_route = Table(
    "entry_route",
    metadata,
    Column("connection", Text, primary_key=True),
    Column("ydernummer", String(6), primary_key=True),
)

# By whom or by which record a consultation is found, and which note of the case is ours to deliver.
citizen_case = Table(
    "citizen_case",
    metadata,
    *_key(),
    uuid("id", key=True),
    Column("identifier_index", LargeBinary),
    Column("record_index", LargeBinary),
    count("note_version"),  # the newest; 0: none
    flag("note_owed"),
    _parent(),
    Index("ix_citizen_case_identifier_index", "identifier_index"),
    Index("ix_citizen_case_record_index", "record_index"),
    Index("ix_citizen_case_consultation", "consultation"),
)

# Who was responsible from which version on: rows are only ever added.
responsibility = Table(
    "responsibility",
    metadata,
    *_key(),
    Column("version", Integer, primary_key=True, autoincrement=False),
    moment("since", required=True),
    words("employee"),
    sealed("name"),
    uuid("workplace_id", required=False),
    _parent(),
    Index("ix_responsibility_consultation", "consultation", "employee"),
)

consultation_event = Table(
    "consultation_event",
    metadata,
    Column("seq", Sequence64, primary_key=True, autoincrement=True),
    Column("tenant", Uuid, nullable=False),
    Column("consultation", Uuid, nullable=False),
    count("version"),
    count("number"),
    moment("at", required=True),
    code("ydernummer", length=6),
    code("actor_kind"),
    words("actor_id"),
    words("actor_role"),
    sealed("actor_name"),
    code("kind"),
    Column("detail", JSON, nullable=False),
    _parent(),
    UniqueConstraint("tenant", "consultation", "version", "number"),
    Index("ix_consultation_event_consultation", "consultation", "ydernummer", "at"),
    sqlite_autoincrement=True,
)

# The wrong record was open and somebody outside had seen it: the basis of the 72-hour report (GDPR art. 33).
breach = Table(
    "breach",
    metadata,
    *_key(),
    uuid("entry", key=True),
    moment("at", required=True),
    code("kind"),
    code("ydernummer", length=6),
    _parent(),
)
