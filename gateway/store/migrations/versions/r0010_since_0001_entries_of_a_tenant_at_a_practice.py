"""An organisation's entries at one practice, found without passing over everybody else's there."""

from __future__ import annotations

from gateway.store.migrations.baseline.columns import index

kind = "expand"
revision = "0010_since_0001"
down_revision = "0009_since_0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    index("ix_queue_entry_tenant_practice", "queue_entry", "tenant", "ydernummer", "latest", "active_until")


def downgrade() -> None:
    raise NotImplementedError("steps go forward; go back by restoring the backup taken before the step")
