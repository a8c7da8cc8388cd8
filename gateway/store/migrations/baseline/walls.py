"""Row-level security and rows that only grow, as the baseline raises them (gateway/store/ground/guards.py): frozen."""

from __future__ import annotations

from collections.abc import Iterator

from alembic import op

_OF_TENANT = (
    "audit", "audit_seal", "consultation", "employee", "session", "stored_answer", "workplace", "breach",
    "citizen_case", "consultation_event", "delivery", "letter", "queue_entry", "responsibility", "delivery_attempt",
    "alarm", "difference", "workplace_grant", "wish", "barring", "consultation_key", "approval", "maintenance",
)  # fmt: skip
_SYSTEM = "current_setting('laegebro.scope', true) = 'system'"
_TENANT = (
    "(current_setting('laegebro.scope', true) = 'tenant'"
    " AND tenant = nullif(current_setting('laegebro.tenant', true), '')::uuid)"
)
_OURS = "ydernummer = ANY (string_to_array(current_setting('laegebro.ydernumre', true), ','))"
_CLINIC = "current_setting('laegebro.scope', true) = 'clinic'"
_SEEN_BY_CLINIC = {
    "consultation_event": _OURS,
    "queue_entry": _OURS,
    "letter": f"EXISTS (SELECT 1 FROM queue_entry e WHERE e.id = letter.entry AND e.{_OURS})",  # noqa: S608
    "consultation_key": (
        f"EXISTS (SELECT 1 FROM queue_entry e WHERE e.consultation = consultation_key.consultation AND e.{_OURS})"  # noqa: S608
    ),
    "delivery": f"EXISTS (SELECT 1 FROM queue_entry e WHERE e.consultation = delivery.consultation AND e.{_OURS})",  # noqa: S608
    "delivery_attempt": (
        f"EXISTS (SELECT 1 FROM queue_entry e WHERE e.consultation = delivery_attempt.consultation AND e.{_OURS})"  # noqa: S608
    ),
}
_ONLY_GROW = ("audit", "audit_seal", "consultation_event", "responsibility")
_NEVER_DELETED = ("audit_seal", "consultation_event", "responsibility")


def create() -> None:
    postgres = op.get_bind().dialect.name == "postgresql"
    for statement in (*_policies(), *_postgres_triggers()) if postgres else _sqlite_triggers():
        op.execute(statement)


def _policies() -> Iterator[str]:
    for name in _OF_TENANT:
        yield f"ALTER TABLE {name} ENABLE ROW LEVEL SECURITY"
        yield f"ALTER TABLE {name} FORCE ROW LEVEL SECURITY"
        yield f"CREATE POLICY by_tenant ON {name} USING ({_SYSTEM} OR {_TENANT}) WITH CHECK ({_SYSTEM} OR {_TENANT})"
    for name, seen in _SEEN_BY_CLINIC.items():
        yield f"CREATE POLICY by_clinic ON {name} FOR SELECT USING ({_CLINIC} AND {seen})"


def _postgres_triggers() -> Iterator[str]:
    yield (
        "CREATE OR REPLACE FUNCTION laegebro_refuse() RETURNS trigger LANGUAGE plpgsql AS"
        " $$ BEGIN RAISE EXCEPTION 'append-only'; END $$"
    )
    for name in _ONLY_GROW:
        yield (
            f"CREATE TRIGGER {name}_is_never_rewritten BEFORE UPDATE ON {name}"
            " FOR EACH ROW EXECUTE FUNCTION laegebro_refuse()"
        )
        yield (
            f"CREATE TRIGGER {name}_is_never_emptied BEFORE TRUNCATE ON {name}"
            " FOR EACH STATEMENT EXECUTE FUNCTION laegebro_refuse()"
        )
    for name in _NEVER_DELETED:
        yield (
            f"CREATE TRIGGER {name}_is_never_deleted BEFORE DELETE ON {name}"
            " FOR EACH ROW EXECUTE FUNCTION laegebro_refuse()"
        )
    yield (
        "CREATE OR REPLACE FUNCTION laegebro_keep_audit() RETURNS trigger LANGUAGE plpgsql AS"
        " $$ DECLARE months int; BEGIN"
        " SELECT (settings->>'audit_months')::int INTO months FROM tenant WHERE id = OLD.tenant;"
        " months := greatest(6, coalesce(months, 60));"
        " IF OLD.at > now() - make_interval(months => months) THEN RAISE EXCEPTION 'append-only'; END IF;"
        " RETURN OLD; END $$"
    )
    yield (
        "CREATE OR REPLACE FUNCTION laegebro_await_seal() RETURNS trigger LANGUAGE plpgsql AS"
        " $$ BEGIN INSERT INTO audit_unsealed (seq) VALUES (NEW.seq); RETURN NULL; END $$"
    )
    yield (
        "CREATE TRIGGER audit_awaits_its_seal AFTER INSERT ON audit FOR EACH ROW EXECUTE FUNCTION laegebro_await_seal()"
    )
    yield ("CREATE TRIGGER audit_is_kept BEFORE DELETE ON audit FOR EACH ROW EXECUTE FUNCTION laegebro_keep_audit()")


def _sqlite_triggers() -> Iterator[str]:
    kept = "(SELECT json_extract(settings, '$.audit_months') FROM tenant WHERE id = OLD.tenant)"
    for name in _ONLY_GROW:
        yield (
            f"CREATE TRIGGER {name}_is_never_rewritten BEFORE UPDATE ON {name}"
            " BEGIN SELECT RAISE(ABORT, 'append-only'); END"
        )
    for name in _NEVER_DELETED:
        yield (
            f"CREATE TRIGGER {name}_is_never_deleted BEFORE DELETE ON {name}"
            " BEGIN SELECT RAISE(ABORT, 'append-only'); END"
        )
    yield (
        "CREATE TRIGGER audit_is_kept BEFORE DELETE ON audit"
        f" WHEN OLD.at > datetime('now', '-' || max(6, coalesce({kept}, 60)) || ' months')"
        " BEGIN SELECT RAISE(ABORT, 'append-only'); END"
    )
    yield (
        "CREATE TRIGGER audit_awaits_its_seal AFTER INSERT ON audit"
        " BEGIN INSERT INTO audit_unsealed (seq) VALUES (NEW.seq); END"
    )
