"""A simulator is a stranger to the product: nothing of it is imported, by name or by importlib."""

import ast
from pathlib import Path

import pytest

import simulators

FILES = sorted(Path(simulators.__file__).parent.rglob("*.py"))
# The scripted participant stands on the video package's own client side and is judged elsewhere.
OWN = [file for file in FILES if file.name != "participant.py"]
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
