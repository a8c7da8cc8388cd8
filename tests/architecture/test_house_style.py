"""Is the house still the house? Sizes, names and shapes that a reviewer would otherwise count by hand."""

from __future__ import annotations

import ast
import re
from collections import Counter
from pathlib import Path

import pytest

from tests.architecture.source import PRODUCT, ROOT, modules, name_of, nodes_of, tracked, tree_of

OURS = (*PRODUCT, "simulators", "bench")
LONGEST = {"tests": 400, "bench": 400}
LONGEST_MODULE, LONGEST_FUNCTION, MOST_PARAMETERS, FILES_IN_A_FOLDER = 300, 40, 6, 20
UNDONE = re.compile(r"\b(TO[D]O|FIX[M]E|XX[X])\b")
BANNED_FILES = re.compile(r"(^|_)(utils?|helpers?|common|manager|misc)(_|$)")
BANNED_NAMES = re.compile(r"^_?(get_|process_|handle_|do_)|(_utils?|_helpers?|_manager)$")
# Names that a framework looks for; nothing of ours may be called so.
FRAMEWORK = {"do_GET", "do_POST", "do_PUT", "do_PATCH", "do_DELETE", "do_OPTIONS", "do_HEAD", "get_locale",
             "handle_request", "get_extra_info", "process_bind_param", "process_result_value"}  # fmt: skip


def test_no_module_is_too_long() -> None:
    long = {
        name_of(p): lines
        for p in modules(*OURS, "tests")
        if (lines := len(p.read_text(encoding="utf-8").splitlines())) > LONGEST.get(name_of(p).split("/")[0], 300)
    }
    assert long == {}


def functions(path: Path) -> list[ast.FunctionDef | ast.AsyncFunctionDef]:
    return [n for n in nodes_of(path) if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef)]


def test_no_function_is_too_long() -> None:
    long = {
        f"{name_of(p)}:{f.name}": f.end_lineno - f.lineno + 1
        for p in modules(*OURS, "tests")
        for f in functions(p)
        if f.end_lineno and f.end_lineno - f.lineno + 1 > LONGEST_FUNCTION
    }
    assert long == {}


def parameters(function: ast.FunctionDef | ast.AsyncFunctionDef) -> list[str]:
    """All that a caller may pass; the object or class itself is not among them."""
    given = function.args
    named = [one.arg for one in (*given.posonlyargs, *given.args, *given.kwonlyargs)]
    return named[1:] if named[:1] in (["self"], ["cls"]) else named


def test_no_function_takes_more_than_six_parameters() -> None:
    """In the product, its simulators and what all tests share; values that go together are a dataclass."""
    shared = [p for p in modules("tests") if name_of(p).startswith("tests/support/")]
    many = {
        f"{name_of(p)}:{f.name}": names
        for p in (*modules(*PRODUCT, "simulators"), *shared)
        for f in functions(p)
        if len(names := parameters(f)) > MOST_PARAMETERS
    }
    assert many == {}


def test_every_module_says_where_it_stands() -> None:
    silent = [name_of(p) for p in modules(*OURS) if tree_of(p).body and not ast.get_docstring(tree_of(p))]
    assert silent == []


def test_nothing_is_named_after_nothing() -> None:
    assert [name_of(p) for p in modules(*OURS, "tests") if BANNED_FILES.search(p.stem)] == []
    names = {
        f"{name_of(p)}:{f.name}"
        for p in modules(*PRODUCT, "simulators")
        for f in functions(p)
        if BANNED_NAMES.search(f.name) and f.name not in FRAMEWORK
    }
    assert names == set()


def test_only_the_command_line_prints() -> None:
    """And the one line by which a process says where it listens."""
    speaking = {
        name_of(p)
        for p in modules(*PRODUCT)
        for n in nodes_of(p)
        if isinstance(n, ast.Call) and isinstance(n.func, ast.Name) and n.func.id == "print"
    }
    announcing = {"gateway/live/__main__.py", "video/process.py", "video/__main__.py", "workers/mllp.py"}
    assert {name for name in speaking if not name.startswith("gateway/cli/")} <= announcing


def test_nothing_is_left_to_do_and_no_failure_is_hidden() -> None:
    marks = [name_of(p) for p in modules(*OURS, "tests") if UNDONE.search(p.read_text(encoding="utf-8"))]
    assert marks == []
    broad = [
        f"{name_of(p)}:{n.lineno}"
        for p in modules(*PRODUCT)
        for n in nodes_of(p)
        if isinstance(n, ast.ExceptHandler) and (n.type is None or _is_broad(n)) and not _raises(n)
    ]
    assert broad == []


def _is_broad(handler: ast.ExceptHandler) -> bool:
    return isinstance(handler.type, ast.Name) and handler.type.id in ("Exception", "BaseException")


def _raises(handler: ast.ExceptHandler) -> bool:
    return any(isinstance(n, ast.Raise) for n in ast.walk(handler))


def test_no_test_replaces_our_insides() -> None:
    patching = [
        name_of(p)
        for p in modules("tests")
        if re.search(r"\bmock\.patch|\bfrom unittest(\.mock)? import .*\b(patch|Mock)", p.read_text(encoding="utf-8"))
        and p != Path(__file__)
    ]
    assert patching == []


def adapter_folders() -> list[Path]:
    kinds = ("eoj", "gp_system", "identity", "register", "video")
    found = (p for kind in kinds for p in (ROOT / "adapters" / kind).iterdir() if p.is_dir())
    return sorted(p for p in found if p.name != "__pycache__" and any(p.glob("*.py")))


@pytest.mark.parametrize("folder", adapter_folders(), ids=lambda p: p.name)
def test_every_adapter_is_one_folder_of_the_same_shape(folder: Path) -> None:
    """``browser`` speaks no language, so it has nothing to map."""
    needed = {"__init__.py", "adapter.py", "examples"} | (set() if folder.name == "browser" else {"mapping.py"})
    assert needed <= {p.name for p in folder.iterdir()}
    assert any((folder / "examples").iterdir()), "golden pairs or a word why there are none"


def test_every_adapter_kind_is_found() -> None:
    from adapters.discovery import find_adapter

    for folder in adapter_folders():
        found = find_adapter(folder.parent.name, folder.name)
        assert found.settings.model_config.get("extra") == "forbid", "a mistyped setting is noticed"


def test_every_queue_that_is_filled_is_emptied() -> None:
    """One queue: the publisher names it, and the worker's own default is the same."""
    from workers import app

    source = (ROOT / "workers" / "relay.py").read_text(encoding="utf-8")
    assert "queue=celery_app.QUEUE" in source
    assert f'QUEUE = "{app.QUEUE}"' in (ROOT / "workers" / "app.py").read_text(encoding="utf-8")
    assert "task_default_queue=QUEUE" in (ROOT / "workers" / "app.py").read_text(encoding="utf-8")


# Folders that are still too full. A number here may only fall; a folder that has come down leaves the list.
TOO_FULL: dict[str, int] = {}


def test_no_folder_holds_more_than_twenty_files_of_code() -> None:
    """Code is what a reader has to search: Python, pages, scripts, styles. Golden examples and pictures are data."""
    kinds = {".py", ".html", ".js", ".css"}
    code = (p for p in tracked() if p.suffix in kinds and name_of(p).split("/")[0] in (*OURS, "tests"))
    held = Counter(name_of(p.parent) for p in code)
    full = {folder: files for folder, files in held.items() if files > FILES_IN_A_FOLDER}
    assert {folder: files for folder, files in full.items() if files > TOO_FULL.get(folder, 0)} == {}
    assert {folder for folder in TOO_FULL if held[folder] <= FILES_IN_A_FOLDER} == set(), "take it off the list"


def test_no_script_is_longer_than_a_module_may_be() -> None:
    """Functions are measured by eslint (``make scripts``)."""
    scripts = [path for path in tracked() if path.suffix in {".js", ".mjs"}]
    long = {name_of(p): n for p in scripts if (n := len(p.read_text(encoding="utf-8").splitlines())) > LONGEST_MODULE}
    assert scripts and long == {}


def test_a_browsers_journey_stands_where_a_process_of_its_own_runs_it() -> None:
    """Playwright keeps an event loop running in its process, which nothing beside it can bear (Makefile, ``pages``)."""
    rows = (ROOT / "Makefile").read_text(encoding="utf-8")
    astray = [
        name_of(path)
        for path in modules("tests")
        if "journey" in path.parts and "pytest.mark.browser" in path.read_text(encoding="utf-8")
        if not path.name.startswith("test_browser_")
        or (path.parent.name != "journey" and f"tests/journey/{path.parent.name}" not in rows)
    ]
    assert astray == []
