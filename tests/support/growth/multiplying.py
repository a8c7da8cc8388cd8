"""A great many consultations at once: a block that was written one by one, over and over, each time at earlier days.

Ids, keyed hashes, short ids, rooms, references and moments are each copy's own. Sealed bytes, and an id that stands
within JSON, are still the block's: as many and as long, but no copy's can be opened. So a block is only of what nobody
opens any more (filling.py says which).
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import Column, Connection, Date, LargeBinary, Table, Uuid

from gateway.store.ground.bulk import insert_rows
from gateway.store.ground.columns import Moment
from gateway.store.ground.schema import metadata
from tests.support.growth.history import FAR, SHARED, Row, short_id

OWN_WORDS = ("room", "reference")
Values = Sequence[Any]


class Stamps(dict[str, str]):
    """The first digits of an id (its millisecond, RFC 9562 §5.7), so many days earlier."""

    def __init__(self, days: int) -> None:
        self._earlier = days * 86_400_000

    def __missing__(self, stamp: str) -> str:
        digits = f"{int(stamp.replace('-', ''), 16) - self._earlier:012x}"
        self[stamp] = digits if len(stamp) == len(digits) else f"{digits[:8]}-{digits[8:]}"
        return self[stamp]


class Days(dict[str, str]):
    """A day as it is written, so many earlier; "for ever" stays."""

    def __init__(self, days: int) -> None:
        self._earlier = timedelta(days=days)

    def __missing__(self, day: str) -> str:
        then = date.fromisoformat(day)
        self[day] = day if then.year >= FAR else (then - self._earlier).isoformat()
        return self[day]


class ShortIds(dict[str, str]):
    """Another for each."""

    def __init__(self, dice: random.Random) -> None:
        self._dice = dice

    def __missing__(self, _old: str) -> str:
        self[_old] = short_id(self._dice)
        return self[_old]


@dataclass(frozen=True)
class Turn:
    """What one copy of a block is made with. ``tag`` ends whatever must be its own."""

    tag: str
    head: int  # characters of an id that are its moment
    stamps: Stamps
    days: Days
    shorts: ShortIds


Remake = Callable[[Values, Turn], Values]


def _ids(values: Values, turn: Turn) -> Values:
    head, stamps, tag = turn.head, turn.stamps, turn.tag
    return [value and stamps[value[:head]] + value[head:-4] + tag for value in values]


def _moments(values: Values, turn: Turn) -> Values:
    days = turn.days
    return [value and days[value[:10]] + value[10:] for value in values]


def _hashes(values: Values, turn: Turn) -> Values:
    tag = turn.tag.encode()
    return [value and value[:-4] + tag for value in values]


def _words(values: Values, turn: Turn) -> Values:
    end = f"g{turn.tag}"  # no hexadecimal digit: the block's own may end in any
    return [value and value[:-5] + end for value in values]


def _short_ids(values: Values, turn: Turn) -> Values:
    return [turn.shorts[value] for value in values]


def _remake(column: Column[Any]) -> Remake | None:
    """``None``: every copy has the block's."""
    if isinstance(column.type, Uuid):
        return None if column.name in SHARED else _ids
    if isinstance(column.type, (Moment, Date)):
        return _moments
    if isinstance(column.type, LargeBinary) and column.name.endswith(("_index", "_hash")):
        return _hashes
    if column.name in OWN_WORDS:
        return _words
    return _short_ids if column.name == "short_id" else None


class Block:
    """Rows of whole consultations, encoded as the driver takes them, column by column."""

    def __init__(self, rows: Iterable[tuple[Table, Row]], *, sqlite: bool) -> None:
        self._head, self._copies = 12 if sqlite else 13, 0
        grouped: dict[str, list[Row]] = {}
        for table, row in rows:
            grouped.setdefault(table.name, []).append(row)
        self._tables = [(t, self._columns(grouped[t.name])) for t in metadata.sorted_tables if t.name in grouped]

    def _columns(self, rows: Sequence[Row]) -> dict[str, Values]:
        return {name: [row[name] for row in rows] for name in rows[0]}

    def write_copy(self, connection: Connection, days: int, dice: random.Random) -> None:
        """So many days before the block."""
        self._copies += 1
        turn = Turn(f"{self._copies:04x}", self._head, Stamps(days), Days(days), ShortIds(dice))
        for table, columns in self._tables:
            remade = {name: _remake(table.c[name]) for name in columns}
            own = [make(columns[name], turn) if make else columns[name] for name, make in remade.items()]
            insert_rows(connection, table, [*columns], [*zip(*own, strict=True)])
