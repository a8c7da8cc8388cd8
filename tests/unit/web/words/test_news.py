"""*Nyt i denne version* tells of lines that stand in CHANGELOG.md, in both languages, and of nothing older."""

from __future__ import annotations

from pathlib import Path

from gateway.domain.oversight import ConsoleRole
from gateway.web.words.matters.news import news_words
from tests.unit.web.console.console_world import ConsoleWorld

ROOT = Path(__file__).parents[4]


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
