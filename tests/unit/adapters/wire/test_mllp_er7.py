"""ER7: what is written reads back exactly, by our reader and by an independent one; what comes in is never believed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import hl7
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from adapters.wire import er7

SAYABLE = st.text(st.characters(codec="utf-8", exclude_characters=[chr(n) for n in range(32) if n not in (9, 10, 13)]))
HEAD = er7.header({9: "SIU^S12^SIU_S12", 10: "1", 11: "P", 12: "2.5.1", 18: "UNICODE UTF-8"})
NOW = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)


def message(*lines: str, charset: str = "UNICODE UTF-8") -> er7.Er7Message:
    return er7.parsed(er7.encoded([HEAD.replace("UNICODE UTF-8", charset), *lines], charset))


@given(SAYABLE)
@example('""')
@example("\\F\\ \\.br\\ \\X0D\\ |^~\\&")
@example("MSH|^~\\&|\r\nPID|1\x85\u2028\u2029")
def test_any_text_survives_as_formatted_text_and_as_a_string(text: str) -> None:
    back = message(
        er7.segment("NTE", ["1", "P", er7.ft(text)]), er7.segment("SCH", {7: er7.components("", er7.st(text))})
    )
    assert [each.name for each in back.segments] == ["MSH", "NTE", "SCH"]
    assert back.first("NTE").whole(3) == text
    assert back.first("NTE").text(3) == text
    assert back.first("SCH").text(7, 2) == text


@given(st.text(st.characters(codec="iso-8859-1", exclude_categories=["Cc"])))
def test_any_latin_text_survives_in_latin(text: str) -> None:
    back = message(er7.segment("NTE", ["1", "P", er7.ft(text)]), charset="8859/1")
    assert back.charset == "8859/1"
    assert back.first("NTE").whole(3) == text


@given(st.text(st.characters(codec="iso-8859-1", exclude_categories=["Cc"], exclude_characters="\x85\xa0")))
def test_the_independent_reader_agrees(text: str) -> None:
    data = er7.encoded([HEAD, er7.segment("NTE", ["1", "P", er7.st(text), "X"])], "UNICODE UTF-8")
    theirs = hl7.parse(data.decode())
    assert theirs.unescape(str(theirs.segment("NTE")[3])) == text
    assert str(theirs.segment("NTE")[4]) == "X"


def test_danish_in_both_charsets() -> None:
    for charset, octets in (("UNICODE UTF-8", "æøå ÆØÅ".encode()), ("8859/1", "æøå ÆØÅ".encode("latin-1"))):
        data = er7.encoded([HEAD.replace("UNICODE UTF-8", charset), "NTE|1|P|æøå ÆØÅ"], charset)
        assert octets in data
        assert er7.parsed(data).first("NTE").whole(3) == "æøå ÆØÅ"


def test_latin_gets_plainer_punctuation_and_nothing_else() -> None:
    assert er7.encoded(["NTE|1||“Sår” – 3…"], "8859/1") == 'NTE|1||"Sår" - 3...\r'.encode("latin-1")
    with pytest.raises(er7.Unsayable):
        er7.encoded(["NTE|1||Łukasz"], "8859/1")


@pytest.mark.parametrize("control", [chr(n) for n in range(32) if n not in (9, 10, 11, 12, 13)])
def test_control_characters_are_refused(control: str) -> None:
    for write in (er7.st, er7.ft):
        with pytest.raises(er7.Unsayable):
            write(f"a{control}b")


def test_line_breaks_of_word_processors_are_line_breaks_both_ways() -> None:
    assert (er7.ft("a\x0bb\x0cc"), er7.st("a\x0bb")) == ("a\\.br\\b\\.br\\c", "a\\X0A\\b")
    assert message("NTE|1|L|a\x0bb\x0cc").first("NTE").whole(3) == "a\nb\nc"


BROKEN = "Ring først.\rPatienten: hører dårligt\r\rABC|er ikke et segment|REJECT^^99LB\rRGS|1|U\rZZZ|x"


@pytest.mark.parametrize("end", ["\r", "\n", "\r\n"])
def test_a_line_end_within_a_text_stays_in_the_text(end: str) -> None:
    data = f"{HEAD}\rNTE|1|L|{BROKEN}\r".replace("\r", end).encode()
    back = er7.parsed(data)
    assert [each.name for each in back.segments] == ["MSH", "NTE", "RGS", "ZZZ"]
    note = back.first("NTE")
    assert note.whole(3) == "Ring først.\nPatienten: hører dårligt\n\nABC"
    assert note.raw(5) == "REJECT^^99LB", "a bar that was not escaped either is still a bar"


def test_a_header_broken_in_two_is_refused() -> None:
    with pytest.raises(er7.Er7Fault):
        er7.parsed(HEAD.replace("|P|", "|\rP|").encode())


@pytest.mark.parametrize(
    ("declared", "codec"),
    [
        ("8859-1", "latin-1"),
        ("ISO-8859-1", "latin-1"),
        ("ISO IR100", "latin-1"),
        ("8859/15", "iso-8859-15"),
        ("UNICODE", "utf-8"),
        ("UTF8", "utf-8"),
        ("utf-8", "utf-8"),
        ("UNICODE UTF-8~8859/1", "utf-8"),
        ("WINDOWS-1252", "cp1252"),
    ],
)
def test_a_character_set_by_another_name(declared: str, codec: str) -> None:
    head = HEAD.replace("UNICODE UTF-8", declared)
    assert er7.parsed(f"{head}\rNTE|1|L|æøå\r".encode(codec)).first("NTE").whole(3) == "æøå"


def test_a_message_that_names_no_character_set_is_read_by_its_connections() -> None:
    data = f"{HEAD.replace('UNICODE UTF-8', '')}\rNTE|1|L|Søren\r".encode("latin-1")
    back = er7.parsed(data, "8859/1")
    assert (back.first("NTE").whole(3), back.charset) == ("Søren", "8859/1")
    with pytest.raises(er7.Er7Fault):
        er7.parsed(data)


def test_a_lone_surrogate_cannot_be_said() -> None:
    with pytest.raises(er7.Unsayable):
        er7.encoded(["NTE|1||\ud800"], "UNICODE UTF-8")


def test_the_separators_are_the_message_s_own() -> None:
    back = er7.parsed(b"MSH#*!/$#A#B###20260101##SIU*S12*SIU_S12#7#P#2.5.1\rNTE#1##a/F/b/S/c/T/d/R/e/E/f/X41//.br/g")
    assert back.kind == ("SIU", "S12") and back.control_id == "7"
    assert back.first("NTE").whole(3) == "a#b*c$d!e/fA\ng"


def test_what_is_unknown_stays_as_it_is_written() -> None:
    read = er7.Separators().unescaped
    assert read("\\Z1\\ \\H\\b\\N\\ \\XZZ\\ \\XFF\\ C:\\temp") == "\\Z1\\ b \\XZZ\\ \\XFF\\ C:\\temp"


def test_control_characters_are_dropped_from_what_comes_in() -> None:
    back = er7.parsed(b"MSH|^~\\&|A|B|C|D|20260101||SIU^S12|7|P|2.5.1\rNTE|1||a\x00b\\X0B\\c\\X09\\d\x1be")
    assert back.first("NTE").whole(3) == "ab\nc\tde"


def test_line_feeds_end_segments_too_and_a_delete_mark_is_nothing() -> None:
    back = er7.parsed(b'MSH|^~\\&|A|B|C|D|20260101||SIU^S12|7|P|2.5.1\r\nNTE|1||""\nNTE|2\r\r')
    assert [each.name for each in back.segments] == ["MSH", "NTE", "NTE"]
    assert back.first("NTE").text(3) == ""
    assert back.first("ZZZ").text(99, 9, 9) == ""


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "100"),
        (b"PID|1", "100"),
        (b"MSH|||||||", "102"),
        (b"MSHA^~\\&A", "102"),
        (b"MSH|^^^^|", "102"),
        (b"MSH|^~\\&|" + b"|" * 15 + b"KLINGON\r", "103"),
        (b"MSH|^~\\&|" + b"|" * 15 + b"ASCII\rNTE|1||\xe6", "102"),
        (b"MSH|^~\\&|" + b"|" * 15 + b"UNICODE UTF-8\rNTE|1||\xe6", "102"),
        (b"MSH|^~\\&|" + b"\r" * 20_000, "207"),
    ],
)
def test_what_cannot_be_read_says_why(data: bytes, code: str) -> None:
    with pytest.raises(er7.Er7Fault) as fault:
        er7.parsed(data)
    assert fault.value.code == code


@given(st.binary(max_size=300))
def test_any_bytes_are_read_or_refused(noise: bytes) -> None:
    for data in (noise, b"MSH|^~\\&|" + noise):
        try:
            er7.parsed(data)
        except er7.Er7Fault:
            continue


def test_moments() -> None:
    assert er7.moment(NOW) == "20261123093000+0000"
    assert er7.moment_of("20261123103000+0100", NOW - timedelta(1)) == NOW
    assert er7.moment_of("202611230930", NOW - timedelta(1)) == NOW
    assert er7.moment_of("20261123093000.1234", NOW - timedelta(1)) == NOW
    for nonsense in ("", "2026", "20261399999999", "00000000000000", "99991231235959-2359", "x" * 50):
        assert er7.moment_of(nonsense, NOW).tzinfo is not None


def test_what_is_read_says_nothing_when_printed() -> None:
    assert "2512489996" not in repr(message("PID|1||2512489996"))
