"""Indexes of the audit rows that say what was refused."""

from __future__ import annotations

from gateway.store.migrations.baseline.columns import index

kind = "expand"
revision = "0006_since_0001"
down_revision = "0005_since_0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    index("ix_audit_refused", "audit", "tenant", "verb", "at", where="verb = 'refused'")
    index("ix_audit_refused_at", "audit", "at", where="verb = 'refused'")


def downgrade() -> None:
    raise NotImplementedError("steps go forward; go back by restoring the backup taken before the step")
