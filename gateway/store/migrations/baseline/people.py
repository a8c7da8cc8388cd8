"""Organisations, employees and sessions, as the baseline made them: frozen, whatever the tables become later."""

from __future__ import annotations

from alembic import op

from gateway.store.migrations.baseline.columns import (
    code,
    flag,
    index,
    json,
    moment,
    number,
    octets,
    primary_key,
    references,
    text,
    unique,
    uuid,
)


def create() -> None:
    _barring()
    _clinic()
    _clinic_user()
    _employee()
    _media_process()
    _onetime()
    _outside_room()
    _page_presence()
    _return_code()
    _room_place()
    _room_state()
    _session()
    _tenant()
    _wish()
    _workplace()
    _workplace_grant()
    _clinic_membership()
    _clinic_practice()


def _barring() -> None:
    op.create_table(
        "barring",
        code("person", 255),
        uuid("tenant", null=True),
        moment("barred_at"),
        primary_key("barring", "person"),
    )


def _clinic() -> None:
    op.create_table(
        "clinic",
        uuid("id"),
        code("name", 255),
        flag("synthetic"),
        primary_key("clinic", "id"),
    )


def _clinic_user() -> None:
    op.create_table(
        "clinic_user",
        uuid("id"),
        code("connection", 255),
        octets("name"),
        code("role", 255),
        primary_key("clinic_user", "id"),
    )


def _employee() -> None:
    op.create_table(
        "employee",
        uuid("tenant"),
        uuid("id"),
        octets("name"),
        octets("authorisation"),
        code("role", 255),
        octets("workstation"),
        moment("first_seen_at"),
        moment("last_seen_at"),
        primary_key("employee", "tenant", "id"),
    )


def _media_process() -> None:
    op.create_table(
        "media_process",
        text("process"),
        number("number"),
        moment("heard_at"),
        moment("told_at"),
        text("name"),
        text("signal_url"),
        number("seats"),
        number("core_percent"),
        flag("draining"),
        primary_key("media_process", "process"),
    )
    index("ix_media_process_heard_at", "media_process", "heard_at")


def _onetime() -> None:
    op.create_table(
        "onetime",
        octets("token_hash"),
        code("kind"),
        moment("expires_at"),
        octets("payload"),
        octets("binding_hash", null=True),
        moment("used_at", null=True),
        primary_key("onetime", "token_hash"),
    )
    index("ix_onetime_expires_at", "onetime", "expires_at")


def _outside_room() -> None:
    op.create_table(
        "outside_room",
        code("room"),
        code("connection"),
        code("stage"),
        code("reference"),
        octets("link"),
        octets("host_pin"),
        moment("begun_at"),
        moment("due_at"),
        primary_key("outside_room", "room"),
    )
    index("ix_outside_room_stage", "outside_room", "stage", "due_at")
    index("ix_outside_room_begun_at", "outside_room", "begun_at")


def _page_presence() -> None:
    op.create_table(
        "page_presence",
        uuid("consultation"),
        moment("seen_at"),
        primary_key("page_presence", "consultation"),
    )
    index("ix_page_presence_seen_at", "page_presence", "seen_at")


def _return_code() -> None:
    op.create_table(
        "return_code",
        uuid("session"),
        uuid("employee_session"),
        octets("code_hash"),
        number("tries"),
        moment("expires_at"),
        primary_key("return_code", "session"),
    )
    index("ix_return_code_expires_at", "return_code", "expires_at")


def _room_place() -> None:
    op.create_table(
        "room_place",
        code("room"),
        text("node"),
        moment("placed_at"),
        primary_key("room_place", "room"),
    )
    index("ix_room_place_placed_at", "room_place", "placed_at")


def _room_state() -> None:
    op.create_table(
        "room_state",
        code("room"),
        text("process"),
        moment("heard_at"),
        moment("present_at"),
        json("seats"),
        primary_key("room_state", "room", "process"),
    )
    index("ix_room_state_heard_at", "room_state", "heard_at")
    index("ix_room_state_present_at", "room_state", "present_at")
    index("ix_room_state_process", "room_state", "process", "heard_at")


def _session() -> None:
    op.create_table(
        "session",
        uuid("id"),
        octets("token_hash"),
        code("kind"),
        code("person", 255),
        octets("subject_index"),
        octets("credentials"),
        octets("id_token"),
        uuid("tenant", null=True),
        uuid("clinic", null=True),
        moment("created_at"),
        moment("expires_at"),
        moment("seen_at"),
        number("idle_minutes"),
        uuid("citizen_consultation", null=True),
        flag("suspended"),
        octets("login_index", null=True),
        octets("sid_index", null=True),
        primary_key("session", "id"),
        unique("session", "token_hash"),
    )
    index("ix_session_citizen_consultation", "session", "citizen_consultation", "tenant")
    index("ix_session_expires_at", "session", "expires_at")
    index("ix_session_login", "session", "login_index")
    index("ix_session_sid", "session", "sid_index")
    index("ix_session_tenant_subject", "session", "tenant", "subject_index")


def _tenant() -> None:
    op.create_table(
        "tenant",
        uuid("id"),
        code("cvr", 8),
        code("name", 255),
        code("type"),
        code("kommunekode", 4),
        flag("synthetic"),
        json("settings"),
        primary_key("tenant", "id"),
        unique("tenant", "cvr"),
    )


def _wish() -> None:
    op.create_table(
        "wish",
        uuid("id"),
        uuid("tenant", null=True),
        code("person", 255),
        code("kind"),
        code("page"),
        code("reference"),
        code("version"),
        octets("text"),
        octets("answer"),
        code("status"),
        moment("sent_at"),
        moment("answered_at", null=True),
        primary_key("wish", "id"),
    )
    index("ix_wish_person", "wish", "person", "sent_at")
    index("ix_wish_tenant", "wish", "tenant", "sent_at")
    index("ix_wish_sent_at", "wish", "sent_at")
    index("ix_wish_new", "wish", "tenant", where="status = 'new'")


def _workplace() -> None:
    op.create_table(
        "workplace",
        uuid("tenant"),
        uuid("id"),
        code("name", 255),
        code("sor", 18),
        code("phone", 255),
        flag("listed"),
        primary_key("workplace", "tenant", "id"),
    )


def _workplace_grant() -> None:
    op.create_table(
        "workplace_grant",
        uuid("tenant"),
        uuid("employee"),
        uuid("workplace"),
        code("source", 255),
        moment("granted_at"),
        primary_key("workplace_grant", "tenant", "employee", "workplace", "source"),
    )


def _clinic_membership() -> None:
    op.create_table(
        "clinic_membership",
        uuid("clinic_user"),
        uuid("clinic"),
        primary_key("clinic_membership", "clinic_user", "clinic"),
        references("clinic_membership", "clinic", clinic="id"),
        references("clinic_membership", "clinic_user", clinic_user="id"),
    )
    index("ix_clinic_membership_clinic", "clinic_membership", "clinic")


def _clinic_practice() -> None:
    op.create_table(
        "clinic_practice",
        code("ydernummer", 6),
        uuid("clinic"),
        primary_key("clinic_practice", "ydernummer"),
        references("clinic_practice", "clinic", clinic="id"),
    )
    index("ix_clinic_practice_clinic", "clinic_practice", "clinic")
