"""What the pages load lies in the package, and whatever is not ours is named with its source and licence."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
STATIC = ROOT / "gateway" / "web" / "static"
SHEETS = sorted(STATIC.glob("css/*.css"))
OURS = {".css", ".js", ".svg", ".md"}


@pytest.mark.parametrize("sheet", SHEETS, ids=lambda path: path.name)
def test_a_style_sheet_names_only_files_that_are_here(sheet: Path) -> None:
    named = re.findall(r"url\(['\"]?([^'\")]+)", sheet.read_text(encoding="utf-8"))
    assert [name for name in named if not (sheet.parent / name).is_file()] == []


def test_what_is_not_ours_stands_with_its_licence() -> None:
    told = (ROOT / "gateway/web/static/SOURCES.md").read_text(encoding="utf-8")
    others = [p.relative_to(STATIC) for p in STATIC.rglob("*") if p.is_file() and p.suffix not in OURS]
    assert any(path.name == "LICENSE" for path in others)
    assert [str(path) for path in others if f"`{path}`" not in told] == []


def test_the_typeface_is_drawn_for_danish_letters() -> None:
    ranges = (STATIC / "css" / "base.css").read_text(encoding="utf-8")
    assert "U+0000-00FF" in ranges, "æ, ø, å"
    assert (STATIC / "fonts" / "inter-latin.woff2").read_bytes()[:4] == b"wOF2"


def test_no_field_follows_the_browsers_language() -> None:
    """A browser writes its own date and time fields in its own order (requirements.md U02)."""
    pages = {path: path.read_text(encoding="utf-8") for path in STATIC.parent.glob("templates/**/*.html")}
    own = re.compile(r'type="(date|time|datetime-local|month|week)"')
    assert pages and [path.name for path, text in pages.items() if own.search(text)] == []


def test_a_day_is_written_by_the_filters_alone() -> None:
    """They are of Denmark's day and carry the year where it is not near; ``%d`` by itself may be UTC's, without one."""
    written = {path.name for path in STATIC.parent.glob("templates/**/*.html") if "%d" in _strftimes(path)}
    assert written == set()


def _strftimes(path: Path) -> str:
    return "".join(re.findall(r"strftime\([^)]*\)", path.read_text(encoding="utf-8")))


def test_below_each_free_text_stands_what_is_said_of_a_citizens_number() -> None:
    """Warned of or held back while it is typed (requirements.md U16)."""
    pages = {path: path.read_text(encoding="utf-8") for path in STATIC.parent.glob("templates/**/*.html")}
    bare = {path.name for path, text in pages.items() if text.count("<textarea") != text.count("{{ number_line(")}
    assert sum(text.count("<textarea") for text in pages.values()) > 10 and bare == set()
