"""Every sentence stands in both catalogues, none is too long to be read on a busy day (requirements.md U02, U03)."""

from __future__ import annotations

import os
import re
from datetime import UTC, datetime, timedelta
from gettext import GNUTranslations
from pathlib import Path

import pytest
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

from gateway.domain.records import TimelineRow
from gateway.web.rendering import compiled_catalogues
from gateway.web.words.course import duration
from gateway.web.words.practice import PRACTICE_MESSAGES
from gateway.web.words.timeline import detail_words
from tests.unit.web.nurse_world import Nurse, NurseWorld

WEB = Path(__file__).parents[4] / "gateway" / "web"
METHODS = [("**.py", "python"), ("**/templates/**.html", "jinja2")]
OPTIONS = {"**/templates/**.html": {"trim_blocks": "true", "lstrip_blocks": "true"}}
LONGEST = 160


def sentences() -> dict[str, str]:
    """Danish → English; missing ones are empty."""
    with (WEB / "translations" / "en" / "LC_MESSAGES" / "messages.po").open("rb") as file:
        catalogue = read_po(file)
    found = extract_from_dir(WEB, METHODS, OPTIONS, keywords={"_": None, "gettext": None, "ngettext": (1, 2)})
    wanted = {m if isinstance(m, str) else m[0] for _, _, m, _, _ in found}
    told = {}
    for text in wanted:
        message = catalogue.get(text)
        english = message.string if message else ""
        told[text] = english if isinstance(english, str) else english[0]
    return told


def test_no_sentence_lacks_its_english() -> None:
    missing = sorted(danish for danish, english in sentences().items() if not english)
    assert missing == []


def test_both_languages_name_the_same_facts() -> None:
    names = re.compile(r"%\((\w+)\)s")
    differing = [da for da, en in sentences().items() if set(names.findall(da)) != set(names.findall(en))]
    assert differing == []


def test_no_message_is_too_long_to_read() -> None:
    assert [da for da in sentences() if len(da) > LONGEST] == []


@pytest.mark.parametrize("language", ["da", "en"])
def test_pages_are_shown_in_the_chosen_language(world: NurseWorld, nurse: Nurse, language: str) -> None:
    nurse.post("/sprog", language=language)
    page = nurse.get("/").get_data(as_text=True)
    assert f'<html lang="{language}">' in page
    assert {"da": "Mine konsultationer", "en": "My consultations"}[language] in page


@pytest.mark.parametrize(
    ("language", "detail", "length", "hours"),
    [
        (
            "da",
            "uvist, undersøges før næste forsøg. Sendt; modpartens kvittering kommer som en meddelelse for sig.",
            "4,9 s",
            "1 t 12 min",
        ),
        (
            "en",
            "uncertain, is looked into before the next attempt."
            " Sent; the peer's acknowledgement comes as a message of its own.",
            "4.9 s",
            "1 h 12 min",
        ),
    ],
)
def test_the_timeline_says_causes_and_lengths_in_words(
    world: NurseWorld, language: str, detail: str, length: str, hours: str
) -> None:
    said = {"outcome": "unknown", "fault": "awaits-acknowledgement"}
    row = TimelineRow(datetime(2026, 11, 24, 8, tzinfo=UTC), "delivery-attempted", "system", "", said)
    with world.app.test_request_context(headers={"Cookie": f"laegebro_language={language}"}):
        assert detail_words(row) == detail
        assert (duration(timedelta(seconds=4.9)), duration(timedelta(hours=1, minutes=12))) == (length, hours)


def test_each_reason_a_practice_cannot_be_asked_has_words() -> None:
    stops = {"dead", "annulled", "deleted", "renumbered"}
    practice = {"unknown", "closed", "not-yet", "not-general-practice", "not-connected", "only-by-message"}
    assert set(PRACTICE_MESSAGES) == practice | stops


def test_an_installation_that_nobody_may_write_into_has_both_languages(tmp_path: Path) -> None:
    """A folder stands where the binary catalogue would be written: that is refused to root as well."""
    texts = tmp_path / "translations"
    source = texts / "en" / "LC_MESSAGES" / "messages.po"
    source.parent.mkdir(parents=True)
    source.write_bytes((WEB / "translations" / "en" / "LC_MESSAGES" / "messages.po").read_bytes())
    (source.parent / "messages.mo").mkdir()  # cannot be written as a file
    os.utime(source.parent / "messages.mo", (0, 0))
    folder = compiled_catalogues(texts)
    assert folder != texts
    with (folder / "en" / "LC_MESSAGES" / "messages.mo").open("rb") as binary:
        assert GNUTranslations(binary).gettext("Hjælp") == "Help"
