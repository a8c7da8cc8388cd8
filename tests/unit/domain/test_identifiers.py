"""Danish identifiers: what is accepted, what is refused, and that none of them ever shows itself."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.domain.errors import InvalidField
from gateway.domain.identifiers import (
    D_ECPR_SYSTEM,
    OFFICIAL_TEST_CPRS,
    X_ECPR_SYSTEM,
    Cpr,
    Cvr,
    ECpr,
    Gln,
    Kommunekode,
    SorId,
    Ydernummer,
    contains_citizen_number,
    parse_citizen_id,
)

NANCY = "2512489996"
MODULUS_11 = (4, 3, 2, 7, 6, 5, 4, 3, 2, 1)


@pytest.mark.parametrize("digits", sorted(OFFICIAL_TEST_CPRS))
def test_every_official_test_number_is_a_number(digits: str) -> None:
    assert Cpr.parse(digits).is_official_test_number


def test_modulus_11_is_never_asked() -> None:
    kept = [d for d in OFFICIAL_TEST_CPRS if sum(int(a) * w for a, w in zip(d, MODULUS_11, strict=True)) % 11 == 0]
    assert not kept, "a check by modulus 11 would refuse every official test number"


@pytest.mark.parametrize("text", ["2512489996", "251248-9996", "251248 9996", " 251248-9996 ", "25 12 48 9996"])
def test_hyphens_and_blanks_do_not_matter(text: str) -> None:
    assert Cpr.parse(text).digits == NANCY


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "not-ten-digits"),
        ("251248999", "not-ten-digits"),
        ("25124899960", "not-ten-digits"),
        ("251248999x", "not-ten-digits"),
        ("٢٥١٢٤٨٩٩٩٦", "not-ten-digits"),
        ("0" * 10, "not-a-date"),
        ("3213" + "489996", "not-a-date"),
        ("3002" + "489996", "not-a-date"),
    ],
)
def test_what_is_no_date_is_no_number(text: str, reason: str) -> None:
    with pytest.raises(InvalidField) as refusal:
        Cpr.parse(text)
    assert refusal.value.args == ("cpr", reason)


# The CPR office's table: seventh digit × year → century. The dates are built here; no number is anybody's.
CENTURIES = [
    *[(seventh, year, 1900) for seventh in range(4) for year in (0, 36, 37, 57, 58, 99)],
    *[(seventh, year, 2000) for seventh in (4, 9) for year in (0, 36)],
    *[(seventh, year, 1900) for seventh in (4, 9) for year in (37, 57, 58, 99)],
    *[(seventh, year, 2000) for seventh in (5, 6, 7, 8) for year in (0, 36, 37, 57)],
    *[(seventh, year, 1800) for seventh in (5, 6, 7, 8) for year in (58, 99)],
]


@pytest.mark.parametrize(("seventh", "year", "century"), CENTURIES)
def test_the_seventh_digit_and_the_year_say_the_century(seventh: int, year: int, century: int) -> None:
    built = "".join(("15", "06", f"{year:02}", str(seventh), "000"))
    assert Cpr.parse(built).birth_date == date(century + year, 6, 15)


@pytest.mark.parametrize(("seventh", "leap"), [("0", False), ("5", True)])
def test_a_leap_day_counts_in_its_own_century(seventh: str, leap: bool) -> None:
    """1900 was no leap year, 2000 was."""
    built = "".join(("29", "02", "00", seventh, "000"))
    if leap:
        assert Cpr.parse(built).birth_date == date(2000, 2, 29)
        return
    with pytest.raises(InvalidField):
        Cpr.parse(built)


SHOWN: list[Callable[[object], str]] = [repr, str, lambda v: f"{v}", lambda v: f"{v!r}", lambda v: f"{[v]}"]


@pytest.mark.parametrize("shown", SHOWN)
def test_no_number_shows_itself(shown: Callable[[object], str]) -> None:
    cpr, replacement = Cpr.parse(NANCY), ECpr.parse("251248-1AB4")
    assert not any(part in shown(cpr) for part in (NANCY, NANCY[:6], NANCY[6:]))
    assert not any(part in shown(replacement) for part in ("2512481AB4", "251248", "1AB4"))


def test_the_masked_form_shows_the_day_of_birth_alone() -> None:
    assert Cpr.parse(NANCY).masked == "251248-••••"
    assert ECpr.parse("2512481AB4").masked == "251248-••••"


@given(st.text(max_size=30))
def test_a_refusal_never_repeats_what_was_refused(text: str) -> None:
    for parse in (Cpr.parse, ECpr.parse, parse_citizen_id, Ydernummer.parse, Cvr.parse, Gln.parse, SorId.parse):
        try:
            parse(text)
        except InvalidField as refusal:
            field, reason = refusal.args
            assert field.isidentifier()
            assert reason in {
                "not-ten-digits", "not-a-date", "not-a-replacement-number", "issuer-missing", "not-six-digits",
                "not-eight-digits", "not-thirteen-digits", "check-digit", "not-a-sor-id",
            }  # fmt: skip


@pytest.mark.parametrize("code", ["251248-1AB4", "2512487ab4", "251248 1AB4"])
def test_a_national_replacement_number_stands_alone(code: str) -> None:
    parsed = parse_citizen_id(code)
    assert isinstance(parsed, ECpr)
    assert parsed.system == X_ECPR_SYSTEM
    assert not parsed.is_official_test_number


@pytest.mark.parametrize("seventh", "056")
def test_a_local_replacement_number_needs_its_issuer(seventh: str) -> None:
    code = f"251248{seventh}AB4"
    with pytest.raises(InvalidField) as refusal:
        ECpr.parse(code)
    assert refusal.value.reason == "issuer-missing"
    north, south = f"{D_ECPR_SYSTEM}.1", f"{D_ECPR_SYSTEM}.2"
    assert ECpr.parse(code, north) != ECpr.parse(code, south), "the same code of two regions is two people"


@pytest.mark.parametrize("code", ["2512482AB4", "251248AAB4", "3212481AB4", "2513481AB4", "25124811B4", "2512481ÆØ4"])
def test_other_letters_are_no_replacement_number(code: str) -> None:
    with pytest.raises(InvalidField):
        ECpr.parse(code, D_ECPR_SYSTEM)


def test_leading_zeros_of_a_ydernummer_matter_and_may_be_left_out() -> None:
    assert Ydernummer.parse("034835").digits == "034835"
    assert Ydernummer.parse("34835") == Ydernummer.parse(" 034835 ")
    assert str(Ydernummer.parse("1")) == "000001"


@pytest.mark.parametrize("text", ["", "0", "000000", "1234567", "12a456", "-12345", "１２３４５６"])
def test_what_is_no_ydernummer_is_refused(text: str) -> None:
    with pytest.raises(InvalidField):
        Ydernummer.parse(text)


def test_a_mistyped_ydernummer_is_only_a_warning() -> None:
    neighbours = [Ydernummer.parse(f"03483{n}") for n in range(10)]
    assert sum(not n.looks_mistyped for n in neighbours) <= 1, "one typed digit wrong is noticed"


@pytest.mark.parametrize(("parse", "good", "bad"), [
    (Cvr.parse, "99110007", "99110008"),
    (Gln.parse, "5790000000005", "5790000000006"),
    (Kommunekode.parse, "751", "1751"),
    (SorId.parse, '="325421000016001"', "12345"),
])  # fmt: skip
def test_a_wrong_number_of_an_organisation_is_refused(parse: Callable[[str], object], good: str, bad: str) -> None:
    assert str(parse(good)).isdigit()
    with pytest.raises(InvalidField):
        parse(bad)


CASES = json.loads((Path(__file__).parents[2] / "fixtures" / "citizen_numbers.json").read_text())


def test_a_number_in_free_text_is_found_however_it_is_written_or_pasted() -> None:
    assert [text for text in CASES["found"] if not contains_citizen_number(text)] == []


def test_other_digits_in_free_text_are_let_be() -> None:
    assert [text for text in CASES["let_be"] if contains_citizen_number(text)] == []
