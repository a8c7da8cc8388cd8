"""The Sikrede file is taken whole or not at all, and nobody's number is in a refusal."""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable, Iterator
from datetime import date
from io import BytesIO

import pytest

from gateway.masterdata.refusal import RegisterRefused
from gateway.masterdata.sikrede import InsuredRow, Stamp, opened
from tests.unit.masterdata.sikrede_files import PERSONS, STAMP, insured, register, start


def read(data: bytes, newer_than: Stamp | None = None) -> list[InsuredRow]:
    with opened(BytesIO(data), newer_than) as file:
        return list(file.rows())


def test_present_and_future_doctor_and_group_are_read_with_their_dates_and_the_previous_is_dropped() -> None:
    row = insured(
        previous="034835", future="012041", future_from="20261201", future_group="2", future_group_from="20270101"
    )
    [read_row] = read(register([row]))
    cpr = PERSONS[0].encode()
    assert read_row == (cpr, b"019062", 20100101, b"1", 20100101, b"012041", 20261201, b"2", 20270101)


def test_zeros_mean_nobody_and_no_day() -> None:
    [row] = read(register([insured(own="000000", since="00000000", group="2")]))
    assert row[1:] == (b"", 0, b"2", 0, b"", 0, b"", 0)


def test_the_head_tells_the_day_and_the_order() -> None:
    with opened(BytesIO(register([insured()]))) as file:
        assert (file.as_of, file.timestamp) == (date(2026, 11, 1), STAMP)
        list(file.rows())
        assert file.total == 1


WHOLE = register([insured(), insured(PERSONS[1])])
BROKEN = {
    "recipient": lambda: register([insured()], head=start(recipient="F099  ")),
    "interface": lambda: register([insured()], head=start(interface="S1040025")),
    "newer": lambda: register([insured()], head=start("20261031", "20261031050000000000")),
    "count": lambda: register([insured()], count=2),
    "rows": lambda: register([]),
    "date": lambda: register([insured(since="20261301")]),
    "ydernummer": lambda: register([insured(own="01906X")]),
    "field": lambda: register([insured("02016099XX")]),
    "structure": lambda: register([insured()[:-10] + b"\r\n"]),
    "complete": lambda: WHOLE[: len(start()) + 2 * 636],
}


@pytest.mark.parametrize("check", BROKEN)
def test_a_file_with_one_fault_is_refused_by_name_and_without_a_number(check: str) -> None:
    build: Callable[[], bytes] = BROKEN[check]
    with pytest.raises(RegisterRefused) as caught:
        read(build(), (date(2026, 10, 31), "20261031050000000000"))
    assert caught.value.check == check
    assert "0201609" not in str(caught.value)


@pytest.mark.parametrize("cut", range(0, len(WHOLE), 97))
def test_a_file_cut_off_anywhere_is_refused(cut: int) -> None:
    with pytest.raises(RegisterRefused):
        read(WHOLE[:cut])


@pytest.mark.parametrize(
    ("tail", "check"), [(b"\r\n" + insured(), "structure"), (b"\r\n99000002", "structure"), (b"0", "structure")]
)
def test_nothing_may_follow_the_end(tail: bytes, check: str) -> None:
    with pytest.raises(RegisterRefused) as caught:
        read(WHOLE + tail)
    assert caught.value.check == check


def test_a_file_made_before_the_day_it_is_as_of_is_refused() -> None:
    with pytest.raises(RegisterRefused, match="date"):
        read(register([insured()], head=start("20261101", "20261001050000000000")))


def test_a_future_group_without_a_date_is_none() -> None:
    [row] = read(register([insured(future_group="2")]))
    assert row[7:] == (b"", 0)


class _Endless(BytesIO):
    """A file of many records that never lies in memory as a whole."""

    def __init__(self, records: int) -> None:
        super().__init__()
        self.records = records

    def __iter__(self) -> Iterator[bytes]:  # type: ignore[override]
        yield start()
        yield from (insured() for _ in range(self.records))
        yield f"99{self.records:08d}".encode()


def test_memory_does_not_grow_with_the_file() -> None:
    tracemalloc.start()
    with opened(_Endless(20_000)) as file:
        assert sum(1 for _ in file.rows()) == 20_000
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 2_000_000
