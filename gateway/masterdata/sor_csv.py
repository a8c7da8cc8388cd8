"""SOR2 as CSV (``SorEntity_daily.csv``, and ``LocationsCode.csv`` beside it where the suppliers are wanted).

Columns are found by name, in any order and with or without the ``="…"`` that keeps a spreadsheet from rounding a SOR
id. The files carry no date of their own: the day they were written is the day they are as of. A cut at the end of a
line cannot be seen here; the store refuses a register that has shrunk.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime
from io import TextIOWrapper
from pathlib import Path
from typing import BinaryIO

from gateway.domain.location import SorUnit
from gateway.masterdata.refusal import RegisterRefused
from gateway.masterdata.sor_columns import COLUMNS, is_inactive, is_inherited, kind_of, places
from gateway.masterdata.sor_fields import (
    NOWHERE,
    Location,
    day_of,
    located,
    name_of,
    sor_id_of,
    truth,
    ydernummer_of,
)

LAYOUT = "sor2-csv"
_REQUIRED = ("sor_id", "kind", "name", "since")
Stamp = tuple[date, str]


class _Table:
    """Rows of one CSV file under our names."""

    def __init__(self, stream: BinaryIO, required: Sequence[str]) -> None:
        text = TextIOWrapper(stream, encoding="utf-8-sig", errors="strict", newline="")
        try:
            head = text.readline()
        except UnicodeDecodeError:
            raise RegisterRefused("encoding", "the file must be UTF-8 CSV") from None
        self._rows = csv.reader(text, delimiter=";" if head.count(";") >= head.count(",") else ",")
        names = next(csv.reader([head], delimiter=";" if head.count(";") >= head.count(",") else ","), [])
        self._width = len(names)
        self._at = places(names)
        missing = [" or ".join(COLUMNS[name]) for name in required if name not in self._at]
        if missing:
            raise RegisterRefused("structure", f"no column {', '.join(missing)}")

    def __iter__(self) -> Iterator[dict[str, str]]:
        try:
            for number, row in enumerate(self._rows, start=2):
                if len(row) != self._width:
                    raise RegisterRefused("complete", f"line {number} has {len(row)} columns of {self._width}")
                yield {ours: _bare(row[at]) for ours, at in self._at.items()}
        except (UnicodeDecodeError, csv.Error):
            raise RegisterRefused("encoding", "the file must be UTF-8 CSV") from None


def _bare(text: str) -> str:
    text = text.strip()
    return text[2:-1].strip() if text.startswith('="') and text.endswith('"') else text


class SorCsvFile:
    """One daily file being read. ``locations``: what ``LocationsCode.csv`` says about each number."""

    layout = LAYOUT

    def __init__(self, stream: BinaryIO, written_at: datetime, newer_than: Stamp | None, locations: BinaryIO | None):
        self.as_of, self.timestamp = written_at.date(), written_at.isoformat()
        if newer_than is not None and (self.as_of, self.timestamp) <= newer_than:
            raise RegisterRefused("newer", f"not newer than the file of {newer_than[0]}")
        self._numbers = _numbers(locations) if locations is not None else {}
        self._table = _Table(stream, _REQUIRED)
        self.total = 0

    def units(self) -> Iterator[SorUnit]:
        """Every unit; those that inherit a location number come last, when every possible giver is known."""
        known: dict[str, Location] = {}
        parents: dict[str, str] = {}
        heirs: list[SorUnit] = []
        for row in self._table:
            unit, location = self._read(row)
            self.total += 1
            parents[unit.sor_id.digits] = unit.parent
            if location is not NOWHERE:
                known[unit.sor_id.digits] = location
            elif is_inherited(row.get("inherited", "")):
                heirs.append(unit)
                continue
            yield located(unit, location)
        for heir in heirs:
            yield located(heir, _inherited(heir.parent, parents, known))
        if not self.total:
            raise RegisterRefused("rows", "the file holds no unit")

    def _read(self, row: dict[str, str]) -> tuple[SorUnit, Location]:
        where = f"line {self.total + 2}"
        sor_id = sor_id_of(row["sor_id"], where)
        since = day_of(row["since"], f"{where}/FromDate")
        if since is None:
            raise RegisterRefused("date", f"{where}/FromDate is missing")
        kind = kind_of(row["kind"])
        unit = SorUnit(
            sor_id,
            name_of(row["name"]),
            kind,
            since,
            day_of(row.get("to", ""), f"{where}/ToDate"),
            _parent(row, kind),
            ydernummer_of(row.get("ydernummer", "")),
            institution_type=row.get("institution_type", ""),
            specialities=tuple(row.get("speciality", "").split()),
        )
        return unit, self._location(row, sor_id.digits)

    def _location(self, row: dict[str, str], holder: str) -> Location:
        code = row.get("gln", "")
        if not code:
            return NOWHERE
        return _location_of(row, self._numbers.get(code, {}), code, holder)


def _parent(row: Mapping[str, str], kind: str) -> str:
    """As it is named, else the institution or the owner that the row says it belongs to."""
    above = {"unit": "institution", "institution": "owner"}.get(kind, "")
    return row.get("parent", "") or row.get(above, "")


def _location_of(row: Mapping[str, str], more: Mapping[str, str], code: str, holder: str) -> Location:
    """From the unit's own row where it says so, else from the list of location numbers."""
    said = {name: row.get(name) or more.get(name, "") for name in _ABOUT_A_NUMBER}
    inactive, internal = is_inactive(said["inactive"]), truth(said["internal"])
    return Location(code, inactive, internal, said["supplier"], said["system_type"], said["communication"], holder)


_ABOUT_A_NUMBER = ("inactive", "internal", "supplier", "system_type", "communication")


def _numbers(stream: BinaryIO) -> dict[str, dict[str, str]]:
    return {row["gln"]: {name: row.get(name, "") for name in _ABOUT_A_NUMBER} for row in _Table(stream, ("gln",))}


def _inherited(parent: str, parents: Mapping[str, str], known: Mapping[str, Location]) -> Location:
    seen: set[str] = set()
    while parent and parent not in seen:
        if parent in known:
            return known[parent]
        seen.add(parent)
        parent = parents.get(parent, "")
    return NOWHERE


@contextmanager
def opened(
    source: Path | str | BinaryIO,
    newer_than: Stamp | None = None,
    *,
    written_at: datetime | None = None,
    locations: Path | None = None,
) -> Iterator[SorCsvFile]:
    """A file by path (written when the file system says so), or a stream with the moment it was written."""
    more = locations.open("rb") if locations is not None else None
    try:
        if isinstance(source, (str, Path)):
            at = written_at or datetime.fromtimestamp(Path(source).stat().st_mtime, UTC)
            with Path(source).open("rb") as stream:
                yield SorCsvFile(stream, at, newer_than, more)
        else:
            if written_at is None:
                raise RegisterRefused("date", "when was this file written?")
            yield SorCsvFile(source, written_at, newer_than, more)
    finally:
        if more is not None:
            more.close()
