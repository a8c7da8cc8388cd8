"""Organisations with workplaces, and clinics with practices and users."""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    ForeignKey,
    String,
    Table,
)

from gateway.store.ground.columns import code, flag, sealed, uuid
from gateway.store.ground.schema import metadata

YDERNUMMER = 6
PHASE = 64


def _ydernummer(name: str = "ydernummer") -> Column[str]:
    return Column(name, String(YDERNUMMER), primary_key=True)


tenant = Table(
    "tenant",
    metadata,
    uuid("id", key=True),
    code("cvr", length=8, unique=True),
    code("name", length=255),
    code("type"),
    code("kommunekode", length=4),
    flag("synthetic"),
    Column("settings", JSON, nullable=False),
)


workplace = Table(
    "workplace",
    metadata,
    uuid("tenant", key=True),
    uuid("id", key=True),
    code("name", length=255),
    code("sor", length=18),
    code("phone", length=255),
    Column("listed", Boolean, nullable=False, default=True),  # one taken off the list still owns what is undone there
)


clinic = Table(
    "clinic",
    metadata,
    uuid("id", key=True),
    code("name", length=255),
    flag("synthetic"),
)


clinic_practice = Table(
    "clinic_practice",
    metadata,
    _ydernummer(),  # alone in the key: a ydernummer is one clinic's
    Column("clinic", ForeignKey("clinic.id"), nullable=False, index=True),
)


# ``id`` is made of connection and subject under the index key (identity.py).
clinic_user = Table(
    "clinic_user",
    metadata,
    uuid("id", key=True),
    code("connection", length=255),
    sealed("name"),
    code("role", length=255),
)


clinic_membership = Table(
    "clinic_membership",
    metadata,
    Column("clinic_user", ForeignKey("clinic_user.id"), primary_key=True),
    Column("clinic", ForeignKey("clinic.id"), primary_key=True, index=True),
)
