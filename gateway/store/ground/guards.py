"""Walls inside the database itself, for the day the code forgets: row-level security, and rows that only grow.

PostgreSQL: every table with a ``tenant`` column has FORCED row-level security. What a transaction sees follows from
the settings that ``engine.transaction`` makes:

* ``laegebro.scope = 'system'``: every row (workers, relay, clocks);
* ``'tenant'``: rows of ``laegebro.tenant``, to read and to write;
* ``'clinic'``: entries at one of ``laegebro.ydernumre`` and what was sent and written about them, to read only;
* nothing set: no rows, and nothing can be written.

Superusers and roles with BYPASSRLS stand outside all this, so the gateway must not connect as one; the owner of the
tables does not, because of FORCE. Both databases: audit, its seals and reviews, history and events cannot be rewritten
or deleted, but for audit rows that are older than their organisation keeps them, and reviews as old as no audit row is.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sqlalchemy import Engine, MetaData, Table, text

from gateway.domain.errors import ConfigFault

APPEND_ONLY = ("audit", "audit_seal", "consultation_event", "responsibility", "log_review")
NEVER_DELETED = ("audit_seal", "consultation_event", "responsibility")
AUDIT_MONTHS, LEAST_AUDIT_MONTHS = 60, 6  # how long audit rows are kept; an organisation may choose less, to the least

_SYSTEM = "current_setting('laegebro.scope', true) = 'system'"
_TENANT = (
    "(current_setting('laegebro.scope', true) = 'tenant'"
    " AND tenant = nullif(current_setting('laegebro.tenant', true), '')::uuid)"
)
_OURS = "ydernummer = ANY (string_to_array(current_setting('laegebro.ydernumre', true), ','))"
_CLINIC = "current_setting('laegebro.scope', true) = 'clinic'"


_KEPT_REVIEWS = (
    "CREATE OR REPLACE TRIGGER log_review_is_kept BEFORE DELETE ON log_review FOR EACH ROW"
    f" WHEN (OLD.at > now() - interval '{AUDIT_MONTHS} months') EXECUTE FUNCTION laegebro_refuse()"
)


def statements(dialect: str, metadata: MetaData) -> Sequence[str]:
    """The SQL that raises the walls around every table of ``metadata``; safe to run again."""
    if dialect == "postgresql":
        return [*_policies(metadata), *_postgres_append_only(), _KEPT_REVIEWS]
    return list(_sqlite_append_only())


def require_within_walls(engine: Engine) -> None:
    """``ConfigFault`` where the role that connects stands outside the walls: a superuser, or one with BYPASSRLS."""
    if engine.dialect.name != "postgresql":
        return
    with engine.connect() as connection:
        outside = text("SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = current_user")
        if connection.execute(outside).scalar_one():
            raise ConfigFault("database_url: the role is a superuser or has BYPASSRLS; make one that is neither")


def _policies(metadata: MetaData) -> Iterator[str]:
    for table in metadata.sorted_tables:
        if "tenant" in table.c:
            yield from policies_of(table)


def policies_of(table: Table) -> Iterator[str]:
    """Row-level security of one table."""
    name = table.name
    yield f"ALTER TABLE {name} ENABLE ROW LEVEL SECURITY"
    yield f"ALTER TABLE {name} FORCE ROW LEVEL SECURITY"
    yield f"DROP POLICY IF EXISTS by_tenant ON {name}"
    yield f"CREATE POLICY by_tenant ON {name} USING ({_SYSTEM} OR {_TENANT}) WITH CHECK ({_SYSTEM} OR {_TENANT})"
    seen = _seen_by_clinic(table)
    if seen:
        yield f"DROP POLICY IF EXISTS by_clinic ON {name}"
        yield f"CREATE POLICY by_clinic ON {name} FOR SELECT USING ({_CLINIC} AND {seen})"


def _seen_by_clinic(table: Table) -> str:
    """Which rows a clinic sees: those of its own entries, what happened at them, and what was sent about them. The
    document of the whole, by whom it can be found, who was responsible before, and what has to be reported is the
    tenant's own."""
    if table.name in ("consultation", "citizen_case", "responsibility", "breach", "difference"):
        return ""
    if table.name in ("queue_entry", "consultation_event"):
        return _OURS
    if table.name == "letter":
        return f"EXISTS (SELECT 1 FROM queue_entry e WHERE e.id = letter.entry AND e.{_OURS})"  # noqa: S608
    if table.name == "still":  # whoever talks with her now, and no practice that has had the call before
        held = "SELECT 1 FROM queue_entry e WHERE e.consultation = still.consultation AND e.latest"
        return f"EXISTS ({held} AND e.{_OURS})"
    if not any(fk.column.table.name == "consultation" for fk in table.foreign_keys):
        return ""
    return f"EXISTS (SELECT 1 FROM queue_entry e WHERE e.consultation = {table.name}.consultation AND e.{_OURS})"  # noqa: S608


def _postgres_append_only() -> Iterator[str]:
    yield (
        "CREATE OR REPLACE FUNCTION laegebro_refuse() RETURNS trigger LANGUAGE plpgsql AS"
        " $$ BEGIN RAISE EXCEPTION 'append-only'; END $$"
    )
    for name in APPEND_ONLY:
        yield (
            f"CREATE OR REPLACE TRIGGER {name}_is_never_rewritten BEFORE UPDATE ON {name}"
            " FOR EACH ROW EXECUTE FUNCTION laegebro_refuse()"
        )
        yield (
            f"CREATE OR REPLACE TRIGGER {name}_is_never_emptied BEFORE TRUNCATE ON {name}"
            " FOR EACH STATEMENT EXECUTE FUNCTION laegebro_refuse()"
        )
    for name in NEVER_DELETED:
        yield (
            f"CREATE OR REPLACE TRIGGER {name}_is_never_deleted BEFORE DELETE ON {name}"
            " FOR EACH ROW EXECUTE FUNCTION laegebro_refuse()"
        )
    yield (  # the numbers are ours
        "CREATE OR REPLACE FUNCTION laegebro_keep_audit() RETURNS trigger LANGUAGE plpgsql AS"  # noqa: S608
        " $$ DECLARE months int; BEGIN"
        " SELECT (settings->>'audit_months')::int INTO months FROM tenant WHERE id = OLD.tenant;"
        f" months := greatest({LEAST_AUDIT_MONTHS}, coalesce(months, {AUDIT_MONTHS}));"
        " IF OLD.at > now() - make_interval(months => months) THEN RAISE EXCEPTION 'append-only'; END IF;"
        " RETURN OLD; END $$"
    )
    yield (
        "CREATE OR REPLACE FUNCTION laegebro_await_seal() RETURNS trigger LANGUAGE plpgsql AS"
        " $$ BEGIN INSERT INTO audit_unsealed (seq) VALUES (NEW.seq); RETURN NULL; END $$"
    )
    yield (
        "CREATE OR REPLACE TRIGGER audit_awaits_its_seal AFTER INSERT ON audit"
        " FOR EACH ROW EXECUTE FUNCTION laegebro_await_seal()"
    )
    yield (
        "CREATE OR REPLACE TRIGGER audit_is_kept BEFORE DELETE ON audit"
        " FOR EACH ROW EXECUTE FUNCTION laegebro_keep_audit()"
    )


def _sqlite_append_only() -> Iterator[str]:
    kept = "(SELECT json_extract(settings, '$.audit_months') FROM tenant WHERE id = OLD.tenant)"
    months = f"max({LEAST_AUDIT_MONTHS}, coalesce({kept}, {AUDIT_MONTHS}))"
    for name in APPEND_ONLY:
        yield (
            f"CREATE TRIGGER IF NOT EXISTS {name}_is_never_rewritten BEFORE UPDATE ON {name}"
            " BEGIN SELECT RAISE(ABORT, 'append-only'); END"
        )
    for name in NEVER_DELETED:
        yield (
            f"CREATE TRIGGER IF NOT EXISTS {name}_is_never_deleted BEFORE DELETE ON {name}"
            " BEGIN SELECT RAISE(ABORT, 'append-only'); END"
        )
    yield (
        "CREATE TRIGGER IF NOT EXISTS audit_is_kept BEFORE DELETE ON audit"
        f" WHEN OLD.at > datetime('now', '-' || {months} || ' months')"
        " BEGIN SELECT RAISE(ABORT, 'append-only'); END"
    )
    yield (
        "CREATE TRIGGER IF NOT EXISTS log_review_is_kept BEFORE DELETE ON log_review"
        f" WHEN OLD.at > datetime('now', '-{AUDIT_MONTHS} months')"
        " BEGIN SELECT RAISE(ABORT, 'append-only'); END"
    )
    yield (
        "CREATE TRIGGER IF NOT EXISTS audit_awaits_its_seal AFTER INSERT ON audit"
        " BEGIN INSERT INTO audit_unsealed (seq) VALUES (NEW.seq); END"
    )
