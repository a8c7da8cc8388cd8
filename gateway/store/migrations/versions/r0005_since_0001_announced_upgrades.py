"""An upgrade of the installation itself, announced as a window of maintenance that holds no connection."""

from __future__ import annotations

from alembic import op

from gateway.store.migrations.baseline.columns import code

kind = "expand"
revision = "0005_since_0001"
down_revision = "0004_since_0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("maintenance", code("upgrades_from", null=True))


def downgrade() -> None:
    raise NotImplementedError("steps go forward; go back by restoring the backup taken before the step")
