"""The table of the three working days is the one the tests run, and what it names is there."""

from __future__ import annotations

import ast

from tests.architecture.source import ROOT, modules, nodes_of
from tests.support.three_days import TABLES, table


def test_the_documented_days_are_the_days_of_the_tests() -> None:
    written = (ROOT / "docs" / "three-days.md").read_text(encoding="utf-8")
    assert written == table(), "python -m tests.support.three_days docs/three-days.md"


def test_what_shows_a_row_is_a_test_there_is() -> None:
    there = {
        node.name
        for path in modules("tests")
        for node in nodes_of(path)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test_")
    }
    named = {name for rows in TABLES.values() for row in rows for name in row.shown_by}
    assert named - there == set()
