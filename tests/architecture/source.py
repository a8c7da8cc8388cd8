"""The repository as the architecture tests read it: tracked files, modules, what they import."""

from __future__ import annotations

import ast
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
PRODUCT = ("gateway", "adapters", "video", "workers")
TEXT = {".py", ".md", ".toml", ".html", ".js", ".css", ".json", ".xml", ".sql", ".yml", ".yaml", ".po", ".txt", ".lock",
        ".conf", ".sh", ".cfg", ".ini", ".csv", ""}  # fmt: skip


@cache
def tracked() -> tuple[Path, ...]:
    """Every file of the repository, also those about to be added; build products are not among them."""
    listed = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.splitlines()
    return tuple(ROOT / name for name in listed if (ROOT / name).is_file())


def texts() -> Iterator[tuple[Path, str]]:
    for path in tracked():
        if path.suffix in TEXT:
            yield path.relative_to(ROOT), path.read_text(encoding="utf-8", errors="replace")


def modules(*packages: str) -> list[Path]:
    """Python files of these top-level packages."""
    return sorted(p for p in tracked() if p.suffix == ".py" and p.relative_to(ROOT).parts[0] in packages)


@cache
def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), str(path))


@cache
def nodes_of(path: Path) -> tuple[ast.AST, ...]:
    """Everything in the file, at whatever depth: walked once, asked by many."""
    return tuple(ast.walk(tree_of(path)))


@cache
def imported(path: Path) -> frozenset[str]:
    """Dotted names of everything the file imports, wherever in it."""
    names: set[str] = set()
    for node in nodes_of(path):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names |= {f"{node.module}.{alias.name}" for alias in node.names} | {node.module}
    return frozenset(names)


def uses(path: Path, package: str) -> bool:
    return any(name == package or name.startswith(package + ".") for name in imported(path))


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))
