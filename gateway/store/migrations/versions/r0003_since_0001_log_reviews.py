"""Monthly reviews of the log."""

from __future__ import annotations

from alembic import op

from gateway.store.migrations.baseline.columns import (
    big,
    code,
    day,
    index,
    json,
    moment,
    number,
    octets,
    primary_key,
    uuid,
)
from gateway.store.migrations.baseline.columns import text as words

kind = "expand"
revision = "0003_since_0001"
down_revision = "0002_since_0001"
branch_labels = None
depends_on = None

_SYSTEM = "current_setting('laegebro.scope', true) = 'system'"
_TENANT = (
    "(current_setting('laegebro.scope', true) = 'tenant'"
    " AND tenant = nullif(current_setting('laegebro.tenant', true), '')::uuid)"
)
_POSTGRES = (
    "ALTER TABLE log_review ENABLE ROW LEVEL SECURITY",
    "ALTER TABLE log_review FORCE ROW LEVEL SECURITY",
    f"CREATE POLICY by_tenant ON log_review USING ({_SYSTEM} OR {_TENANT}) WITH CHECK ({_SYSTEM} OR {_TENANT})",
    "CREATE TRIGGER log_review_is_never_rewritten BEFORE UPDATE ON log_review"
    " FOR EACH ROW EXECUTE FUNCTION laegebro_refuse()",
    "CREATE TRIGGER log_review_is_never_emptied BEFORE TRUNCATE ON log_review"
    " FOR EACH STATEMENT EXECUTE FUNCTION laegebro_refuse()",
    "CREATE TRIGGER log_review_is_kept BEFORE DELETE ON log_review FOR EACH ROW"
    " WHEN (OLD.at > now() - interval '60 months') EXECUTE FUNCTION laegebro_refuse()",
)
_SQLITE = (
    "CREATE TRIGGER log_review_is_never_rewritten BEFORE UPDATE ON log_review"
    " BEGIN SELECT RAISE(ABORT, 'append-only'); END",
    "CREATE TRIGGER log_review_is_kept BEFORE DELETE ON log_review WHEN OLD.at > datetime('now', '-60 months')"
    " BEGIN SELECT RAISE(ABORT, 'append-only'); END",
)


def upgrade() -> None:
    op.create_table(
        "log_review",
        uuid("tenant"),
        day("month"),
        number("number"),
        moment("at"),
        code("kind"),
        big("seq"),
        code("judgement"),
        octets("note"),
        words("person"),
        octets("name"),
        json("detail"),
        primary_key("log_review", "tenant", "month", "number"),
    )
    index("ix_log_review_at", "log_review", "at")
    index("ix_log_review_signed", "log_review", "month", where="kind = 'signed'")
    postgres = op.get_bind().dialect.name == "postgresql"
    for statement in _POSTGRES if postgres else _SQLITE:
        op.execute(statement)


def downgrade() -> None:
    raise NotImplementedError("steps go forward; go back by restoring the backup taken before the step")
