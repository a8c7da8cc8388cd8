"""What an act asks of the database: its SQL statements in order, and its transactions that may write."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, Engine, event

from gateway.store.ground.engine import READ_ONLY

_BEGINS = ("BEGIN",)  # of a transaction; the COMMIT goes to no cursor either
SHOWN = 150  # characters of a statement, where they are printed


@dataclass
class Asked:
    """``statements``: everything sent by a cursor but the BEGIN of a transaction. ``writing``: transactions begun by
    one that may write, whether it did or not."""

    statements: list[str] = field(default_factory=list)
    writing: int = 0

    def __str__(self) -> str:
        lines = [f"{number:3}. {text[:SHOWN]}" for number, text in enumerate(self.statements, 1)]
        return "\n".join([f"{len(self.statements)} statements, {self.writing} writing transactions", *lines])


@contextmanager
def statements_on(engine: Engine) -> Iterator[Asked]:
    """Counts what goes through ``engine``, from whichever thread, until the end of the block."""
    asked = Asked()

    def sent(_connection: Connection, _cursor: Any, statement: str, *_more: Any) -> None:
        if not statement.startswith(_BEGINS):
            asked.statements.append(" ".join(statement.split()))

    def begun(connection: Connection) -> None:
        asked.writing += not connection.get_execution_options().get(READ_ONLY, False)

    event.listen(engine, "before_cursor_execute", sent)
    event.listen(engine, "begin", begun)
    try:
        yield asked
    finally:
        event.remove(engine, "before_cursor_execute", sent)
        event.remove(engine, "begin", begun)
