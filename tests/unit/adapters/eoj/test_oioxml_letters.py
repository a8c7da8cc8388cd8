"""XDIS91 letters say a note whole or not at all; receipts are read for their codes only."""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import pytest
from pydantic import ValidationError

from adapters.contract import note_samples as notes
from adapters.eoj.oioxml.mapping import letter_id
from adapters.eoj.oioxml.settings import Settings
from adapters.wire.note.text import text_of
from adapters.wire.oioxml.letter import Unsayable
from adapters.wire.oioxml.receipt import NoReceipt, receipts_in
from gateway.domain.peers.messages import NoteMessage
from simulators.oioxml.reading import Unreadable, read
from tests.support import oioxml_judge as judge

EXAMPLES = Path(__file__).resolve().parents[4] / "adapters" / "eoj" / "oioxml" / "examples"
FIRST = notes.message(consultation=UUID(int=7), case=UUID(int=8))
SAID = {"letter": FIRST, "correction": notes.later(FIRST, "Recept er sendt til apoteket.")}


def saying(text: str) -> NoteMessage:
    return notes.message(notes.KARLA, replace(notes.APPROVED, employee_text=text))


@pytest.mark.parametrize("name", SAID)
def test_a_note_becomes_a_letter(name: str) -> None:
    """Compared byte for byte with a letter that MedCom's schemas accept (``python -m tests.support.judge``)."""
    content = judge.content_of(SAID[name])
    assert content + b"\n" == (EXAMPLES / f"{name}.xml").read_bytes()
    letter = read(content)
    assert letter.id == letter_id(SAID[name].key) and letter.correction is (name == "correction")
    assert letter.text == text_of(SAID[name].note).rstrip("\n").replace("–", "-")
    assert content.isascii() is False and b"\xe6" in content, "ISO-8859-1 as it says, no character references"


@pytest.mark.skipif("OIOXML" not in os.environ, reason="OIOXML names no folder with MedCom's xsd and samples")
def test_medcom_accepts_what_we_and_the_simulator_say() -> None:
    assert judge.faults(Path(os.environ["OIOXML"])) == []


def test_two_versions_share_their_episode_and_no_number() -> None:
    first, second = (read(judge.content_of(message)) for message in SAID.values())
    assert first.episode == second.episode and first.id != second.id
    assert read(judge.content_of(FIRST, envelope=2)).envelope != first.envelope


@pytest.mark.parametrize("text", ["Puls ≥ 120", "😀", "Ζωή", "a\x0bb"])
def test_what_latin_1_does_not_have_is_told(text: str) -> None:
    with pytest.raises(Unsayable) as fault:
        judge.content_of(saying(text))
    assert str(fault.value) == "letter-character"


def test_punctuation_is_said_plainer_and_only_where_it_must() -> None:
    assert "Sår – “åben” …" not in read(judge.content_of(saying("Sår – “åben” …"))).text
    assert 'Sår - "åben" ...' in read(judge.content_of(saying("Sår – “åben” …"))).text


def test_a_long_line_goes_on_in_the_next_and_loses_no_word() -> None:
    text = " ".join(f"ord{number}" for number in range(60))
    narrow = judge.SETTINGS.model_copy(update={"line_length": 70})
    said = read(judge.content_of(saying(text), narrow)).text
    assert max(map(len, said.split("\n"))) <= 70
    assert text in said.replace("\n", " "), "every word, in its order"
    with pytest.raises(Unsayable) as fault:
        judge.content_of(saying("x" * 71), narrow)
    assert str(fault.value) == "letter-line-too-long"


def test_a_field_that_is_too_long_is_told() -> None:
    assert FIRST.citizen is not None
    named = replace(FIRST, citizen=replace(FIRST.citizen, name="Karla " + "T" * 71))
    with pytest.raises(Unsayable) as fault:
        judge.content_of(named)
    assert str(fault.value) == "letter-field-too-long"


def test_a_protected_name_is_withheld() -> None:
    assert FIRST.citizen is not None
    content = judge.content_of(replace(FIRST, citizen=replace(FIRST.citizen, protected=True)))
    assert b"<PersonSurnameName>Navnebeskyttet</PersonSurnameName><Episode" in content


@pytest.mark.parametrize(
    ("field", "value"), [("ean", "57900001204"), ("organisation", "x" * 36), ("organisation", "Ζωή"), ("code", "cvr")]
)
def test_a_place_that_the_net_does_not_know_stops_the_connection(field: str, value: str) -> None:
    words = judge.SETTINGS.model_dump(mode="json")
    with pytest.raises(ValidationError) as fault:
        Settings.model_validate({**words, "receiver": {**words["receiver"], field: value}})
    assert fault.value.errors()[0]["loc"] == ("receiver", field)


def test_receipts_are_read_by_their_codes() -> None:
    found = {name: receipts_in(content)[0] for name, content in judge.receipts()}
    assert {name: each.code for name, each in found.items()} == {
        "XCTL01": "ukendt_lokationsnummer",
        "XCTL02": "problem_med_version",
        "XCTL03": "",
    }
    assert all((each.sender, each.receiver) == ("5790000120420", judge.EAN) for each in found.values())
    assert abs(found["XCTL03"].at - datetime.now(UTC)).total_seconds() < 3600, "told by Danish clocks, to the minute"


YES = dict(judge.receipts())["XCTL03"]


@pytest.mark.parametrize(
    ("spoilt", "reason"),
    [
        (YES[:-20], "well-formed"),
        (b"", "empty"),
        (YES.replace(b"2005/08/07", b"2006/07/01"), "root"),
        (YES.replace(b"XC0330Q", b"XC0230Q"), "version"),
        (YES.replace(b"OriginalSender", b"OriginalSendr"), "original"),
        (YES.replace(b"<Time>", b"<Time>x"), "sent"),
        (YES.replace(b"PositiveReceipt", b"PossiblyReceipt"), "no-receipt"),
        (YES.replace(b"<Emessage", b"<!DOCTYPE x><Emessage"), "doctype"),
    ],
)
def test_what_is_no_receipt_settles_nothing(spoilt: bytes, reason: str) -> None:
    with pytest.raises(NoReceipt) as fault:
        receipts_in(spoilt)
    assert fault.value.args == (reason,)


GOOD = judge.content_of(FIRST)


@pytest.mark.parametrize(
    ("spoilt", "code"),
    [
        (GOOD.replace(b"XD9134L", b"XD9133L"), "problem_med_version"),
        (GOOD.replace(b"nytbrev", b"nyt brev"), "syntaksfejl"),
        (GOOD.replace(b"0201609996", b"020160999"), "syntaksfejl"),
        (GOOD.replace(b"<Subject>", b"<Emne>").replace(b"</Subject>", b"</Emne>"), "syntaksfejl"),
        (GOOD.replace(b"<Break/>", b"<br/>"), "syntaksfejl"),
        (GOOD.replace(b"ISO-8859-1", b"UTF-8"), "syntaksfejl"),
        (GOOD.replace(b"09:31", b"9:31"), "syntaksfejl"),
    ],
)
def test_the_simulator_judges_a_letter_before_it_is_filed(spoilt: bytes, code: str) -> None:
    with pytest.raises(Unreadable) as fault:
        read(spoilt)
    assert fault.value.args[0] == code
