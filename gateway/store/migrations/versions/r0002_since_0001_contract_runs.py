"""The contract's promises tried on a connection: runs, and what came of each promise."""

from __future__ import annotations

from alembic import op

from gateway.store.migrations.baseline.columns import (
    code,
    index,
    json,
    moment,
    number,
    primary_key,
    references,
    text,
    uuid,
)

kind = "expand"
revision = "0002_since_0001"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _runs()
    _verdicts()


def _runs() -> None:
    op.create_table(
        "contract_run",
        uuid("id"),
        code("connection", 255),
        number("revision"),
        text("hands"),
        code("by", 255),
        code("state"),
        moment("asked_at"),
        moment("heard_at", null=True),
        moment("ended_at", null=True),
        number("promises"),
        number("tried"),
        number("kept"),
        number("exempt"),
        code("trying", 255),
        text("fault"),
        primary_key("contract_run", "id"),
        references("contract_run", "connection", connection="name"),
    )
    index("ix_contract_run_connection", "contract_run", "connection", "asked_at")
    index("uq_contract_run_open", "contract_run", "connection", unique=True, where="ended_at IS NULL")


def _verdicts() -> None:
    op.create_table(
        "contract_verdict",
        uuid("run"),
        number("number"),
        code("promise", 255),
        code("verdict"),
        text("seen"),
        number("milliseconds"),
        json("exchanges"),
        number("more"),
        primary_key("contract_verdict", "run", "number"),
        references("contract_verdict", "contract_run", cascade=True, run="id"),
    )


def downgrade() -> None:
    raise NotImplementedError("steps go forward; go back by restoring the backup taken before the step")
