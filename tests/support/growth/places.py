"""Where gateway/store asks the database something: found in its source, so that a statement nobody tried is noticed."""

from __future__ import annotations

import ast
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Any

from tests.support.growth.recording import ROOT, STORE, Site

CONNECTIONS = ("connection", "db")
SENDS = ("execute", "exec_driver_sql")
BUILDS = (
    "select",
    "insert",
    "update",
    "delete",
    "exists",
    "union",
    "union_all",
    "except_",
    "where",
    "having",
    "values",
)


@dataclass(frozen=True)
class Place:
    """One call that sends a statement or builds one when it is called. ``within``: its function's name."""

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
    name = getattr(call.func, "attr", getattr(call.func, "id", ""))
    first = call.args[0] if call.args else None
    handed_on = isinstance(first, ast.Name) and first.id in CONNECTIONS
    return name in SENDS or name in BUILDS or handed_on


@contextmanager
def traced(lines: set[Site]) -> Iterator[None]:
    """Adds every line of gateway/store that runs meanwhile, in whichever thread."""
    files: dict[Any, str] = {}

    def on_call(frame: FrameType, _event: str, _value: Any) -> Callable[..., Any] | None:
        code = frame.f_code
        if code not in files:
            name = code.co_filename
            files[code] = str(Path(name).relative_to(ROOT)) if name.startswith(STORE) else ""
        return on_line if files[code] else None

    def on_line(frame: FrameType, event: str, _value: Any) -> Callable[..., Any]:
        if event == "line":
            lines.add((files[frame.f_code], frame.f_lineno))
        return on_line

    threading.settrace(on_call)
    sys.settrace(on_call)
    try:
        yield
    finally:
        sys.settrace(None)
        threading.settrace(None)  # type: ignore[arg-type]
