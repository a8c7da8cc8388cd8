"""The table of the three working days is the one the tests run, and what it names is there."""

from __future__ import annotations

import ast
import subprocess
import sys

from tests.architecture.source import ROOT, modules, nodes_of
from tests.support.three_days import GUIDE, guided, table, tables


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
    named = {name for rows in tables().values() for row in rows for name in row.shown_by}
    assert named - there == set()


def test_each_step_of_the_guide_is_named_by_a_test_that_pytest_collects() -> None:
    named = guided()
    assert list(named.keys() - {row.at for row in GUIDE}) == [], "a step the guide does not have"
    collected = _collected()
    assert len(GUIDE) == 17
    assert [row.at for row in GUIDE if not collected.intersection(named.get(row.at, ()))] == []
    assert {name for names in named.values() for name in names} <= collected


def _collected() -> set[str]:
    """By pytest itself, among the modules that name a step."""
    files = [str(path) for path in modules("tests") if "@pytest.mark.guide(" in path.read_text(encoding="utf-8")]
    command = [sys.executable, "-m", "pytest", "--collect-only", "-q", "-m", "guide", "-p", "no:cacheprovider", *files]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return {line.partition("::")[2].partition("[")[0] for line in listed.splitlines() if "::" in line}
