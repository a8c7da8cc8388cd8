"""Every statement that goes through an engine, with the plan the database makes for it and the work it costs there.

A statement is explained and measured where it is about to run: in the same transaction, behind the same row-level
walls, with the same values. Work is counted, not timed: steps of SQLite's machine, rows that PostgreSQL looks at.
"""

from __future__ import annotations

import json
import re
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, event

from gateway.store.ground.postgres import ONE_LOOK
from gateway.store.ground.schema import metadata

ROOT = Path(__file__).resolve().parents[3]
STORE = str(ROOT / "gateway" / "store")
SAMPLES = 2  # times one statement is explained, with the values of that time
_LIST = re.compile(r"\((?:\?|%\(\w+\)s(?:::\w+)?)(?:, (?:\?|%\(\w+\)s(?:::\w+)?))*\)")
_EXPLAINED = ("SELECT", "WITH", "INSERT", "UPDATE", "DELETE")
_CHANGES = ("INSERT", "UPDATE", "DELETE")
SHORT = 200  # rows
_OFTEN = 10  # steps of SQLite's machine between two calls of the counting handler

Site = tuple[str, int]  # file in the repository, line


@dataclass
class Seen:
    """One statement. ``plan``: the database's own words; ``work``: the most it cost; ``sites``: whence it was sent."""

    text: str
    plan: list[str] = field(default_factory=list)
    scans: set[str] = field(default_factory=set)
    work: int = 0
    samples: int = 0
    times: int = 0
    sites: set[Site] = field(default_factory=set)


class Recorder:
    """``statements`` by their text, lists of values as one; ``objects``: the SQLAlchemy statements that ran, each by
    what it shares with its copies (``identity``)."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._lock = threading.Lock()
        self.statements: dict[str, Seen] = {}
        self.objects: set[object] = set()
        self.sites: set[Site] = set()

    @contextmanager
    def listening(self) -> Iterator[Recorder]:
        event.listen(self._engine, "before_cursor_execute", self._sent)
        event.listen(self._engine, "before_execute", self._object)
        try:
            yield self
        finally:
            event.remove(self._engine, "before_cursor_execute", self._sent)
            event.remove(self._engine, "before_execute", self._object)

    def _object(self, _connection: Connection, statement: Any, *_more: Any) -> None:
        self.objects.add(identity(statement))

    def _sent(
        self, connection: Connection, _cursor: Any, statement: str, parameters: Any, _context: Any, many: bool
    ) -> None:
        sites = set(_sites())
        key = _LIST.sub("(…)", " ".join(statement.split()))
        with self._lock:
            self.sites |= sites
            seen = self.statements.setdefault(key, Seen(key))
            seen.sites |= sites
            seen.times += 1
            seen.samples += 1
            wanted = seen.samples <= SAMPLES and statement.lstrip().startswith(_EXPLAINED)
        if wanted:
            values = parameters[0] if many else parameters
            plan, scans, work = explained(connection, statement, values)
            seen.plan, seen.scans, seen.work = seen.plan or plan, seen.scans | scans, max(seen.work, work)


def identity(statement: Any) -> object:
    """The same for a statement and its copies with other options for its execution."""
    key = statement._generate_cache_key() if hasattr(statement, "_generate_cache_key") else None
    return id(statement) if key is None else key.key


def _sites() -> Iterator[Site]:
    frame = sys._getframe(3)
    while frame is not None:
        name = frame.f_code.co_filename
        if name.startswith(STORE):
            yield str(Path(name).relative_to(ROOT)), frame.f_lineno
        frame = frame.f_back  # type: ignore[assignment]


def explained(connection: Connection, statement: str, values: Any) -> tuple[list[str], set[str], int]:
    """Plan, tables that are read from one end to the other, work. What the statement would change is taken back."""
    raw = connection.connection.dbapi_connection
    assert raw is not None
    cursor = raw.cursor()
    changes = statement.lstrip().startswith(_CHANGES)
    inside = not connection.get_execution_options().get(ONE_LOOK, False)
    if changes or inside:
        cursor.execute("SAVEPOINT explained")
    try:
        if connection.dialect.name == "sqlite":
            return _by_sqlite(raw, cursor, statement, values)
        return _by_postgres(cursor, statement, values)
    except Exception as fault:  # it is about to fail for the caller too, who may expect it
        return [f"{type(fault).__name__}"], set(), 0
    finally:
        if changes or inside:
            cursor.execute("ROLLBACK TO SAVEPOINT explained")
            cursor.execute("RELEASE SAVEPOINT explained")
        cursor.close()


def _by_sqlite(raw: Any, cursor: Any, statement: str, values: Any) -> tuple[list[str], set[str], int]:
    plan = [row[3] for row in cursor.execute(f"EXPLAIN QUERY PLAN {statement}", values)]
    steps = [0]

    def count() -> int:
        steps[0] += _OFTEN
        return 0

    raw.set_progress_handler(count, _OFTEN)
    try:
        cursor.execute(statement, values).fetchall()
    finally:
        raw.set_progress_handler(None, 0)
    return plan, set(_scanned_by_sqlite(plan, statement)), steps[0]


def _scanned_by_sqlite(plan: list[str], statement: str) -> Iterator[str]:
    """Not where it walks an index that holds few rows, or in an index's order until the LIMIT: then the work counts."""
    aliases = {alias: table for table, alias in _ALIAS.findall(statement)}
    for line in plan:
        found = re.match(r"SCAN (\w+)(?: USING (?:COVERING )?INDEX (\w+))?", line)
        if found and not (found[2] in _PARTIAL or (found[2] and " LIMIT " in statement)):
            yield aliases.get(found[1], found[1])


_PARTIAL = {
    index.name
    for table in metadata.tables.values()
    for index in table.indexes
    if index.dialect_options["sqlite"]["where"] is not None
}


_ALIAS = re.compile(r"(?:FROM|JOIN|,)\s+(\w+) AS (\w+)\b")


def _by_postgres(cursor: Any, statement: str, values: Any) -> tuple[list[str], set[str], int]:
    """The plan PostgreSQL chooses. Where it reads a table from one end to the other, it may do so because the table is
    small beside what is asked of it, so it is asked once more with that forbidden: what counts is whether an index
    leads to few rows."""
    chosen = _plan(cursor, statement, values)
    if not chosen[1]:
        return chosen
    cursor.execute("SET enable_seqscan = off")
    by_index = _plan(cursor, statement, values)
    cursor.execute("SET enable_seqscan = on")
    return by_index


def _plan(cursor: Any, statement: str, values: Any) -> tuple[list[str], set[str], int]:
    cursor.execute(f"EXPLAIN (ANALYZE, FORMAT JSON, TIMING OFF, COSTS OFF) {statement}", values)
    told = cursor.fetchone()[0]
    root = (json.loads(told) if isinstance(told, str) else told)[0]["Plan"]
    nodes = list(_nodes(root))
    plan = [_line(node) for node in nodes]
    scans = {node["Relation Name"] for node in nodes if _reads_all(node)}
    return plan, scans, sum(_looked_at(node) for node in nodes)


def _nodes(node: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield node
    for below in node.get("Plans", ()):
        yield from _nodes(below)


def _reads_all(node: dict[str, Any]) -> bool:
    """A sequential scan, or an index walked without a condition, unless a LIMIT cuts the walk short."""
    kind = node["Node Type"]
    walks = kind in ("Index Scan", "Index Only Scan") and "Index Cond" not in node and _looked_at(node) > SHORT
    return (kind == "Seq Scan" or walks) and node["Actual Loops"] > 0


def _looked_at(node: dict[str, Any]) -> int:
    if "Relation Name" not in node or node["Node Type"] == "ModifyTable":
        return 0
    refused = sum(int(node.get(f"Rows Removed by {by}", 0)) for by in ("Filter", "Index Recheck"))
    return int((node["Actual Rows"] + refused) * node["Actual Loops"])


def _line(node: dict[str, Any]) -> str:
    parts = [node["Node Type"], node.get("Relation Name", ""), node.get("Index Name", ""), node.get("Index Cond", "")]
    parts += [f"filter {node['Filter']}" if "Filter" in node else "", f"rows {_looked_at(node)}"]
    return " · ".join(str(part) for part in parts if part)
