"""The citizen's page speaks twelve languages; those of a machine say so and lack nothing (B03, U02)."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

from gateway.web import languages
from tests.unit.web.acts.stage import Stage

WEB = Path(__file__).parents[4] / "gateway" / "web"
# What the citizen's frame shows of base.html and unfollowed.html.
FRAME = {"Spring til indholdet", "Siden blev ikke hentet helt og følger ikke med.", "Hent siden igen"}
FIELDS = re.compile(r"\{\w+\}|%\(\w+\)s")
FURTHER = sorted(languages.MACHINE_MADE)


def citizens_texts() -> set[str]:
    options = {"**.html": {"trim_blocks": "true", "lstrip_blocks": "true"}}
    found = extract_from_dir(WEB / "templates" / "citizen", [("**.html", "jinja2")], options, keywords={"_": None})
    return {str(text) for _, _, text, _, _ in found} | FRAME


def catalogue(code: str) -> Catalog:
    with (WEB / "translations" / code / "LC_MESSAGES" / "messages.po").open("rb") as file:
        return read_po(file)


def test_each_language_that_is_offered_has_a_catalogue_and_each_catalogue_is_offered() -> None:
    there = {path.parts[-3] for path in (WEB / "translations").glob("*/LC_MESSAGES/messages.po")}
    assert there | {"da"} == set(languages.OF_CITIZEN) and len(FURTHER) >= 10
    assert languages.RIGHT_TO_LEFT < languages.MACHINE_MADE


@pytest.mark.parametrize("code", FURTHER)
def test_a_catalogue_has_every_text_of_the_citizen_with_the_same_facts_and_no_other(code: str) -> None:
    told = {str(message.id): str(message.string) for message in catalogue(code) if message.id}
    assert set(told) == citizens_texts()
    assert [da for da, said in told.items() if not said.strip()] == []
    assert [da for da, said in told.items() if sorted(FIELDS.findall(da)) != sorted(FIELDS.findall(said))] == []
    assert [da for da, said in told.items() if da.endswith(" ") is not said.endswith(" ")] == []


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Stage:
    return Stage(tmp_path_factory.mktemp("languages"))


@pytest.mark.parametrize("state", ["waiting", "ringing", "talk"])
def test_a_page_in_each_language_has_no_danish_left_and_reads_in_its_direction(stage: Stage, state: str) -> None:
    citizen = stage.citizen(stage.at(f"alone {state}"))
    for code in FURTHER:
        answer = citizen.client.post("/borger/sprog", data={"csrf_token": citizen.csrf, "language": code})
        assert answer.status_code == 303
        page = citizen.client.get("/borger").get_data(as_text=True)
        direction = ' dir="rtl"' if code in languages.RIGHT_TO_LEFT else ""
        assert f'<html lang="{code}"{direction}>' in page
        assert 'data-testid="machine-made"' in page
        own = {str(m.id) for m in catalogue(code) if m.id and m.id != m.string}
        assert [danish for danish in own if f">{danish}<" in page or f'"{danish}"' in page] == []


def test_the_employees_language_stays_when_the_device_comes_back(stage: Stage) -> None:
    citizen = stage.citizen(stage.at("alone waiting"))
    citizen.client.post("/borger/sprog", data={"csrf_token": citizen.csrf, "language": "ar"})
    back = citizen.client.post("/borger/tilbage", data={"csrf_token": citizen.csrf, "code": "284617"})
    assert back.status_code == 303
    assert '<html lang="da">' in citizen.client.get("/mine-oplysninger").get_data(as_text=True)


def test_no_other_page_takes_a_language_of_the_citizens(stage: Stage) -> None:
    assert stage.nurse.post("/sprog", language="ar").status_code == 422
