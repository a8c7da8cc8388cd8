"""What our own FHIR door remembers: access tokens, subscriptions and their numbered events. Nothing about a person."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Index, Integer, LargeBinary, String, Table, UniqueConstraint

from gateway.store.ground.columns import code, count, flag, moment, sealed, uuid, words
from gateway.store.ground.schema import metadata

fhir_token = Table(
    "fhir_token",
    metadata,
    Column("token_hash", LargeBinary, primary_key=True),
    Column("connection", String(255), ForeignKey("connection.name"), nullable=False),
    words("scope"),
    moment("expires_at", required=True),
    Index("ix_fhir_token_expires_at", "expires_at"),
)

fhir_subscription = Table(
    "fhir_subscription",
    metadata,
    uuid("id", key=True),
    Column("connection", String(255), ForeignKey("connection.name"), nullable=False),
    code("status"),
    count("version", 1),
    moment("changed_at", required=True),
    words("endpoint"),
    sealed("headers"),  # holds what the subscriber wants to hear again, often its token
    count("heartbeat"),
    count("timeout"),
    count("most", 1),
    flag("names_entries"),
    count("events"),
    count("sent"),
    count("attempts"),
    moment("due_at"),  # NULL: nothing is owed until something happens
    Column("lease", String(64)),
    moment("lease_until"),
    Index("ix_fhir_subscription_connection", "connection"),
    Index("ix_fhir_subscription_due_at", "due_at"),
)

fhir_event = Table(
    "fhir_event",
    metadata,
    Column("subscription", ForeignKey("fhir_subscription.id", ondelete="CASCADE"), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    uuid("entry"),
    count("revision"),
    moment("at", required=True),
    UniqueConstraint("subscription", "entry", "revision"),  # a delivery attempted twice is one event
    Index("ix_fhir_event_at", "at"),
)
