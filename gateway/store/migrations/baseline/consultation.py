"""Consultations and what hangs on them, as the baseline made them: frozen, whatever the tables become later."""

from __future__ import annotations

from alembic import op

from gateway.store.migrations.baseline.columns import (
    code,
    day,
    flag,
    index,
    json,
    moment,
    number,
    octets,
    primary_key,
    references,
    serial,
    text,
    unique,
    uuid,
)


def create() -> None:
    _consultation()
    _indexes_of_consultation()
    _breach()
    _citizen_case()
    _consultation_event()
    _consultation_key()
    _entry_route()
    _queue_entry()
    _responsibility()


def _consultation() -> None:
    op.create_table(
        "consultation",
        uuid("id"),
        uuid("tenant"),
        code("short_id"),
        code("kind"),
        code("status"),
        code("availability"),
        number("version"),
        octets("document"),
        octets("launch_index"),
        moment("created_at"),
        text("responsible"),
        moment("taken_over_at", null=True),
        code("room"),
        uuid("workplace_id", null=True),
        text("workplace"),
        moment("closed_at", null=True),
        moment("active_until"),
        moment("deadline_at", null=True),
        moment("hand_since", null=True),
        flag("asks_person"),
        flag("undone"),
        flag("keeps_text"),
        moment("erase_after", null=True),
        moment("erased_at", null=True),
        day("counted_on", null=True),
        json("figures", null=True),
        primary_key("consultation", "id"),
        unique("consultation", "tenant", "id"),
    )


def _indexes_of_consultation() -> None:
    index("ix_consultation_deadline_at", "consultation", "deadline_at")
    index("ix_consultation_erase_after", "consultation", "erase_after", "id")
    index("ix_consultation_short_id", "consultation", "short_id", "tenant")
    index("ix_consultation_counted_on", "consultation", "counted_on", "tenant")
    index("ix_consultation_tenant_responsible", "consultation", "tenant", "responsible", "active_until")
    index("ix_consultation_tenant_taken_over_at", "consultation", "tenant", "taken_over_at")
    index("ix_consultation_tenant_workplace", "consultation", "tenant", "workplace", "active_until")
    index("ix_consultation_tenant_workplace_id", "consultation", "tenant", "workplace_id", "active_until")
    index(
        "uq_consultation_open_launch", "consultation", "tenant", "launch_index", unique=True, where="status <> 'closed'"
    )
    open_room = "room <> '' AND status <> 'closed'"
    index("ix_consultation_open_room", "consultation", "room", where=open_room)
    index("uq_consultation_room", "consultation", "room", unique=True, where="room <> ''")
    live = "status IN ('waiting', 'calling', 'in-call')"
    index("ix_consultation_live", "consultation", "status", "availability", where=live)
    for whose in ("workplace", "workplace_id", "responsible"):
        name = f"ix_consultation_undone_{whose}"
        index(name, "consultation", "tenant", whose, "created_at", "id", where="undone")


def _breach() -> None:
    op.create_table(
        "breach",
        uuid("tenant"),
        uuid("consultation"),
        uuid("entry"),
        moment("at"),
        code("kind"),
        code("ydernummer", 6),
        primary_key("breach", "tenant", "consultation", "entry"),
        references("breach", "consultation", tenant="tenant", consultation="id"),
    )


def _citizen_case() -> None:
    op.create_table(
        "citizen_case",
        uuid("tenant"),
        uuid("consultation"),
        uuid("id"),
        octets("identifier_index", null=True),
        octets("record_index", null=True),
        number("note_version"),
        flag("note_owed"),
        primary_key("citizen_case", "tenant", "consultation", "id"),
        references("citizen_case", "consultation", tenant="tenant", consultation="id"),
    )
    index("ix_citizen_case_consultation", "citizen_case", "consultation")
    index("ix_citizen_case_identifier_index", "citizen_case", "identifier_index")
    index("ix_citizen_case_record_index", "citizen_case", "record_index")


def _consultation_event() -> None:
    op.create_table(
        "consultation_event",
        serial("seq"),
        uuid("tenant"),
        uuid("consultation"),
        number("version"),
        number("number"),
        moment("at"),
        code("ydernummer", 6),
        code("actor_kind"),
        text("actor_id"),
        text("actor_role"),
        octets("actor_name"),
        code("kind"),
        json("detail"),
        primary_key("consultation_event", "seq"),
        references("consultation_event", "consultation", tenant="tenant", consultation="id"),
        unique("consultation_event", "tenant", "consultation", "version", "number"),
        sqlite_autoincrement=True,
    )
    index("ix_consultation_event_consultation", "consultation_event", "consultation", "ydernummer", "at")


def _consultation_key() -> None:
    op.create_table(
        "consultation_key",
        uuid("tenant"),
        uuid("consultation"),
        octets("wrapped"),
        moment("erased_at", null=True),
        primary_key("consultation_key", "consultation"),
        references("consultation_key", "consultation", tenant="tenant", consultation="id"),
    )


def _entry_route() -> None:
    op.create_table(
        "entry_route",
        text("connection"),
        code("ydernummer", 6),
        primary_key("entry_route", "connection", "ydernummer"),
    )


def _queue_entry() -> None:
    op.create_table(
        "queue_entry",
        uuid("tenant"),
        uuid("consultation"),
        uuid("id"),
        number("ord"),
        flag("latest"),
        code("ydernummer", 6),
        code("short_id"),
        code("status"),
        flag("queued"),
        moment("place"),
        moment("requested_at"),
        json("connections"),
        moment("received_at", null=True),
        moment("ended_at", null=True),
        moment("active_until"),
        octets("document"),
        primary_key("queue_entry", "tenant", "consultation", "id"),
        references("queue_entry", "consultation", tenant="tenant", consultation="id"),
    )
    index("ix_queue_entry_consultation", "queue_entry", "consultation", "ydernummer")
    index("ix_queue_entry_ended_at", "queue_entry", "ydernummer", "ended_at")
    index("ix_queue_entry_practice", "queue_entry", "ydernummer", "latest", "active_until")
    index("ix_queue_entry_queued", "queue_entry", "ydernummer", "queued", "place")
    index("ix_queue_entry_short_id", "queue_entry", "short_id")
    index("uq_queue_entry_id", "queue_entry", "id", unique=True)


def _responsibility() -> None:
    op.create_table(
        "responsibility",
        uuid("tenant"),
        uuid("consultation"),
        number("version"),
        moment("since"),
        text("employee"),
        octets("name"),
        uuid("workplace_id", null=True),
        primary_key("responsibility", "tenant", "consultation", "version"),
        references("responsibility", "consultation", tenant="tenant", consultation="id"),
    )
    index("ix_responsibility_consultation", "responsibility", "consultation", "employee")
