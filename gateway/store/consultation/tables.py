"""The consultation's rows. Every child carries its tenant in its key, so that no join can cross tenants.

Columns made by ``sealed`` hold ciphertext (crypto.py); ``…_index`` columns hold keyed hashes to look up by.
``erase_after`` says when the texts of the row are due to be erased.
"""

from __future__ import annotations

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
    UniqueConstraint,
    Uuid,
    text,
)

from gateway.store.ground.columns import Sequence64, code, count, flag, moment, sealed, uuid, words
from gateway.store.ground.schema import metadata

consultation = Table(
    "consultation",
    metadata,
    uuid("id", key=True),
    uuid("tenant"),
    code("short_id", index=True),
    code("kind"),
    code("status"),
    count("version"),
    Column("launch_index", LargeBinary, nullable=False),
    sealed("launch_key"),
    code("door"),
    moment("created_at", required=True),
    words("responsible"),
    sealed("responsible_name"),
    code("room"),
    Column("station_role", Text),  # NULL: no workstation chosen yet
    code("station_category"),
    uuid("workplace_id", required=False),
    words("workplace"),
    sealed("phone"),
    code("form"),
    sealed("reason"),
    moment("reason_corrected_at"),
    moment("agreed_at"),
    sealed("agreed_with"),
    code("availability"),
    moment("review_until"),
    code("modality"),
    code("technical_failure"),
    Column("ending", String(64)),
    moment("closed_at"),
    flag("synthetic"),
    moment("handover_at"),
    Column("handover_locked", Boolean),
    moment("handover_over_at"),
    moment("handover_returned_at"),
    moment("handover_called_at"),
    moment("deadline_at"),
    moment("erase_after"),
    moment("erased_at"),
    moment("availability_at"),
    code("device_verdict"),
    UniqueConstraint("tenant", "id"),
    Index("ix_consultation_tenant_responsible", "tenant", "responsible"),
    Index("ix_consultation_tenant_workplace", "tenant", "workplace_id"),
    Index("ix_consultation_deadline_at", "deadline_at"),
    Index("ix_consultation_erase_after", "erase_after"),
)
# One record, one open consultation: a second launch of the same key finds the first; after closing a new one may start.
Index(
    "uq_consultation_open_launch",
    consultation.c.tenant,
    consultation.c.launch_index,
    unique=True,
    sqlite_where=text("status <> 'closed'"),
    postgresql_where=text("status <> 'closed'"),
)
# Two consultations in one room would be two citizens in one conversation.
Index(
    "uq_consultation_room",
    consultation.c.room,
    unique=True,
    sqlite_where=text("room <> ''"),
    postgresql_where=text("room <> ''"),
)


def _key() -> list[Column[object]]:
    return [uuid("tenant", key=True), uuid("consultation", key=True)]


def _parent() -> ForeignKeyConstraint:
    return ForeignKeyConstraint(["tenant", "consultation"], ["consultation.tenant", "consultation.id"])


queue_entry = Table(
    "queue_entry",
    metadata,
    *_key(),
    uuid("id", key=True),
    count("ord"),
    Column("latest", Boolean, nullable=False, default=True),
    code("ydernummer", length=6),
    words("practice_name"),
    code("basis"),
    code("status"),
    moment("place", required=True),
    moment("requested_at", required=True),
    moment("expires_at", required=True),
    Column("connections", JSON, nullable=False),
    sealed("addressed_to"),
    moment("received_at"),
    moment("seen_at"),
    moment("accepted_at"),
    words("accepted_by"),
    sealed("accepted_name"),
    sealed("clinician"),
    moment("ring_until"),
    flag("ring_extended"),
    count("misses"),
    moment("joined_at"),
    moment("started_at"),
    moment("ended_at"),
    code("ended_reason"),
    sealed("ended_text"),
    count("revision", 1),
    flag("told_not_received"),
    flag("told_not_seen"),
    moment("past_agreed_at"),
    moment("parked_at"),
    moment("proposed_at"),
    Column("proposed_by", String(64)),  # NULL: nobody has proposed another time
    _parent(),
    Index("uq_queue_entry_id", "id", unique=True),
    Index("ix_queue_entry_practice", "ydernummer", "latest", "status", "place"),
    Index("ix_queue_entry_consultation", "consultation", "ydernummer"),
)

citizen_case = Table(
    "citizen_case",
    metadata,
    *_key(),
    uuid("id", key=True),
    count("ord"),
    sealed("identifier"),
    Column("identifier_index", LargeBinary, index=True),
    sealed("name"),
    sealed("birth_date"),
    code("gender"),
    flag("protected"),
    words("eoj_connection"),
    sealed("record_ref"),
    Column("record_index", LargeBinary, index=True),
    Column("own_ydernummer", String(6)),
    code("own_source"),
    Column("own_as_of", Date),
    code("own_certainty"),
    moment("discussed_from"),
    moment("discussed_to"),
    moment("erase_after"),
    _parent(),
)

consent = Table(
    "consent",
    metadata,
    *_key(),
    uuid("case_id", key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    code("answer"),
    sealed("declared_by"),
    words("declared_by_id"),
    moment("declared_at", required=True),
    code("wording_version"),
    Column("representative", String(64)),
    sealed("representative_name"),
    sealed("reason"),
    _parent(),
)

note_version = Table(
    "note_version",
    metadata,
    *_key(),
    uuid("case_id", key=True),
    Column("version", Integer, primary_key=True, autoincrement=False),
    code("status"),
    moment("created_at", required=True),
    sealed("employee_text"),
    sealed("clinic_text"),
    sealed("facts"),
    sealed("approved_by"),
    moment("approved_at"),
    moment("erase_after"),
    Column("authors", LargeBinary),  # sealed; NULL in rows of before there was such a column
    _parent(),
)

participant = Table(
    "participant",
    metadata,
    *_key(),
    uuid("id", key=True),
    count("ord"),
    code("role"),
    sealed("name"),
    code("how"),
    moment("started"),
    moment("ended"),
    _parent(),
)

seat = Table(
    "seat",
    metadata,
    *_key(),
    uuid("id", key=True),
    count("ord"),
    uuid("participant_id"),
    code("role"),
    count("generation", 1),
    moment("claimed_at", required=True),
    code("device"),
    _parent(),
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

CHILDREN = (queue_entry, citizen_case, consent, note_version, participant, seat, responsibility, breach)
