"""A view that shows who a citizen is, or a text, must reach the audit: read off the source, so that no new route is
forgotten (D14). What the routes really answer is walked in tests/unit/web."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

from tests.architecture.source import ROOT, modules, nodes_of, tree_of

WEB = ROOT / "gateway" / "web"
TEMPLATES = WEB / "templates"
# What a template says when it names the citizen or shows a text; and what a view of JSON calls to do so.
NAMES = re.compile(
    r"\b(citizen\.name|row\.citizen|citizen_name\(|citizen\.identifier|consultation\.reason|row\.reason"
    r"|employee_text|clinic_text|found\.citizen)\b"
)
PARTS = re.compile(r"""{%-?\s*(?:include|extends|import|from)\s+["']([^"']+)["']""")
SHOWING_CALLS = {"clinic_entry_view", "clinic_list_view"}
AUDITING_CALLS = {"record_read", "record_audit", "audit_row", "_record_search"}

Function = ast.FunctionDef | ast.AsyncFunctionDef
Unit = tuple[tuple[str, str], ...]  # (module, name) of the functions that answer together


@cache
def functions() -> dict[tuple[str, str], Function]:
    """(module, name) → every function of the web package that stands on its own; module as ``nurse.note``."""
    return {
        (_dotted(path), node.name): node
        for path in modules("gateway")
        if WEB in path.parents
        for node in tree_of(path).body
        if isinstance(node, Function)
    }


def _dotted(path: Path) -> str:
    return ".".join(path.relative_to(WEB).with_suffix("").parts)


@cache
def imports_of(module: str) -> dict[str, tuple[str, str]]:
    """Local name → (module, name) for everything the module imports from the web package."""
    found: dict[str, tuple[str, str]] = {}
    for node in nodes_of(WEB / f"{module.replace('.', '/')}.py"):
        if isinstance(node, ast.ImportFrom) and f"{node.module}.".startswith("gateway.web."):
            package = str(node.module).removeprefix("gateway.web").removeprefix(".")
            found |= {alias.asname or alias.name: (package, alias.name) for alias in node.names}
    return found


@cache
def names_in(module: str) -> dict[str, tuple[str, str]]:
    """What a bare name of that module stands for: its own function, or one imported from a neighbour."""
    return imports_of(module) | {name: (owner, name) for owner, name in functions() if owner == module}


def called(function: ast.AST, module: str) -> set[tuple[str, str]]:
    """The web functions this one calls or hands on, by bare name or as ``module.name``."""
    found: set[tuple[str, str]] = set()
    for node in ast.walk(function):
        if isinstance(node, ast.Name) and node.id in names_in(module):
            found.add(names_in(module)[node.id])
        elif isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            package, name = imports_of(module).get(node.value.id, ("", ""))
            found.add((f"{package}.{name}".strip("."), node.attr))
    return {name for name in found if name in functions()}


def reached(start: Unit) -> list[tuple[str, Function]]:
    seen, waiting = set(start), list(start)
    while waiting:
        module, name = waiting.pop()
        more = called(functions()[module, name], module) - seen
        seen |= more
        waiting += more
    return [(module, functions()[module, name]) for module, name in sorted(seen)]


@cache
def shows_identity(template: str, seen: frozenset[str] = frozenset()) -> bool:
    path = TEMPLATES / template
    if template in seen or not path.is_file():
        return False
    text = path.read_text(encoding="utf-8")
    return bool(NAMES.search(text)) or any(shows_identity(part, seen | {template}) for part in PARTS.findall(text))


def templates_of(function: Function) -> set[str]:
    """Templates named in it; of a name put together (``f"nurse/{screen}.html"``) all it can be."""
    found = {n.value for n in ast.walk(function) if isinstance(n, ast.Constant) and str(n.value).endswith(".html")}
    for node in ast.walk(function):
        if isinstance(node, ast.JoinedStr) and any(str(getattr(v, "value", "")).endswith(".html") for v in node.values):
            start = node.values[0]
            folder = str(start.value) if isinstance(start, ast.Constant) else ""
            found |= {f"{folder}{path.name}" for path in (TEMPLATES / folder).glob("*.html")}
    return {str(name) for name in found}


def calls(function: Function, names: set[str]) -> bool:
    said = (n.func for n in ast.walk(function) if isinstance(n, ast.Call))
    return any((f.attr if isinstance(f, ast.Attribute) else getattr(f, "id", "")) in names for f in said)


def views() -> list[Unit]:
    """What answers a route: a function that names its audience, or what a row of the table of acts names."""
    marked = ("open_to", "pressed")
    single = [
        (name,)
        for name, node in functions().items()
        if any(mark in ast.dump(d) for d in node.decorator_list for mark in marked)
    ]
    return single + [unit for module in {module for module, _ in functions()} for unit in _units_of_rows(module)]


def _units_of_rows(module: str) -> list[Unit]:
    """Of each row: its service with what follows a press; apart from them the page that shows a faulty form again."""
    found: list[Unit] = []
    for node in nodes_of(WEB / f"{module.replace('.', '/')}.py"):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ("Act", "Row", "_act"):
            again = [k.value for k in node.keywords if k.arg == "again"]
            parts = [*node.args, *(k.value for k in node.keywords if k.arg != "again")]
            for group in (again, parts):
                named = set().union(*(called(part, module) for part in group))
                found += [tuple(sorted(named))] if named else []
    return found


def unaudited(view: Unit) -> bool:
    """Whether the view, or what it calls, shows identity and nothing on the way writes to the audit."""
    parts = [function for _, function in reached(view)]
    shows = any(calls(one, SHOWING_CALLS) or any(map(shows_identity, templates_of(one))) for one in parts)
    return shows and not any(calls(one, AUDITING_CALLS) for one in parts)


def test_d14_no_view_shows_identity_without_an_audit_row() -> None:
    assert len(views()) > 80
    assert [unit for unit in views() if unaudited(unit)] == []


def test_d14_the_rule_sees_what_it_must() -> None:
    """Pages that name the citizen are known as such, directly and through a part they include."""
    for template in (
        "nurse/start.html",
        "nurse/queue.html",
        "nurse/note.html",
        "clinic/parts/pane.html",
        "nurse/mine.html",
    ):
        assert shows_identity(template), template
    for template in ("citizen/page.html", "arrival/choose.html", "arrival/elsewhere.html", "nurse/hand_over.html"):
        assert not shows_identity(template), template
    assert Path(TEMPLATES / "nurse/start.html").is_file()


def test_d14_a_view_that_forgot_the_audit_is_caught() -> None:
    """The same rule on a view without the call it needs."""
    shown = functions()["nurse.again", "note_page"]
    forgetful = ast.parse(ast.unparse(shown).replace("guards.record_read", "guards.forget")).body[0]
    assert isinstance(forgetful, Function)
    assert any(map(shows_identity, templates_of(forgetful))) and calls(shown, AUDITING_CALLS)
    assert not calls(forgetful, AUDITING_CALLS)
    assert (("nurse.again", "note_page"),) in views(), "a page shown again is a view as well"
