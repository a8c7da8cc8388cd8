"""Statements made ready once: each is compiled at its first use, and each use after it binds its values with the column
types' own processors, hands them to the driver, and reads what comes back with the same types.

SQLAlchemy's own way to the driver costs more than the statement itself where an act writes eight rows. Where somebody
listens to an engine's statements (signing.py, a count in a test) they go that way, with the same text.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Dialect, Insert, Select, Update
from sqlalchemy.exc import DBAPIError

from gateway.store.ground.sealing import Row, Values

Statement = Insert | Update | Select[Any]
_READY: dict[tuple[str, Statement, tuple[str, ...]], Ready] = {}  # as many as the code has statements


class Ready:
    """One statement for one kind of database and one set of named values."""

    def __init__(self, statement: Statement, dialect: Dialect, names: tuple[str, ...]) -> None:
        defaults, compiled = _compiled(statement, dialect, names)
        binds = compiled.bind_names.items()
        self._defaults = defaults | {name: bind.value for bind, name in binds if not bind.required}
        self.text = str(compiled)
        self._order: Sequence[str] | None = compiled.positiontup
        self._bound = [(name, _processor(bind, dialect)) for bind, name in binds]
        self._columns = [
            (column.keyname, column.type.dialect_impl(dialect).result_processor(dialect, None))
            for column in compiled._result_columns
        ]
        self.has_lists = any(bind.expanding for bind in compiled.binds.values())  # of any length: SQLAlchemy's to write

    def parameters(self, values: Mapping[str, Any]) -> Any:
        """As the driver takes them: by name, or in the statement's order."""
        told = {**self._defaults, **values} if self._defaults else values
        bound = {name: process(told[name]) if process else told[name] for name, process in self._bound}
        return bound if self._order is None else tuple([bound[name] for name in self._order])

    def row(self, values: Sequence[Any]) -> Row:
        """What came back, by the names of its columns."""
        found = zip(self._columns, values, strict=True)
        return {name: value if process is None else process(value) for (name, process), value in found}


def _compiled(statement: Statement, dialect: Dialect, names: tuple[str, ...]) -> tuple[dict[str, Any], Any]:
    """With the defaults of columns that are not given."""
    if isinstance(statement, Select):
        return {}, statement.compile(dialect=dialect)
    given = [name for name in names if name in statement.table.c]
    defaults = _defaults(statement.table.columns, given) if isinstance(statement, Insert) else {}
    # What is inserted from a SELECT names its values itself.
    keys = None if isinstance(statement, Insert) and statement.select is not None else [*given, *defaults]
    return defaults, statement.inline().compile(dialect=dialect, column_keys=keys)


def _defaults(columns: Any, given: Sequence[str]) -> dict[str, Any]:
    missing = [column for column in columns if column.name not in given and column.default is not None]
    return {column.name: column.default.arg for column in missing}


def _processor(bind: Any, dialect: Dialect) -> Callable[[Any], Any] | None:
    process: Callable[[Any], Any] | None = bind.type.dialect_impl(dialect).bind_processor(dialect)
    return process


def write(connection: Connection, statement: Statement, values: Values | list[Values]) -> int:
    """How many rows were written. Several rows name the same columns."""
    if is_listened_to(connection):
        return connection.execute(statement.execution_options(preserve_rowcount=True), values).rowcount
    first = values[0] if isinstance(values, list) else values
    ready = _ready(statement, connection.dialect, tuple(first))
    if isinstance(values, list) and len(values) > 1:
        cursor = _driven(connection, ready.text, [ready.parameters(row) for row in values], many=True)
    else:
        cursor = _driven(connection, ready.text, ready.parameters(first))
    return int(cursor.rowcount)


def rows(connection: Connection, query: Select[Any], values: Values) -> list[Row]:
    """All that the query finds."""
    ready = _ready(query, connection.dialect, ())
    if ready.has_lists or is_listened_to(connection):
        return list(connection.execute(query, values).mappings())
    return [ready.row(found) for found in _driven(connection, ready.text, ready.parameters(values)).fetchall()]


def worded(connection: Connection, statement: Statement, values: Values) -> tuple[str, Any]:
    """The statement and what it is given, in the driver's own words."""
    ready = _ready(statement, connection.dialect, tuple(values))
    return ready.text, ready.parameters(values)


def is_listened_to(connection: Connection) -> bool:
    return bool(connection.dispatch.before_cursor_execute or connection.dispatch.after_cursor_execute)


def _ready(statement: Statement, dialect: Dialect, names: tuple[str, ...]) -> Ready:
    key = (dialect.name, statement, names)
    known = _READY.get(key)
    if known is None:
        known = _READY[key] = Ready(statement, dialect, names)
    return known


def sent(connection: Connection, text: str, parameters: Any = ()) -> Any:
    """A cursor after the statement, in the driver's own words."""
    if is_listened_to(connection):
        return connection.exec_driver_sql(text, parameters or None)
    return _driven(connection, text, parameters)


def _driven(connection: Connection, text: str, parameters: Any, *, many: bool = False) -> Any:
    """What the driver raises is raised as SQLAlchemy would."""
    cursor = connection.connection.cursor()
    try:
        (cursor.executemany if many else cursor.execute)(text, parameters)
    except connection.dialect.loaded_dbapi.Error as fault:
        raise translated(connection, text, fault) from None
    return cursor


def translated(connection: Connection, text: str, fault: Any) -> BaseException:
    dialect = connection.dialect
    gone = dialect.is_disconnect(fault, connection.connection.dbapi_connection, None)
    if gone:
        connection.invalidate(fault)
    said: BaseException = DBAPIError.instance(
        text,
        None,
        fault,
        dialect.loaded_dbapi.Error,
        hide_parameters=True,  # an error must not repeat what was to be written
        connection_invalidated=gone,
        dialect=dialect,
    )
    return said
