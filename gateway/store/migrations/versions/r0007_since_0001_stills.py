"""Pictures for notes."""

from __future__ import annotations

from alembic import op

from gateway.store.migrations.baseline.columns import index, moment, octets, primary_key, references, uuid

kind = "expand"
revision = "0007_since_0001"
down_revision = "0006_since_0001"
branch_labels = None
depends_on = None

_SYSTEM = "current_setting('laegebro.scope', true) = 'system'"
_TENANT = (
    "(current_setting('laegebro.scope', true) = 'tenant'"
    " AND tenant = nullif(current_setting('laegebro.tenant', true), '')::uuid)"
)
_CLINIC = (
    "current_setting('laegebro.scope', true) = 'clinic' AND EXISTS (SELECT 1 FROM queue_entry e"
    " WHERE e.consultation = still.consultation AND e.latest"
    " AND e.ydernummer = ANY (string_to_array(current_setting('laegebro.ydernumre', true), ',')))"
)


def upgrade() -> None:
    op.create_table(
        "still",
        uuid("tenant"),
        uuid("consultation"),
        uuid("id"),
        moment("taken_at"),
        octets("picture"),
        primary_key("still", "tenant", "consultation", "id"),
        references("still", "consultation", tenant="tenant", consultation="id"),
    )
    index("ix_still_consultation", "still", "consultation")
    if op.get_bind().dialect.name == "postgresql":
        op.execute("ALTER TABLE still ENABLE ROW LEVEL SECURITY")
        op.execute("ALTER TABLE still FORCE ROW LEVEL SECURITY")
        op.execute(
            f"CREATE POLICY by_tenant ON still USING ({_SYSTEM} OR {_TENANT}) WITH CHECK ({_SYSTEM} OR {_TENANT})"
        )
        op.execute(f"CREATE POLICY by_clinic ON still FOR SELECT USING ({_CLINIC})")


def downgrade() -> None:
    raise NotImplementedError("steps go forward; go back by restoring the backup taken before the step")
