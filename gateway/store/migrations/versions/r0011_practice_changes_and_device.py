"""What practices say about themselves, and what the check of a device found, from the frozen SQL beside this file."""

from __future__ import annotations

from pathlib import Path

from alembic import op

from gateway.store.migrations.freeze import SEPARATOR

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    connection = op.get_bind()
    frozen = Path(__file__).parent / f"r0011_{connection.dialect.name}.sql"
    for statement in frozen.read_text(encoding="utf-8").split(SEPARATOR):
        connection.exec_driver_sql(statement.strip())


def downgrade() -> None:
    raise NotImplementedError("steps go forward; go back by restoring the backup taken before the step")
