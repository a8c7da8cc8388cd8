"""Who has had access, a page at a time: employees by when they first came, grants by workplace and by hand."""

from __future__ import annotations

from gateway.store.migrations.baseline.columns import index

kind = "expand"
revision = "0008_since_0001"
down_revision = "0007_since_0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    index("ix_employee_first_seen", "employee", "tenant", "first_seen_at", "id")
    index("ix_workplace_grant_workplace", "workplace_grant", "tenant", "workplace", "employee")
    index("ix_workplace_grant_by_hand", "workplace_grant", "tenant", "employee", where="source = '*'")


def downgrade() -> None:
    raise NotImplementedError("steps go forward; go back by restoring the backup taken before the step")
