"""What a look-up said, read the way it was meant: filling is no answer, and periods count from their dates."""

from __future__ import annotations

from datetime import date

import pytest

from gateway.domain.citizen.lookup import InsuranceGroup, InsuredPeriods, PersonStatus, is_filling, practice_said
from gateway.domain.identifiers import D_ECPR_SYSTEM, ECpr, Ydernummer

A, B = Ydernummer("019062"), Ydernummer("034835")


@pytest.mark.parametrize(
    ("text", "group"),
    [("sygesikringsgruppe_2", "2"), ("1", "1"), ("01", "1"), ("0", "0"), ("", ""), ("3", ""), ("gruppe_1", "")],
)
def test_a_group_is_read_in_every_spelling_and_an_undefined_one_is_not_said(text: str, group: str) -> None:
    assert InsuranceGroup.from_code(text) == group


@pytest.mark.parametrize(("text", "status"), [("01", "01"), ("1", "01"), ("90", "90"), ("", ""), ("99", "")])
def test_a_status_is_read_with_and_without_its_zero(text: str, status: str) -> None:
    assert PersonStatus.from_code(text) == status


@pytest.mark.parametrize(
    ("number", "around", "said"),
    [
        ("19062", ("Testklinik I/S", "Testvej 1", "5000", "12345678", "klinik@example.invalid"), A),
        ("019062", (), A),
        ("0", ("UKENDT", "0000"), None),
        ("19062", ("UKENDT",), None),
        ("19062", ("Ukendtgade Lægehus", "Ukendtgade 1"), A),
        ("19062", ("ADRESSEBESKYTTET",), None),
        ("19062", ("Klinik", "00000000"), None),
        ("19062", ("Klinik", "UKENDT@example.com"), None),
        ("", (), None),
        ("1234567", (), None),
    ],
)
def test_filling_is_no_answer_and_lost_zeros_come_back(
    number: str, around: tuple[str, ...], said: Ydernummer | None
) -> None:
    assert practice_said(number, *around) == said


def test_nothing_at_all_is_not_filling() -> None:
    assert not is_filling() and not is_filling("", "Klinikken")


@pytest.mark.parametrize(
    ("day", "own"), [(date(2009, 12, 31), None), (date(2010, 1, 1), A), (date(2026, 11, 30), A), (date(2026, 12, 1), B)]
)
def test_a_doctor_counts_from_the_date_on(day: date, own: Ydernummer | None) -> None:
    periods = InsuredPeriods(date(2026, 11, 1), A, date(2010, 1, 1), future=B, future_from=date(2026, 12, 1))
    assert periods.own_on(day) == own


@pytest.mark.parametrize("system", [f"{D_ECPR_SYSTEM}.81", "http://rn.dk"])
def test_a_local_number_is_unique_with_its_issuer_in_either_published_form(system: str) -> None:
    assert ECpr.parse("070683-0VJ9", system) != ECpr.parse("0706830VJ9", f"{D_ECPR_SYSTEM}.82")
    assert ECpr.parse("070683-0VJ9", system).code == "0706830VJ9"
