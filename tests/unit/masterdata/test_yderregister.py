"""A register file is taken whole or not at all, and says which check failed."""

from __future__ import annotations

import tracemalloc
from datetime import date
from io import BytesIO

import pytest

from gateway.domain.practice import Practice
from gateway.masterdata.refusal import RegisterRefused
from gateway.masterdata.yderregister import Stamp, opened
from tests.unit.masterdata.register_files import SAMPLE, STAMP, Generated, register, start, yder


def read(data: bytes, newer_than: Stamp | None = None) -> list[Practice]:
    with opened(BytesIO(data), newer_than) as file:
        return list(file.practices())


def refused_check(data: bytes, newer_than: Stamp | None = None) -> str:
    with pytest.raises(RegisterRefused) as caught:
        read(data, newer_than)
    return caught.value.check


def test_the_published_test_file_is_read_with_its_zeros_and_blanks_in_order() -> None:
    with opened(SAMPLE) as file:
        practices = list(file.practices())
    assert (file.opgdato, file.timestamp) == (date(2012, 1, 3), "20120103074606065186")
    assert (file.total, file.persons) == (58, 54)
    assert practices[0].ydernummer.digits == "034835"
    assert practices[0].address == "R. Hougårds Vej 1"
    assert practices[0].phone == "12312312"
    assert practices[0].is_general_practice
    assert practices[0].valid_to is None


def test_both_ends_of_validity_are_read() -> None:
    [practice] = read(register([yder(AfgDatoYder="20251231")]))
    assert (practice.valid_from, practice.valid_to) == (date(1991, 1, 1), date(2025, 12, 31))


def test_danish_letters_survive_with_a_byte_order_mark_and_in_latin_1() -> None:
    data = register([yder()])
    latin = data.decode().replace("UTF-8", "ISO-8859-1").encode("iso-8859-1")
    for variant in (data, b"\xef\xbb\xbf" + data, latin):
        assert read(variant)[0].name == "Lægerne Ærøskøbing"


def test_unknown_attributes_and_elements_are_passed_over() -> None:
    row = yder(CvrNummer="12345674").replace("</Yder>", "<Afdeling><Navn>x</Navn></Afdeling></Yder>")
    assert len(read(register([row]))) == 1


@pytest.mark.parametrize(
    ("head", "check"),
    [
        (start(recipient="F099"), "recipient"),
        (start(recipient=""), "recipient"),
        (start(interface="S1061023"), "interface"),
        (start(day="20261301"), "date"),
        (start(day="        "), "date"),
        (start(stamp="2026"), "date"),
        ("", "structure"),
    ],
)
def test_a_file_that_is_not_for_us_is_refused_by_its_heading(head: str, check: str) -> None:
    assert refused_check(register([yder()], head=head)) == check


def test_another_root_element_is_another_interface() -> None:
    assert refused_check(b"<html><Start/></html>") == "interface"


@pytest.mark.parametrize(
    ("row", "check"),
    [
        (yder(number="34835"), "ydernummer"),
        (yder(number="03483X"), "ydernummer"),
        (yder(number="000000"), "ydernummer"),
        (yder(number="      "), "ydernummer"),
        (yder(TilgDatoYder="19910231"), "date"),
        (yder(TilgDatoYder="        "), "date"),
        (yder(TilgDatoYder="1991-1-1"), "date"),
        (yder(AfgDatoYder="19900101"), "date"),
        (yder(name="A" * 5000), "field"),
    ],
)
def test_one_bad_row_refuses_the_whole_file(row: str, check: str) -> None:
    assert refused_check(register([yder(), row, yder(number="009164")])) == check


def test_persons_count_in_antpost() -> None:
    assert len(read(register([yder(persons=2)], count=3))) == 1
    assert refused_check(register([yder(persons=2)], count=1)) == "count"


def test_a_wrong_or_absent_count_is_refused() -> None:
    assert refused_check(register([yder()], count=2)) == "count"
    assert refused_check(register([yder()]).replace(b'AntPost="00000001"', b'AntPost=""')) == "count"
    assert refused_check(register([yder()]).replace(b'<Slut AntPost="00000001"></Slut>', b"")) == "complete"


def test_rows_after_the_end_mark_are_refused() -> None:
    late = register([yder()]).replace(b"</etds", yder(number="009164").encode() + b"</etds")
    assert refused_check(late) == "structure"


def test_a_file_without_practices_would_empty_the_directory_and_is_refused() -> None:
    assert refused_check(register([])) == "rows"


def test_a_file_cut_off_anywhere_is_refused() -> None:
    whole = register([yder(persons=1), yder(number="009164")])
    for length in range(0, len(whole) - 1, 7):
        assert refused_check(whole[:length]) in {"complete", "structure"}


def test_only_a_newer_file_is_taken() -> None:
    file, day = register([yder()]), date(2026, 3, 1)
    assert len(read(file, (day, "20260301065959999999"))) == 1
    assert len(read(file, (date(2026, 2, 28), "99999999999999999999"))) == 1
    assert refused_check(file, (day, STAMP)) == "newer"
    assert refused_check(file, (date(2026, 3, 2), "00000000000000000000")) == "newer"


XXE = '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/hostname">]>'
LAUGHS = '<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>'


@pytest.mark.parametrize("prolog", [XXE, LAUGHS, "<!doctype x>", f"<!--{' ' * 65500}-->{XXE}"])
def test_a_document_type_is_refused_before_anything_is_parsed(prolog: str) -> None:
    assert refused_check(register([yder(name="&e;")], prolog=prolog)) == "doctype"


def test_a_document_type_across_two_chunks_is_seen() -> None:
    opening = len('<?xml version="1.0" encoding="UTF-8"?>\n<!---->')
    for shift in range(10):
        prolog = f"<!--{' ' * (65536 - opening - shift)}-->{XXE}"
        assert refused_check(register([yder()], prolog=prolog)) == "doctype"


def test_an_encoding_that_could_hide_a_document_type_is_refused() -> None:
    text = register([yder()], prolog=XXE).decode()
    for encoding in ("utf-16", "utf-16-le", "utf-7", "utf-32"):
        hidden = text.replace("UTF-8", encoding.upper()).encode(encoding)
        assert refused_check(hidden) in {"encoding", "doctype"}


def test_a_tower_of_elements_is_refused() -> None:
    tower = "<a>" * 200_000 + "</a>" * 200_000
    assert refused_check(register([yder(), tower])) == "well-formed"


def test_ill_formed_xml_is_refused_without_repeating_it() -> None:
    with pytest.raises(RegisterRefused) as caught:
        read(register([yder(), '<Person CprNr="0201609995" & ></Person>']))
    assert caught.value.check == "well-formed"
    assert "0201609995" not in repr(caught.value) + str(caught.value.__cause__)
    assert caught.value.__suppress_context__


def test_a_hundred_times_the_rows_need_no_more_memory() -> None:
    def peak(rows: int) -> int:
        tracemalloc.start()
        with opened(Generated((yder(persons=2) for _ in range(rows)), rows * 3)) as file:
            assert sum(1 for _ in file.practices()) == rows
        highest = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return highest

    assert peak(20_000) < peak(200) + 2_000_000
