"""Row-level security and rows that only grow, as the baseline raises them (gateway/store/ground/guards.py): frozen."""

from __future__ import annotations

from collections.abc import Iterator

from alembic import op

_OF_TENANT = (
    "audit", "consultation", "employee", "session", "stored_answer", "workplace", "breach", "citizen_case",
    "consultation_event", "delivery", "letter", "queue_entry", "responsibility", "delivery_attempt",
    "alarm", "difference", "workplace_grant",
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
    "delivery": f"EXISTS (SELECT 1 FROM queue_entry e WHERE e.consultation = delivery.consultation AND e.{_OURS})",  # noqa: S608
    "delivery_attempt": (
        f"EXISTS (SELECT 1 FROM queue_entry e WHERE e.consultation = delivery_attempt.consultation AND e.{_OURS})"  # noqa: S608
    ),
}
_ONLY_GROW = ("audit", "consultation_event", "responsibility")


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
        "CREATE TRIGGER audit_is_kept BEFORE DELETE ON audit FOR EACH ROW"
        " WHEN (OLD.at > now() - interval '5 years') EXECUTE FUNCTION laegebro_refuse()"
    )


def _sqlite_triggers() -> Iterator[str]:
    for name in _ONLY_GROW:
        yield (
            f"CREATE TRIGGER {name}_is_never_rewritten BEFORE UPDATE ON {name}"
            " BEGIN SELECT RAISE(ABORT, 'append-only'); END"
        )
    yield (
        "CREATE TRIGGER audit_is_kept BEFORE DELETE ON audit WHEN OLD.at > datetime('now', '-5 years')"
        " BEGIN SELECT RAISE(ABORT, 'append-only'); END"
    )
