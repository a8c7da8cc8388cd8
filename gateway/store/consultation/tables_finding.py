"""What was found about a case's own practice: one sealed JSON document per case."""

from __future__ import annotations

from sqlalchemy import ForeignKeyConstraint, Table

from gateway.store.ground.columns import sealed, uuid
from gateway.store.ground.schema import metadata

case_finding = Table(
    "case_finding",
    metadata,
    uuid("tenant", key=True),
    uuid("consultation", key=True),
    uuid("case_id", key=True),
    sealed("finding"),
    ForeignKeyConstraint(["tenant", "consultation"], ["consultation.tenant", "consultation.id"]),
)
