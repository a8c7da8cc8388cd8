"""What operations are told, as the baseline made it: frozen, whatever the tables become later."""

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
    text,
    uuid,
)


def create() -> None:
    _alarm()
    _alarm_notice()
    _beat_of_process()
    _difference()
    _reconcile_cursor()
    _head_failure()
    _resealing()
    _synthetic_run()
    _maintenance()
    _maintenance_connection()


def _alarm() -> None:
    op.create_table(
        "alarm",
        uuid("id"),
        uuid("tenant", null=True),
        code("kind"),
        code("subject", 255),
        code("whose"),
        number("count"),
        moment("started_at"),
        moment("ended_at", null=True),
        primary_key("alarm", "id"),
    )
    index("ix_alarm_ended_at", "alarm", "ended_at")
    index("ix_alarm_started_at", "alarm", "started_at")
    index("uq_alarm_active", "alarm", "kind", "subject", "whose", unique=True, where="ended_at IS NULL")


def _alarm_notice() -> None:
    op.create_table(
        "alarm_notice",
        uuid("alarm"),
        code("edge"),
        code("target", 255),
        moment("due_at"),
        number("attempts"),
        moment("sent_at", null=True),
        text("fault"),
        primary_key("alarm_notice", "alarm", "edge", "target"),
        references("alarm_notice", "alarm", cascade=True, alarm="id"),
    )
    index("ix_alarm_notice_due_at", "alarm_notice", "due_at", where="sent_at IS NULL")


def _beat_of_process() -> None:
    op.create_table(
        "process_beat",
        code("process"),
        code("instance"),
        moment("at"),
        code("host", 64),
        number("apart"),
        number("disk_free"),
        primary_key("process_beat", "process", "instance"),
    )


def _difference() -> None:
    op.create_table(
        "difference",
        uuid("delivery"),
        uuid("tenant", null=True),
        uuid("consultation", null=True),
        code("connection", 255),
        code("what"),
        moment("found_at"),
        moment("settled_at", null=True),
        primary_key("difference", "delivery"),
        references("difference", "consultation", tenant="tenant", consultation="id"),
    )
    index("ix_difference_consultation", "difference", "consultation")
    index("ix_difference_open", "difference", "found_at", where="settled_at IS NULL")


def _reconcile_cursor() -> None:
    op.create_table(
        "reconcile_cursor",
        code("connection", 255),
        moment("reached"),
        uuid("last", null=True),
        moment("round_began"),
        moment("listed_at", null=True),
        primary_key("reconcile_cursor", "connection"),
    )


def _head_failure() -> None:
    op.create_table(
        "head_failure",
        code("place"),
        moment("since"),
        code("fault"),
        primary_key("head_failure", "place"),
    )


def _resealing() -> None:
    op.create_table(
        "resealing",
        code("name"),
        code("key", 255),
        text("reached"),
        number("rows"),
        number("unreadable"),
        flag("done"),
        moment("at"),
        primary_key("resealing", "name"),
    )


def _synthetic_run() -> None:
    op.create_table(
        "synthetic_run",
        uuid("id"),
        code("organisation", 255),
        code("short_id"),
        moment("began_at"),
        number("milliseconds"),
        code("failed_at"),
        code("fault", 1024),
        primary_key("synthetic_run", "id"),
    )
    index("ix_synthetic_run_began_at", "synthetic_run", "began_at")


def _maintenance() -> None:
    op.create_table(
        "maintenance",
        uuid("id"),
        uuid("tenant", null=True),
        code("words", 300),
        day("day"),
        code("begins", 5),
        code("ends", 5),
        code("repeat"),
        code("stage"),
        moment("starts_at"),
        moment("ends_at"),
        moment("next_at", null=True),
        code("by", 255),
        moment("at"),
        primary_key("maintenance", "id"),
    )
    index("ix_maintenance_next_at", "maintenance", "next_at", where="next_at IS NOT NULL")
    index("ix_maintenance_starts_at", "maintenance", "starts_at")


def _maintenance_connection() -> None:
    op.create_table(
        "maintenance_connection",
        uuid("maintenance"),
        code("connection", 255),
        flag("paused"),
        json("before", null=True),
        json("changes", null=True),
        moment("resumed_at", null=True),
        number("held"),
        code("fault"),
        primary_key("maintenance_connection", "maintenance", "connection"),
        references("maintenance_connection", "maintenance", cascade=True, maintenance="id"),
        references("maintenance_connection", "connection", connection="name"),
    )
    index("ix_maintenance_connection_connection", "maintenance_connection", "connection")
