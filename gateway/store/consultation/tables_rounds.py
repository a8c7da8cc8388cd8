"""What only some consultations have: the practice a round is meant for, and what a case says beside its citizen."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKeyConstraint, String, Table

from gateway.store.ground.columns import code, sealed, uuid
from gateway.store.ground.schema import metadata

meant_practice = Table(
    "meant_practice",
    metadata,
    uuid("tenant", key=True),
    uuid("consultation", key=True),
    Column("ydernummer", String(6), primary_key=True),
    ForeignKeyConstraint(["tenant", "consultation"], ["consultation.tenant", "consultation.id"]),
)

case_detail = Table(
    "case_detail",
    metadata,
    uuid("tenant", key=True),
    uuid("consultation", key=True),
    uuid("case_id", key=True),
    sealed("reason"),
    code("unnumbered_because"),
    ForeignKeyConstraint(["tenant", "consultation"], ["consultation.tenant", "consultation.id"]),
)
