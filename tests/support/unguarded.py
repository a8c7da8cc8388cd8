"""A database as somebody holds it who is no longer stopped by its triggers: to falsify what tests then look for."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, Engine, text

from gateway.domain.scope import SystemScope
from gateway.store.ground.engine import transaction

_TRIGGERS = {
    "sqlite": "SELECT name, tbl_name, sql FROM sqlite_master WHERE type = 'trigger'",
    "postgresql": (
        "SELECT tgname, tgrelid::regclass::text, pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal"
    ),
}


@contextmanager
def unguarded(engine: Engine) -> Iterator[Connection]:
    """One transaction without any trigger; they stand again after it."""
    name = engine.dialect.name
    with transaction(engine, SystemScope()) as connection:
        triggers = connection.execute(text(_TRIGGERS[name])).all()
        for trigger, table, _ in triggers:
            connection.exec_driver_sql(f"DROP TRIGGER {trigger}" + (f" ON {table}" if name != "sqlite" else ""))
        yield connection
        for *_, definition in triggers:
            connection.exec_driver_sql(definition)
