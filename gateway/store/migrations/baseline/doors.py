"""What practices' systems subscribe to, as the baseline made them: frozen, whatever the tables become later."""

from __future__ import annotations

from alembic import op

from gateway.store.migrations.baseline.columns import (
    code,
    flag,
    index,
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
    _fhir_subscription()
    _fhir_token()
    _fhir_event()


def _fhir_subscription() -> None:
    op.create_table(
        "fhir_subscription",
        uuid("id"),
        code("connection", 255),
        code("status"),
        number("version"),
        moment("changed_at"),
        text("endpoint"),
        octets("headers"),
        number("heartbeat"),
        number("timeout"),
        number("most"),
        flag("names_entries"),
        number("events"),
        number("sent"),
        number("attempts"),
        moment("due_at", null=True),
        code("lease", null=True),
        moment("lease_until", null=True),
        primary_key("fhir_subscription", "id"),
        references("fhir_subscription", "connection", connection="name"),
    )
    index("ix_fhir_subscription_connection", "fhir_subscription", "connection")
    index("ix_fhir_subscription_due_at", "fhir_subscription", "due_at")


def _fhir_token() -> None:
    op.create_table(
        "fhir_token",
        octets("token_hash"),
        code("connection", 255),
        text("scope"),
        moment("expires_at"),
        primary_key("fhir_token", "token_hash"),
        references("fhir_token", "connection", connection="name"),
    )
    index("ix_fhir_token_expires_at", "fhir_token", "expires_at")


def _fhir_event() -> None:
    op.create_table(
        "fhir_event",
        uuid("subscription"),
        number("number"),
        uuid("entry"),
        number("revision"),
        moment("at"),
        primary_key("fhir_event", "subscription", "number"),
        references("fhir_event", "fhir_subscription", subscription="id", cascade=True),
        unique("fhir_event", "subscription", "entry", "revision"),
    )
    index("ix_fhir_event_at", "fhir_event", "at")
