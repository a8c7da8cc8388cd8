"""A simulator is a stranger to the product: nothing of it is imported, by name or by importlib."""

import ast
from pathlib import Path

import pytest

import simulators

ROOT = Path(simulators.__file__).parent
# The scripted participant and the demo stack drive the product, so they know it; the three servers do not.
DRIVERS = {"participant.py", "demo"}
OWN = sorted(file for file in ROOT.rglob("*.py") if file.relative_to(ROOT).parts[0] not in DRIVERS)
PRODUCT = {"gateway", "adapters", "workers", "video"}


def imported(source: str) -> set[str]:
    tree = ast.parse(source)
    plain = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    parts = {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    return {name.split(".")[0] for name in plain | parts}


@pytest.mark.parametrize("file", OWN, ids=lambda file: file.stem)
def test_nothing_of_the_product_is_imported(file: Path) -> None:
    names = imported(file.read_text())
    assert not names & (PRODUCT | {"importlib", "tests"})


def test_the_test_sees_an_import() -> None:
    assert imported("from gateway.domain import x\nimport video.app") == {"gateway", "video"}
