"""The device as a fact: who sits where, handed to the citizen or not, and the code that brings it back."""

from __future__ import annotations

from pathlib import Path

from alembic import op

from gateway.store.migrations.freeze import SEPARATOR

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    connection = op.get_bind()
    frozen = Path(__file__).parent / f"r0008_{connection.dialect.name}.sql"
    for statement in frozen.read_text(encoding="utf-8").split(SEPARATOR):
        connection.exec_driver_sql(statement.strip())


def downgrade() -> None:
    raise NotImplementedError("steps go forward; go back by restoring the backup taken before the step")
