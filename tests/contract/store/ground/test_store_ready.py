"""A statement made ready writes what SQLAlchemy would write, and fails as it would fail."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import Engine, event, insert, select, text
from sqlalchemy.exc import DBAPIError, IntegrityError

from gateway.domain.scope import SystemScope
from gateway.domain.session import Grant
from gateway.store.ground.crypto import Vault
from gateway.store.ground.engine import transaction
from gateway.store.ground.ready import sent, write
from gateway.store.people.employees import SqlEmployeeBook
from gateway.store.people.tables import employee, return_code
from tests.support import consultations as make

GRANT = Grant("subject", "Mette Holm", "Sygeplejerske", "Fjordby", True, "idp")
CODE = {
    "session": make.KOMMUNE_A,
    "employee_session": make.KOMMUNE_B,
    "code_hash": b"h",
    "tries": 0,
    "expires_at": make.NOW,
}


@contextmanager
def listened_to(engine: Engine) -> Iterator[list[str]]:
    heard: list[str] = []

    def hear(_connection: Any, _cursor: Any, statement: str, *_more: Any) -> None:
        heard.append(statement)

    event.listen(engine, "before_cursor_execute", hear)
    yield heard
    event.remove(engine, "before_cursor_execute", hear)


def rows(engine: Engine) -> list[tuple[Any, ...]]:
    """Without the sealed name, which is sealed anew each time."""
    told = [column for column in employee.c if column.name != "name"]
    with transaction(engine, SystemScope(), read_only=True) as connection:
        return [tuple(row) for row in connection.execute(select(*told))]


def test_both_ways_write_the_same_row_with_its_defaults(store_engine: Engine, vault: Vault) -> None:
    book = SqlEmployeeBook(store_engine, vault)
    book.recognise(make.KOMMUNE_A, GRANT, make.NOW)
    ready = rows(store_engine)
    with transaction(store_engine, SystemScope()) as connection:
        connection.execute(text("DELETE FROM employee"))
    with listened_to(store_engine) as heard:
        book.recognise(make.KOMMUNE_A, GRANT, make.NOW)
    assert any("INSERT INTO employee" in statement for statement in heard)
    assert rows(store_engine) == ready and len(ready) == 1


def test_rows_are_counted_by_both_ways(store_engine: Engine) -> None:
    other = CODE | {"session": make.KOMMUNE_B}
    with transaction(store_engine, SystemScope()) as connection:
        assert write(connection, insert(return_code), [CODE, other]) == 2
    with transaction(store_engine, SystemScope(), read_only=True) as connection:
        assert len(connection.execute(select(return_code)).all()) == 2


def test_what_the_driver_raises_is_the_same_fault_and_repeats_no_value(store_engine: Engine) -> None:
    with transaction(store_engine, SystemScope()) as connection:
        write(connection, insert(return_code), CODE)
    with pytest.raises(IntegrityError) as told, transaction(store_engine, SystemScope()) as connection:
        write(connection, insert(return_code), CODE)
    assert told.value.params is None and not told.value.connection_invalidated


def test_a_connection_that_died_is_not_used_again(postgres_engine: Engine) -> None:
    killed = "SELECT pg_terminate_backend(pg_backend_pid())"
    with pytest.raises(DBAPIError) as told, transaction(postgres_engine, SystemScope()) as connection:
        sent(connection, killed)
    assert told.value.connection_invalidated
    with transaction(postgres_engine, SystemScope(), read_only=True) as connection:
        assert connection.execute(text("SELECT 1")).scalar_one() == 1
