"""Revisions of organisations' set-ups."""

from __future__ import annotations

from alembic import op

from gateway.store.migrations.baseline.columns import code, day, flag, index, json, moment, number, primary_key, uuid

kind = "expand"
revision = "0004_since_0001"
down_revision = "0003_since_0001"
branch_labels = None
depends_on = None

_SYSTEM = "current_setting('laegebro.scope', true) = 'system'"
_TENANT = (
    "(current_setting('laegebro.scope', true) = 'tenant'"
    " AND tenant = nullif(current_setting('laegebro.tenant', true), '')::uuid)"
)


def upgrade() -> None:
    op.create_table(
        "setup_revision",
        uuid("tenant"),
        number("number"),
        code("state"),
        json("settings"),
        code("by", 255),
        moment("at"),
        code("why", 1024),
        day("valid_from", null=True),
        flag("applied"),
        primary_key("setup_revision", "tenant", "number"),
    )
    index("ix_setup_revision_waits", "setup_revision", "valid_from", where="state = 'in-force' AND NOT applied")
    if op.get_bind().dialect.name == "postgresql":
        op.execute("ALTER TABLE setup_revision ENABLE ROW LEVEL SECURITY")
        op.execute("ALTER TABLE setup_revision FORCE ROW LEVEL SECURITY")
        op.execute(
            "CREATE POLICY by_tenant ON setup_revision"
            f" USING ({_SYSTEM} OR {_TENANT}) WITH CHECK ({_SYSTEM} OR {_TENANT})"
        )


def downgrade() -> None:
    raise NotImplementedError("steps go forward; go back by restoring the backup taken before the step")
