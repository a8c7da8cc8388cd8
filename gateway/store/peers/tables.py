"""Connections to other systems: versioned rows, their health, and the contract's promises tried on them."""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    text,
)

from gateway.store.ground.columns import code, count, moment, uuid, words
from gateway.store.ground.schema import metadata

YDERNUMMER = 6
PHASE = 64


def _ydernummer(name: str = "ydernummer") -> Column[str]:
    return Column(name, String(YDERNUMMER), primary_key=True)


connection = Table(
    "connection",
    metadata,
    Column("name", String(255), primary_key=True),
    code("kind"),
    uuid("owner_tenant", required=False),  # NULL: the operator's own
    moment("created_at", required=True),
)


connection_revision = Table(
    "connection_revision",
    metadata,
    Column("connection", ForeignKey("connection.name"), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    code("state"),
    code("adapter"),
    Column("config", JSON, nullable=False),
    Column("synthetic", Boolean, nullable=False),
    code("by", length=255),
    moment("at", required=True),
    code("why", length=1024),
)


connection_health = Table(
    "connection_health",
    metadata,
    Column("connection", String(255), primary_key=True),
    moment("last_success_at"),
    moment("last_failure_at"),
    moment("failing_since"),
    code("phase", length=PHASE),
    code("breaker"),  # closed | open | half-open (gateway/domain/peers/breaker.py); "" = closed
    moment("open_since"),
    words("reason"),
    count("failures"),  # in a row
    count("openings"),  # since the last answer
    moment("next_probe_at"),
)

IS_OPEN = text("ended_at IS NULL")

contract_run = Table(
    "contract_run",
    metadata,
    uuid("id", key=True),
    Column("connection", ForeignKey("connection.name"), nullable=False),
    count("revision"),
    words("hands"),
    code("by", length=255),
    code("state"),
    moment("asked_at", required=True),
    moment("heard_at"),  # when the process that carries it out last said that it lives
    moment("ended_at"),
    count("promises"),
    count("tried"),
    count("kept"),
    count("exempt"),
    code("trying", length=255),
    words("fault"),
    Index("ix_contract_run_connection", "connection", "asked_at"),
)
# Two presses are one run.
Index(
    "uq_contract_run_open",
    contract_run.c.connection,
    unique=True,
    sqlite_where=IS_OPEN,
    postgresql_where=IS_OPEN,
)

contract_verdict = Table(
    "contract_verdict",
    metadata,
    Column("run", ForeignKey("contract_run.id", ondelete="CASCADE"), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    code("promise", length=255),
    code("verdict"),
    words("seen"),
    count("milliseconds"),
    Column("exchanges", JSON, nullable=False),
    count("more"),
)
