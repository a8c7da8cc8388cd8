"""${message}"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

kind = "expand"  # or migrate, contract: docs/operating.md, Upgrading
revision = ${repr(up_revision)}
down_revision = ${repr(down_revision)}
branch_labels = None
depends_on = None


def upgrade() -> None:
    ${upgrades if upgrades else "pass"}


def downgrade() -> None:
    raise NotImplementedError("steps go forward; go back by restoring the backup taken before the step")
