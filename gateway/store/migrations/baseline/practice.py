"""Practices, as the baseline made them: frozen, whatever the tables become later."""

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
    primary_key,
    references,
    serial32,
    uuid,
)


def create() -> None:
    _practice_attendance()
    _practice_change()
    _practice_profile()
    _substitution()
    _practice_connection()


def _practice_attendance() -> None:
    op.create_table(
        "practice_attendance",
        uuid("clinic"),
        code("ydernummer", 6),
        moment("seen_at"),
        primary_key("practice_attendance", "clinic", "ydernummer"),
    )
    index("ix_practice_attendance_number", "practice_attendance", "ydernummer", "seen_at")


def _practice_change() -> None:
    op.create_table(
        "practice_change",
        serial32("seq"),
        code("ydernummer", 6),
        moment("at"),
        code("what"),
        code("value", 255),
        code("changed_by", 255),
        primary_key("practice_change", "seq"),
        sqlite_autoincrement=True,
    )
    index("ix_practice_change_ydernummer", "practice_change", "ydernummer", "seq")


def _practice_profile() -> None:
    op.create_table(
        "practice_profile",
        code("ydernummer", 6),
        json("hours"),
        code("agreement"),
        code("direct_phone", 255),
        flag("synthetic"),
        moment("changed_at"),
        code("changed_by", 255),
        primary_key("practice_profile", "ydernummer"),
    )


def _substitution() -> None:
    op.create_table(
        "substitution",
        code("ydernummer", 6),
        code("substitute", 6),
        day("valid_from"),
        day("valid_to", null=True),
        code("set_by", 255),
        moment("set_at"),
        primary_key("substitution", "ydernummer", "substitute", "valid_from"),
    )


def _practice_connection() -> None:
    op.create_table(
        "practice_connection",
        code("ydernummer", 6),
        code("connection", 255),
        number("position"),
        primary_key("practice_connection", "ydernummer", "connection"),
        references("practice_connection", "connection", connection="name"),
    )
    index("ix_practice_connection_connection", "practice_connection", "connection")
