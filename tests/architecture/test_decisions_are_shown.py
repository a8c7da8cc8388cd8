"""Each decision has a test that carries its number, and the index of them in the documentation tells no fable."""

from __future__ import annotations

import ast
import re

from tests.architecture.source import ROOT, modules, tree_of

DECISIONS = 20
ROW = re.compile(r"^\| D(\d+) \| [^|]{20,} \| (.+) \|$", re.MULTILINE)
NAMED = re.compile(r"`(test_d(\d\d)_\w+)` \(([\w/]+\.py)\)")


def numbered_tests() -> set[tuple[str, str]]:
    """(path under tests, name) of every test that carries a decision's number."""
    return {
        (str(path.relative_to(ROOT / "tests")), node.name)
        for path in modules("tests")
        for node in tree_of(path).body
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and re.match(r"test_d\d\d_", node.name)
    }


def index() -> dict[int, list[tuple[str, int, str]]]:
    text = (ROOT / "docs" / "decisions.md").read_text(encoding="utf-8")
    return {int(n): [(name, int(of), path) for name, of, path in NAMED.findall(rest)] for n, rest in ROW.findall(text)}


def test_every_decision_has_a_test_of_its_number() -> None:
    said = {int(name[6:8]) for _, name in numbered_tests()}
    assert said == set(range(1, DECISIONS + 1))


def test_the_index_names_every_decision_and_only_tests_there_are() -> None:
    rows = index()
    assert list(rows) == list(range(1, DECISIONS + 1))
    for number, tests in rows.items():
        assert tests, f"D{number} is shown by nothing"
        assert {of for _, of, _ in tests} == {number}
        assert not {(path, name) for name, _, path in tests} - numbered_tests()
