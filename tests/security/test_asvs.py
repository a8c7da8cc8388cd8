"""The table of ASVS lines cannot lie by itself: each line has one answer, and each test it names is there and runs."""

from __future__ import annotations

import ast
import re
import tomllib
from collections import Counter
from pathlib import Path

import pytest

from tests.architecture.source import ROOT
from tests.security import asvs

LINES = asvs.lines()
NAMED = sorted({test for line in LINES for test in line.tests})
LEAST_BY_TEST, LEAST_MET = 165, 190


def test_every_line_of_both_levels_has_one_answer() -> None:
    assert len(LINES) == asvs.LINES and {line.level for line in LINES} == {1, 2}
    assert all(re.fullmatch(r"V\d+\.\d+\.\d+", line.id) for line in LINES)
    assert [line.id for line in LINES if not line.answer] == []
    assert Counter(line.chapter for line in LINES).keys() == asvs.CHAPTERS.keys()


def test_what_is_not_met_has_a_plan_and_what_is_met_has_none() -> None:
    assert [line.id for line in LINES if bool(line.plan) != bool(line.not_met)] == []


def test_as_many_are_met_as_the_documents_say() -> None:
    met = asvs.counts(LINES)
    assert met["tests"] >= LEAST_BY_TEST and met["tests"] + met["documents"] >= LEAST_MET


def test_every_document_exists() -> None:
    assert [doc for line in LINES for doc in line.documents if not (ROOT / doc).is_file()] == []


def test_the_page_is_what_the_table_makes() -> None:
    assert (ROOT / "docs" / "asvs.md").read_text(encoding="utf-8") == asvs.page(LINES), (
        "python -m tests.security.asvs docs/asvs.md"
    )


def functions(file: Path) -> dict[str, ast.FunctionDef | ast.AsyncFunctionDef]:
    tree = ast.parse(file.read_text(encoding="utf-8"))
    return {n.name: n for n in tree.body if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef)}


def why_not_run(node_id: str) -> str:
    """Empty where pytest collects the test and ``make test`` runs it."""
    name, _, test = node_id.partition("::")
    file = ROOT / name
    if not file.is_file() or not file.name.startswith("test_"):
        return "no such module"
    found = functions(file).get(test)
    if found is None or not test.startswith("test_"):
        return "no such test"
    marks = [ast.unparse(mark) for mark in found.decorator_list]
    marks += [ast.unparse(n.value) for n in ast.parse(file.read_text("utf-8")).body if is_mark_of_module(n)]
    if any("skip" in mark or "xfail" in mark for mark in marks):
        return "skipped, or allowed to fail"
    if any("pytest.mark.journey" in mark for mark in marks) and not is_a_journey_that_runs(name):
        return "a journey that no target of the Makefile runs"
    return ""


def is_mark_of_module(node: ast.stmt) -> bool:
    return isinstance(node, ast.Assign) and any(getattr(t, "id", "") == "pytestmark" for t in node.targets)


def is_a_journey_that_runs(name: str) -> bool:
    recipes = (ROOT / "Makefile").read_text(encoding="utf-8")
    return name in recipes or name.startswith("tests/journey/")


@pytest.mark.parametrize("node_id", NAMED)
def test_a_named_test_exists_and_runs(node_id: str) -> None:
    assert why_not_run(node_id) == ""


@pytest.mark.parametrize(
    ("node_id", "why"),
    [
        ("tests/security/test_asvs.py::test_nothing_of_this_name", "no such test"),
        ("tests/security/test_none.py::test_x", "no such module"),
        ("tests/security/test_asvs.py::why_not_run", "no such test"),
    ],
)
def test_a_name_that_is_none_is_seen(node_id: str, why: str) -> None:
    assert why_not_run(node_id) == why


def test_pytest_looks_where_they_lie() -> None:
    """No test named here lies where the run does not look, and the run leaves no folder out."""
    options = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["pytest"]["ini_options"]
    assert options.get("testpaths", ["tests"]) == ["tests"] and "--ignore" not in str(options.get("addopts", ""))
    runs = re.search(r"^test:.*\n(?:\t.*\n)*?\t\$\(BIN\)/pytest (.*)$", (ROOT / "Makefile").read_text("utf-8"), re.M)
    assert runs and runs[1].endswith('-m "not journey"') and "tests/" not in runs[1] and "--ignore" not in runs[1]
