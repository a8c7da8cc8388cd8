"""Every page that shows what others change says how old it is: it follows the state, or it is a picture with its time.

The pages are found: each template of one of our frames. A new one is of either kind by its frame; one that only asks or
tells what has happened says so in its scripts block (requirements.md U06).
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

WEB = Path(__file__).parents[2] / "gateway" / "web"
TEMPLATES = WEB / "templates"
EXTENDS = re.compile(r'{% extends "([a-z/_]+\.html)"(?: if part else "([a-z/_]+\.html)")?')
SCRIPTS = re.compile(r"{% block scripts %}(.*?){% endblock %}", re.DOTALL)
GROWS_NOT_OLD = "{% set still = true %}{# asks, or tells what has happened: nothing here grows old #}"
FRAMES = {"nurse/frame.html", "clinic/frame.html", "console/frame.html", "citizen/frame.html"}
AGE = re.compile(r'from "\.\./shared/(?:live|stream)\.js"|from "\./stream\.js"')


def _frame_of(name: str) -> str | None:
    """The last template that ``name`` extends before ``base.html``."""
    found = EXTENDS.search((TEMPLATES / name).read_text(encoding="utf-8"))
    above = (found[2] or found[1]) if found else None
    return name if above == "base.html" else _frame_of(above) if above else None


PAGES = sorted(
    name
    for name in (str(path.relative_to(TEMPLATES)) for path in TEMPLATES.rglob("*.html"))
    if name not in FRAMES and _frame_of(name) in FRAMES
)


def _scripts(name: str) -> str:
    """Its own scripts block, else its frame's."""
    text = (TEMPLATES / name).read_text(encoding="utf-8")
    own = SCRIPTS.search(text)
    if own:
        return own[1] + (GROWS_NOT_OLD if GROWS_NOT_OLD in text else "")
    found = EXTENDS.search(text)
    return _scripts(found[2] or found[1]) if found else ""


@pytest.mark.parametrize("page", PAGES)
def test_a_page_follows_what_it_shows_or_says_when_it_was_true(page: str) -> None:
    scripts = _scripts(page)
    loaded = [WEB / "static" / path for path in re.findall(r"filename='(js/[a-z/_]+\.js)'", scripts)]
    says = any(AGE.search(script.read_text(encoding="utf-8")) for script in loaded)
    assert says != (GROWS_NOT_OLD in scripts), page


@pytest.mark.parametrize("frame", sorted(FRAMES))
def test_every_frame_has_the_line(frame: str) -> None:
    text = (TEMPLATES / frame).read_text(encoding="utf-8")
    own = all(part in text for part in ('id="stale"', 'id="newer"', '{% include "unfollowed.html" %}'))
    assert '{% include "fresh.html" %}' in text or own


def test_pages_are_found() -> None:
    assert len(PAGES) > 30 and {"nurse/mine.html", "clinic/call.html", "citizen/page.html"} <= set(PAGES)
