"""A pytest plugin that keeps the tests that read a clock: ``pytest -p tests.support.clocks.readers --reads-a-clock``.

With ``--turn N`` it takes every second module, of these a choice of their parameters' values (cases.py), others for
each N; drops what is marked ``timeless``, and lets properties be tried with a few examples only. With ``--within S``
what has not begun after S seconds is skipped: the modules run in an order that each N makes anew, so that what one day
has no time for comes first on another.

A module reads a clock where it asks for the time, starts a process or looks modules up by name (what those read is not
seen from outside). A test module does where it, its fixtures, or anything they import does.
"""

from __future__ import annotations

import ast
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache, cached_property
from pathlib import Path
from zlib import crc32

import pytest
from hypothesis import settings

from tests.support.clocks.cases import Case, chosen

ROOT = Path(__file__).parents[3]
ASKING = frozenset({"datetime.now", "datetime.utcnow", "date.today", "time.time", "time.time_ns", "db_now"})
SHARES = 2  # a turn runs one share of the modules
_BEGUN = time.monotonic()
UNSEEN = frozenset({"subprocess", "multiprocessing", "importlib", "pkgutil"})


@dataclass(frozen=True)
class Module:
    """What one source file says about itself."""

    reads: bool
    imports: frozenset[str]
    fixtures: frozenset[str] = field(default_factory=frozenset)
    arguments: frozenset[str] = field(default_factory=frozenset)


def read_module(source: str) -> Module:
    nodes = list(ast.walk(ast.parse(source)))
    names = {ast.unparse(node) for node in nodes if isinstance(node, ast.Attribute | ast.Name)}
    imports = frozenset(name for node in nodes for name in _imported(node))
    reads = bool(names & ASKING) or bool({name.split(".")[0] for name in imports} & UNSEEN)
    functions = [node for node in nodes if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
    fixtures = [one for one in functions if any("fixture" in ast.unparse(mark) for mark in one.decorator_list)]
    asking = [*fixtures, *(one for one in functions if one.name.startswith("test_"))]
    arguments = frozenset(argument.arg for one in asking for argument in one.args.args)
    return Module(reads, imports, frozenset(one.name for one in fixtures), arguments)


def _imported(node: ast.AST) -> Iterable[str]:
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if isinstance(node, ast.ImportFrom) and node.module:
        return [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
    return []


class Sources:
    """Every module of the repository, and which of them read a clock themselves or through others."""

    def __init__(self, modules: Mapping[str, Module]) -> None:
        self.modules = modules

    @classmethod
    def of(cls, root: Path) -> Sources:
        packages = [path for path in root.iterdir() if (path / "__init__.py").exists()]
        files = (file for package in packages for file in package.rglob("*.py"))
        return cls({_dotted(file.relative_to(root)): read_module(file.read_text()) for file in files})

    @cached_property
    def _fixtures(self) -> Mapping[str, set[str]]:
        """Fixture → shared modules that define one of that name."""
        found: dict[str, set[str]] = {}
        shared = {name: module for name, module in self.modules.items() if _is_shared(name)}
        for name, module in shared.items():
            for fixture in module.fixtures:
                found.setdefault(fixture, set()).add(name)
        return found

    def reads_a_clock(self, name: str) -> bool:
        reached, waiting = set[str](), [name]
        while waiting:
            one = waiting.pop()
            if one in reached or one not in self.modules:
                continue
            if self.modules[one].reads:
                return True
            reached.add(one)
            waiting += self._next(self.modules[one])
        return False

    def _next(self, module: Module) -> Iterable[str]:
        named = (self._fixtures.get(argument, ()) for argument in module.arguments)
        return [*module.imports, *(one for modules in named for one in modules)]


def _is_shared(name: str) -> bool:
    return name.startswith("tests.support.") or name.endswith(".conftest")


def _dotted(path: Path) -> str:
    return ".".join(path.with_suffix("").parts).removesuffix(".__init__")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--reads-a-clock", action="store_true", help="only tests that read a clock of this machine")
    parser.addoption("--within", type=float, help="seconds after which no further test begins")
    parser.addoption("--turn", type=int, help="of parametrised tests only some cases: another choice for each number")


def pytest_configure(config: pytest.Config) -> None:
    if config.getoption("--turn") is not None:
        settings.register_profile("turn", max_examples=5, deadline=None)
        settings.load_profile("turn")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    turn = config.getoption("--turn")
    if turn is None:
        return
    timed = [item for item in items if item.get_closest_marker("timeless") is None]
    taken = chosen(map(_case, timed), turn)
    left = [item for item in items if item.nodeid not in taken]
    config.hook.pytest_deselected(items=left)
    items[:] = sorted((item for item in timed if item.nodeid in taken), key=lambda item: place_of(item.path, turn))


def place_of(module: Path, turn: int) -> int:
    """Of a module in this turn's order."""
    return crc32(f"{turn} {module.relative_to(ROOT)}".encode())


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skipped where the time is over; measured by the clock that no shift moves."""
    within = item.config.getoption("--within")
    if within is not None and time.monotonic() - _BEGUN > within:
        pytest.skip(f"its turn comes another day: {within:.0f} s are over")


def _case(item: pytest.Item) -> Case:
    function = item.nodeid.partition("[")[0]
    spec = getattr(item, "callspec", None)
    return Case(
        item.nodeid, function, tuple((name, repr(value)) for name, value in spec.params.items()) if spec else ()
    )


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """True for a test module that reads no clock; None leaves the choice to others."""
    if not config.getoption("--reads-a-clock") or not collection_path.match("test_*.py"):
        return None
    path, turn = collection_path.relative_to(ROOT), config.getoption("--turn")
    left = turn is not None and crc32(str(path).encode()) % SHARES != turn % SHARES
    return True if left or not _sources().reads_a_clock(_dotted(path)) else None


@cache
def _sources() -> Sources:
    return Sources.of(ROOT)
