"""The whole schema of the first release."""

from __future__ import annotations

from gateway.store.migrations.baseline import (
    approvals,
    consultation,
    deliveries,
    doors,
    ground,
    peers,
    people,
    practice,
    register,
    walls,
    watch,
)

kind = "expand"
revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    for wing in (ground, register, peers, consultation, deliveries, practice, people, approvals, doors, watch, walls):
        wing.create()


def downgrade() -> None:
    raise NotImplementedError("steps go forward; go back by restoring the backup taken before the step")
