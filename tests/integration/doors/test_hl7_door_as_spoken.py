"""HL7 as systems in use write it: breaks inside text, no character set, other spellings, enhanced acknowledgements.

Everything is brought over a socket to the listener's own process; the connection's character set is Latin-1.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

import pytest

from gateway.domain.consultation.queue_entry import EntryStatus
from tests.support.doors.mllp_process import BareLine, Hl7World, hl7, mllp_process, sch

REJECT = "REJECT^^99LB^by-phone"
AS_TOLD = "|||NE|AL|DNK|UNICODE UTF-8"


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path) -> Iterator[Hl7World]:
    made = Hl7World(tmp_path_factory.mktemp("spoken"), sqlite_template, charset="8859/1")
    yield made
    made.gateway.engine.dispose()


@pytest.fixture(scope="module")
def port(world: Hl7World) -> Iterator[int]:
    with mllp_process(world) as (_, port):
        yield port


@pytest.fixture
def line(port: int) -> Iterator[BareLine]:
    with BareLine(port) as made:
        yield made


def rejection(world: Hl7World, text: str, control: str) -> tuple[bytes, UUID]:
    """A rejection whose note holds that text as it is, and the entry it is about."""
    entry = world.entry()
    note = f"NTE|1|L|{text}|REJECT^^99LB"
    return hl7(sch(entry, REJECT, "Cancelled"), note, control=control, kind="SIU^S15^SIU_S12"), entry


@pytest.mark.parametrize(
    ("sign", "control"), [("\x0b", "VT"), ("\r", "CR"), ("\n", "LF"), ("\r\n", "CRLF"), ("\x0c", "FF")]
)
def test_a_break_inside_a_text_is_kept(world: Hl7World, line: BareLine, sign: str, control: str) -> None:
    message, entry = rejection(world, f"Ring til os.{sign}Efter kl. 13{sign}{sign}Hilsen", control)
    assert line.say(message)["MSA"][1:3] == ["AA", control]
    row = world.row(entry)
    assert (row.status, row.ended_text) == (EntryStatus.REJECTED, "Ring til os.\nEfter kl. 13\n\nHilsen")


def test_a_text_that_is_too_long_is_refused_by_its_place_and_changes_nothing(world: Hl7World, line: BareLine) -> None:
    message, entry = rejection(world, "x" * 301, "LONG")
    answer = line.say(message)
    assert (answer["MSA"][1:3], answer["ERR"][2], answer["ERR"][8]) == (
        ["AE", "LONG"],
        "NTE^1^3",
        "NTE-3: 300 characters at most",
    )
    assert world.row(entry).status.waits


def test_who_names_no_character_set_is_read_by_the_connection_s(world: Hl7World, line: BareLine) -> None:
    entry = world.entry()
    text = hl7(sch(entry).replace("Hansen^Lise", "Ærø^Søren Åge"), control="LATIN").decode()
    answer = line.say(text.replace("|DNK|UNICODE UTF-8", "").encode("latin-1"))
    assert (answer["MSA"][1], answer["MSH"][17]) == ("AA", "8859/1")
    assert world.row(entry).accepted_name == "Søren Åge Ærø"


@pytest.mark.parametrize("end", [b"\x1c", b"\x1c\n", b"\x1c\r\n"])
def test_an_end_of_another_make_is_an_end(world: Hl7World, line: BareLine, end: bytes) -> None:
    for control in ("ONE", "TWO"):
        line.send(b"\x0b" + hl7(sch(world.entry()), control=control) + end)
        assert line.answer()["MSA"][1:3] == ["AA", control]


@pytest.mark.parametrize("status", ["BOOKED", "booked", "Started"])
def test_a_status_in_another_spelling_means_the_same(world: Hl7World, line: BareLine, status: str) -> None:
    entry = world.entry()
    assert line.say(hl7(sch(entry, "ROUTINE^^HL70276", status), control=f"S{status}"))["MSA"][1] == "AA"
    assert world.row(entry).status is EntryStatus.ACCEPTED


def test_a_status_of_nobody_s_is_refused_by_its_value(world: Hl7World, line: BareLine) -> None:
    entry = world.entry()
    answer = line.say(hl7(sch(entry, "ROUTINE^^HL70276", "Tentative"), control="T1"))
    assert (answer["MSA"][1], answer["ERR"][2], answer["ERR"][8]) == (
        "AE",
        "SCH^1^25",
        "SCH-25: Tentative is not known",
    )
    assert world.row(entry).status.waits


@pytest.mark.parametrize(
    ("mode", "said"),
    [
        ("|||||DNK|", ["AA"]),
        ("|||AL|NE|DNK|", ["CA"]),
        ("|||AL|AL|DNK|", ["CA", "AA"]),
        ("|||NE|NE|DNK|", []),
        ("|||ne|al|DNK|", ["AA"]),
        ("|||NE||DNK|", ["AA"]),  # silence is asked for in both fields
        ("||||NE|DNK|", ["AA"]),
        ("|||AL||DNK|", ["CA"]),
        ("|||ER||DNK|", ["AA"]),
    ],
)
def test_enhanced_mode_is_answered_as_it_asks(world: Hl7World, line: BareLine, mode: str, said: list[str]) -> None:
    entry = world.entry()
    control = "".join(sign for sign in mode if sign.isalpha()) + "".join(said)
    line.send(b"\x0b" + hl7(sch(entry), control=control).replace(AS_TOLD.encode(), mode.encode()) + b"\x1c\r")
    heard = [line.answer()["MSA"] for _ in said]
    assert [each[1:3] for each in heard] == [[code, control] for code in said]
    assert line.say(hl7(control="END", app="NOBODY"))["MSA"][2] == "END", "nothing else was said"
    assert world.row(entry).status is EntryStatus.ACCEPTED


@pytest.mark.parametrize(
    ("accept", "application", "said", "place"),
    [
        ("NE", "ALWAYS", "AE", "MSH^1^16"),
        ("NE", "X", "AE", "MSH^1^16"),
        ("NO", "NE", "AE", "MSH^1^15"),
        ("AL", "X", "CE", "MSH^1^16"),
        ("X", "AL", "AE", "MSH^1^15"),
        ("X", "Y", "AE", "MSH^1^15"),
    ],
)
def test_a_condition_that_is_in_no_table_is_refused_aloud(
    world: Hl7World, line: BareLine, accept: str, application: str, said: str, place: str
) -> None:
    """MSH-15 and MSH-16 are of table 0155 (HL7 v2.5.1 §2.14.9.15); a value that is not is 103 of table 0357."""
    entry, control = world.entry(), f"T155{accept}{application}"
    mode = f"|||{accept}|{application}|DNK|UNICODE UTF-8"
    answer = line.say(hl7(sch(entry), control=control).replace(AS_TOLD.encode(), mode.encode()))
    assert answer["MSA"][1:3] == [said, control]
    wrong = application if place.endswith("16") else accept
    assert (answer["ERR"][2], answer["ERR"][3].split("^")[0]) == (place, "103")
    assert answer["ERR"][8] == f"{place.replace('^1^', '-')}: {wrong} is not known"
    assert world.row(entry).status.waits
