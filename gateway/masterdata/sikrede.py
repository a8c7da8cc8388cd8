"""The Sikrede file (interface S1061023): who is insured, in which group, and with which doctor. Read line by line.

ISO-8859-1, CRLF, fixed width: one record 00 (44 characters), then 10 (634 each), then 99 (10) with the number of
them. Names, addresses and foreign insurance are never looked at, and the previous doctor is checked and dropped: only
the present and the future one leave this module (docs/adr/0005-sikrede-index.md).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from struct import Struct
from typing import BinaryIO

from gateway.masterdata.refusal import RegisterRefused

INTERFACE = b"S1061023"
RECIPIENT = b"F053"
LENGTHS = {b"00": 44, b"10": 634, b"99": 10}
_GROUPS = frozenset((b"0", b"1", b"2", b"4", b"5", b"6", b"7", b"8", b"9"))
NO_DAY, NO_NUMBER = b"00000000", b"000000"
LAYOUT = "sikrede-S1061023"

Stamp = tuple[date, str]

# CPR, present doctor and group with their dates, future doctor and group with theirs. A day is yyyymmdd, 0 for none;
# no doctor and no group are empty. All as the file's bytes: six million rows are not decoded to be encoded again.
InsuredRow = tuple[bytes, bytes, int, bytes, int, bytes, int, bytes, int]

# Record 10: number · own, from, group, from · previous own, from, group, from · future own, from, group, from.
_RECORD = Struct("2x 10s 6s8s 8x 1s8s 19x 6s8s 8x 1s8s 8x 6s8s 8x 1s8s 504x")


class _Days(dict[bytes, int]):
    """Eight digits → yyyymmdd, checked once for each of the few thousand days a register holds."""

    def __missing__(self, raw: bytes) -> int:
        if raw == NO_DAY or raw == b"        ":
            return self._kept(raw, 0)
        try:
            date(int(raw[:4]), int(raw[4:6]), int(raw[6:]))
        except ValueError:
            raise RegisterRefused("date", "a day is not yyyymmdd") from None
        return self._kept(raw, int(raw))

    def _kept(self, raw: bytes, day: int) -> int:
        self[raw] = day
        return day


class _Numbers(dict[bytes, bytes]):
    """Six digits → ydernummer; zeros and blanks are no doctor."""

    def __missing__(self, raw: bytes) -> bytes:
        if raw == NO_NUMBER or raw == b"      ":
            number = b""
        elif raw.isdigit():
            number = raw
        else:
            raise RegisterRefused("ydernummer", "a ydernummer is not six digits")
        self[raw] = number
        return number


class _Groups(dict[bytes, bytes]):
    """One digit → insurance group. A future group of 0 means that none is planned."""

    def __missing__(self, raw: bytes) -> bytes:
        if raw == b" ":
            group = b""
        elif raw in _GROUPS:
            group = raw
        else:
            raise RegisterRefused("field", "an insurance group is not one of 0, 1, 2, 4–9")
        self[raw] = group
        return group


class SikredeFile:
    """One file being read. ``as_of`` and ``timestamp`` are known at once; only the normal end of ``rows()`` means
    that every check has passed."""

    layout = LAYOUT

    def __init__(self, stream: BinaryIO, newer_than: Stamp | None) -> None:
        self._lines = iter(stream)
        self.total = 0
        self.as_of, self.timestamp = _start(next(self._lines, b""), newer_than)

    def rows(self) -> Iterator[InsuredRow]:
        """Every citizen, in the file's order. A ``RegisterRefused`` names the record by its place alone."""
        read = _Reader()
        for line in self._lines:
            if line[:2] != b"10":
                self._verify_end(line)
                return
            try:
                yield read(line)
            except RegisterRefused as fault:
                raise RegisterRefused(fault.check, f"record {self.total + 1}: {fault.detail}") from None
            self.total += 1
        raise RegisterRefused("complete", "the file ends without its end record")

    def _verify_end(self, line: bytes) -> None:
        text = _line(line, b"99")
        announced = text[2:10]
        if not announced.isdigit():
            raise RegisterRefused("count", "AntPost is not a number")
        if int(announced) != self.total:
            raise RegisterRefused("count", f"AntPost says {int(announced)}, the file holds {self.total} records")
        if not self.total:
            raise RegisterRefused("rows", "the file holds no citizen")
        if any(line.strip() for line in self._lines):
            raise RegisterRefused("structure", "lines after the end record")


class _Reader:
    """Record 10 → row. Called six million times: all fields are cut at once, and each is one dictionary look-up."""

    def __init__(self) -> None:
        self._days, self._numbers, self._groups = _Days(), _Numbers(), _Groups()

    def __call__(self, line: bytes) -> InsuredRow:
        if len(line) != 636 or line[634:] != b"\r\n":
            _line(line, b"10")
        cpr, own, since, group, group_since, *previous, future, comes, next_group, next_since = _RECORD.unpack(line)
        if not cpr.isdigit():
            raise RegisterRefused("field", "the citizen's number is not ten digits")
        days, numbers, groups = self._days, self._numbers, self._groups
        # The previous doctor and group: their dates must be dates, then they are dropped.
        numbers[previous[0]], days[previous[1]], groups[previous[2]], days[previous[3]]
        planned = days[next_since]
        return (
            cpr,
            numbers[own],
            days[since],
            groups[group],
            days[group_since],
            numbers[future],
            days[comes],
            groups[next_group] if planned else b"",
            planned,
        )


def _line(line: bytes, kind: bytes) -> bytes:
    """The record without its line end; the last record may lack one."""
    text = line.rstrip(b"\r\n")
    if text[:2] != kind:
        raise RegisterRefused("structure", f"expected a record {kind.decode()}")
    if len(text) != LENGTHS[kind]:
        raise RegisterRefused("structure", f"a record {kind.decode()} is not {LENGTHS[kind]} characters")
    if kind == b"10" and not line.endswith(b"\r\n"):
        raise RegisterRefused("complete", "a record is cut off")
    return text


def _start(line: bytes, newer_than: Stamp | None) -> Stamp:
    if not line:
        raise RegisterRefused("complete", "the file is empty")
    text = _line(line, b"00")
    if text[30:36].strip() != RECIPIENT:
        raise RegisterRefused("recipient", f"Modt is not {RECIPIENT.decode()}")
    if text[36:44] != INTERFACE:
        raise RegisterRefused("interface", f"SnitfladeId is not {INTERFACE.decode()}")
    day, stamp = _Days()[text[2:10]], text[10:30]
    if not day or not re.fullmatch(rb"[0-9]{20}", stamp):
        raise RegisterRefused("date", "OpgDato and Timestamp must be set")
    if _Days()[stamp[:8]] < day:
        raise RegisterRefused("date", "the file was made before the day it is as of")
    as_of = date(day // 10000, day // 100 % 100, day % 100)
    if newer_than is not None and (as_of, stamp.decode()) <= newer_than:
        raise RegisterRefused("newer", f"not newer than the file of {newer_than[0]} {newer_than[1]}")
    return as_of, stamp.decode()


@contextmanager
def opened(source: Path | str | BinaryIO, newer_than: Stamp | None = None) -> Iterator[SikredeFile]:
    """A file by path, or a binary stream the caller keeps."""
    if isinstance(source, (str, Path)):
        with Path(source).open("rb") as stream:
            yield SikredeFile(stream, newer_than)
    else:
        yield SikredeFile(source, newer_than)
