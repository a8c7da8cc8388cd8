"""Where gateway/store asks the database something: found in its source, so that a statement nobody tried is noticed."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.support.growth.recording import ROOT, STORE, Site

SENDS = ("execute", "exec_driver_sql", "upsert", "upsert_rows", "upsert_unless", "insert_new", "write", "delete_some")


@dataclass(frozen=True)
class Place:
    """One call that sends a statement. ``within``: its function's name."""

    file: str
    first: int
    last: int
    within: str

    def among(self, lines: set[Site]) -> bool:
        return any((self.file, line) in lines for line in range(self.first, self.last + 1))


def places() -> Iterator[Place]:
    """In every function of gateway/store; the migrations run once, before anybody asks."""
    for path in sorted(Path(STORE).rglob("*.py")):
        if "migrations" not in path.parts:
            name = str(path.relative_to(ROOT))
            for function in _functions(ast.parse(path.read_text(encoding="utf-8"))):
                yield from _of(name, function)


def _functions(tree: ast.AST) -> Iterator[ast.FunctionDef]:
    return (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef))


def _of(file: str, function: ast.FunctionDef) -> Iterator[Place]:
    for node in ast.walk(function):
        if isinstance(node, ast.Call) and _asks(node):
            yield Place(file, node.lineno, node.end_lineno or node.lineno, function.name)


def _asks(call: ast.Call) -> bool:
    return getattr(call.func, "attr", getattr(call.func, "id", "")) in SENDS
