"""No small number of the statistics can be read or computed, whatever the consultations were (AD19)."""

from __future__ import annotations

from datetime import UTC, date, datetime
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.domain.uptake.course import FEW, Asked, Course, is_few
from gateway.domain.uptake.statistics import COLUMNS, OTHERS, TOTAL, Line, month_days, month_of, months_over

pytestmark = pytest.mark.timeless("pure: every day is an argument")
FIRST = date(2026, 10, 1)
COURSES = st.builds(
    lambda day, place, practice, ending, device, seen: Course(
        date(2026, 10, day),
        datetime(2026, 10, day, 9, tzinfo=UTC),
        place,
        ending,
        practice,
        device,
        60,
        90,
        (Asked(practice, seen, ""),),
    ),
    st.integers(1, 31),
    st.sampled_from(["Nord", "Nord", "Nord", "Syd", "Akut", ""]),
    st.sampled_from(["012345", "054321", "099999"]),
    st.sampled_from(["held-on-video", "held-on-video", "held-by-phone", "rejected", "withdrawn", ""]),
    st.sampled_from(["good", "silent", ""]),
    st.integers(0, 900),
)
SOME = st.lists(COURSES, max_size=90)


def computed(lines: list[Line]) -> list[tuple[int, int]]:
    """Hidden cells that the sums determine: each row's first column is the sum of the others, the last row that of the
    lines before it; solved by elimination."""
    places = [(r, c) for r, line in enumerate(lines) for c, n in enumerate(line.counts) if n is None]
    width, last = len(COLUMNS), len(lines) - 1
    sums = [[((r, 0), -1), *(((r, c), 1) for c in range(1, width))] for r in range(len(lines))]
    sums += [[((last, c), -1), *(((r, c), 1) for r in range(last))] for c in range(width)]
    matrix = [[Fraction(dict(each).get(place, 0)) for place in places] for each in sums]
    reduced = eliminated(matrix)
    return [places[row.index(1)] for row in reduced if sum(value != 0 for value in row) == 1]


def eliminated(matrix: list[list[Fraction]]) -> list[list[Fraction]]:
    done: list[list[Fraction]] = []
    left = matrix
    for column in range(len(matrix[0]) if matrix else 0):
        found = next((row for row in left if row[column]), None)
        if found is not None:
            pivot = [value / found[column] for value in found]
            left = [minus(row, pivot, column) for row in left if row is not found]
            done = [minus(row, pivot, column) for row in done] + [pivot]
    return done


def minus(row: list[Fraction], pivot: list[Fraction], column: int) -> list[Fraction]:
    return [a - row[column] * b for a, b in zip(row, pivot, strict=True)] if row[column] else row


@given(SOME)
def test_ad19_no_small_number_is_told_and_none_can_be_computed(courses: list[Course]) -> None:
    month = month_of(FIRST, courses)
    for lines in month.by.values():
        assert not any(is_few(n) for line in lines for n in line.counts if n is not None)
        assert computed(lines) == []
        assert not any(is_few(line.troubles or 0) for line in lines)
        hidden = [line.troubles is None for line in lines[:-1]]
        assert sum(hidden) != 1 or lines[-1].troubles is None


@given(SOME)
def test_ad19_each_way_tells_the_same_total(courses: list[Course]) -> None:
    """What one table hides of the total no other tells."""
    month = month_of(FIRST, courses)
    totals = {lines[-1].counts for lines in month.by.values()}
    assert len(totals) == 1 and {lines[-1].label for lines in month.by.values()} == {TOTAL}


def course(place: str, ending: str, seen: int = 60) -> Course:
    at = datetime(2026, 10, 7, 9, tzinfo=UTC)
    return Course(at.date(), at, place, ending, "012345", "good", 300, None, (Asked("012345", seen, ""),))


def test_ad19_a_month_in_numbers() -> None:
    held = [course("Nord", "held-on-video", n) for n in range(20)] + [course("Syd", "rejected")] * 6
    lines = {line.label: line for line in month_of(FIRST, [*held, course("Akut", "withdrawn")]).by["workplace"]}
    assert lines["Nord"].counts[0] == 20 and lines["Nord"].seen.half == 9 and lines["Nord"].seen.ninety == 17
    assert lines["Syd"].seen.ninety is None and lines["Syd"].filed.half is None
    assert lines[OTHERS].counts[0] is None, "one alone is hidden"
    assert None in (lines["Nord"].counts[0], lines["Syd"].counts[0], lines[TOTAL].counts[0]), "and another beside it"


def test_only_months_that_are_over_are_told() -> None:
    assert months_over(date(2026, 3, 1), 3) == [date(2026, 2, 1), date(2026, 1, 1), date(2025, 12, 1)]
    assert len(month_days(date(2028, 2, 1))) == 29 and FEW == 5
