"""*Nyt i denne version* tells of lines that stand in CHANGELOG.md, in both languages, and of nothing older."""

from __future__ import annotations

from pathlib import Path

from gateway.domain.oversight import ConsoleRole
from gateway.web.words.matters.news import news_words
from tests.unit.web.console.console_world import ConsoleWorld

ROOT = Path(__file__).parents[4]
# Above this line each has its words or stands below; what is older was looked through once.
LOOKED_THROUGH = "A media process that is never quiet keeps its memory flat"
# New lines by their first words that no administrator needs to read under *Miljø*.
NO_NEWS = (
    "The card after a call names the fee it may give",
    "A record that takes the note and refuses a picture is said in words",
    "*Start lyden* starts everybody's sound with one press",
    "Encryption between the pages that had to be given up is told to operations as well",
    "A forwarded packet takes about a tenth less of the machine",
)


def newest_lines() -> list[str]:
    """Of the newest section, without marks."""
    section = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8").partition("\n## ")[2].partition("\n## ")[0]
    return [line[2:].lstrip("*") for line in section.splitlines() if line.startswith("* ")]


def place(key: str, lines: list[str]) -> int:
    return next((number for number, line in enumerate(lines) if line.startswith(key.lstrip("*"))), -1)


def test_ad23_what_is_told_as_new_is_new_and_in_the_language_of_the_page(tmp_path: Path) -> None:
    world = ConsoleWorld(tmp_path)
    lines = newest_lines()
    with world.app.test_request_context("/konsol/miljoe", headers={"Accept-Language": "en"}):
        places = [place(key, lines) for key in news_words()]
    assert len(places) >= 8 and -1 not in places and places == sorted(places)
    danish = world.administrator(ConsoleRole.SUPPORT).get("/konsol/miljoe")
    assert not [line for line in lines if line.replace("**", "")[:60] in danish], "a line of the English list"
    assert "Lægen kan dele sin skærm" in danish


def test_a_new_line_of_the_changes_has_its_danish_words(tmp_path: Path) -> None:
    """In ``gateway/web/words/matters/news.py``, or it stands in ``NO_NEWS``."""
    lines = newest_lines()
    new = lines[: place(LOOKED_THROUGH, lines)] if place(LOOKED_THROUGH, lines) >= 0 else lines
    with ConsoleWorld(tmp_path).app.test_request_context("/konsol/miljoe"):
        known = [key.lstrip("*") for key in (*news_words(), *NO_NEWS)]
    forgotten = [line[:60] for line in new if not line.startswith(tuple(known))]
    assert forgotten == [], "no Danish words for these"
