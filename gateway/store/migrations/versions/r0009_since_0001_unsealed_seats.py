"""How many seats of a media process gave up being encrypted from page to page."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

kind = "expand"
revision = "0009_since_0001"
down_revision = "0008_since_0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("media_process", sa.Column("unsealed", sa.Integer))


def downgrade() -> None:
    raise NotImplementedError("steps go forward; go back by restoring the backup taken before the step")
