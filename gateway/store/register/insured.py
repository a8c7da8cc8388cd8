"""The Sikrede index: a citizen's own doctor by a keyed hash, and the way a new register gets in.

Two slots of the same shape; see docs/adr/0005-sikrede-index.md for what is kept, what is not, and why.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from datetime import date, datetime
from pathlib import Path
from typing import Any, BinaryIO, Protocol

from sqlalchemy import (
    ColumnElement,
    Connection,
    Engine,
    FromClause,
    and_,
    case,
    delete,
    func,
    or_,
    select,
)

from gateway.domain.citizen.lookup import InsuranceGroup, InsuredPeriods
from gateway.domain.errors import ConfigFault, InvalidField
from gateway.domain.identifiers import CitizenId, Cpr, Ydernummer
from gateway.store.ground import signing
from gateway.store.ground.crypto import Vault
from gateway.store.ground.engine import at_leisure, one_look
from gateway.store.ground.ready import sent
from gateway.store.register import register_imports
from gateway.store.register.insured_spool import Read, Row, TwiceListed, spooled, unpacked
from gateway.store.register.register_imports import Imported
from gateway.store.register.tables import INSURED_SLOTS

REGISTER = "sikrede"
PURPOSE = "sikrede"  # of the hash: it cannot be joined with the index of the consultations
_COLUMNS = tuple(column.name for column in INSURED_SLOTS["a"].columns)
_LINE = "\\\\x%s" + "\t%s" * (len(_COLUMNS) - 1) + "\n"  # one row as COPY reads it
_MANY = 64 * 1024 * 1024  # bytes from which on a file is spread over all 256 temporary files

# One statement and one round trip: the slot that holds now, and the citizen in it. Only that slot's pages are touched:
# with the slot named beside the key, both databases would first read the row of the other slot and then drop it.
_FIND = (
    f"SELECT i.as_of, {', '.join(f'coalesce(a.{name}, b.{name})' for name in _COLUMNS)}"  # noqa: S608
    " FROM register_state s JOIN register_import i ON i.id = s.active"
    " LEFT JOIN insured_a a ON a.citizen = CASE WHEN i.slot = 'a' THEN {key} END"
    " LEFT JOIN insured_b b ON b.citizen = CASE WHEN i.slot = 'b' THEN {key} END"
    f" WHERE s.register = '{REGISTER}'"
)
_MARK = {"sqlite": ":key", "postgresql": "%(key)s"}


class InsuredFile(Protocol):
    """A register file being read; the normal end of ``rows`` means that every check has passed."""

    layout: str
    as_of: date
    timestamp: str
    total: int

    def rows(self) -> Iterator[Read]: ...


class InsuredReader(Protocol):
    """``masterdata.sikrede.opened``, as the wiring introduces it."""

    def __call__(
        self, source: Path | str | BinaryIO, newer_than: tuple[date, str] | None = None
    ) -> AbstractContextManager[InsuredFile]: ...


class SqlInsuredRegister:
    """``ports.InsuredRegister``. Without a ``reader`` it only answers. ``parts``: into how many a register is spread
    (a power of two up to 256), where the size of the file shall not decide."""

    def __init__(
        self, engine: Engine, vault: Vault, reader: InsuredReader | None = None, parts: int | None = None
    ) -> None:
        self._engine = engine
        self._key_of = vault.indexer(PURPOSE)
        self._find = _FIND.format(key=_MARK[engine.dialect.name])
        self._reader = reader
        self._parts = parts

    def find_insured(self, identifier: CitizenId) -> tuple[date | None, InsuredPeriods | None]:
        """The day of the register in force, and the citizen in it. A replacement number is in no register."""
        raw = identifier.digits.encode() if isinstance(identifier, Cpr) else b""
        key = self._key_of(raw)[:16]
        with one_look(self._engine) as connection:
            row = sent(connection, self._find, {"key": key}).fetchone()
        if row is None:
            return None, None
        day, citizen, *periods = row
        as_of = day if isinstance(day, date) else date.fromisoformat(day)
        return as_of, _periods(as_of, periods) if citizen is not None else None

    def import_file(self, source: Path | str | BinaryIO, by: str, at: datetime) -> Imported:
        """Swap the register for the one in ``source``, or raise and leave everything as it was.

        The whole file is read and checked before the database is asked for anything. Raises the reader's refusal,
        ``InvalidField`` for a citizen listed twice, or ``ConcurrentChange`` where another import came first.
        """
        if self._reader is None:
            raise ConfigFault("sikrede: no reader of register files was introduced")
        before = self.status()
        newer_than = (before.as_of, before.stamp) if before else None
        try:
            with self._reader(source, newer_than) as file, self._spool(file, source) as files:
                return self._fill(file, files, before, by, at)
        except TwiceListed:
            raise InvalidField("sikrede", "citizen-listed-twice") from None

    def _spool(self, file: InsuredFile, source: Path | str | BinaryIO) -> AbstractContextManager[list[Path]]:
        large = isinstance(source, (str, Path)) and Path(source).stat().st_size > _MANY
        return spooled(file.rows(), self._key_of, self._parts or (256 if large else 1))

    def _fill(
        self, file: InsuredFile, files: Sequence[Path], before: Imported | None, by: str, at: datetime
    ) -> Imported:
        slot, former = ("b", "a") if before and before.slot == "a" else ("a", "b")
        named = {"layout": file.layout, "slot": slot, "as_of": file.as_of, "stamp": file.timestamp}
        with at_leisure(self._engine) as connection:
            values = named | {"imported_at": at, "imported_by": by}
            new = register_imports.begin(connection, REGISTER, before.id if before else None, values)
        counted = {"added": 0, "changed": 0, "closed": 0}
        for number, part in enumerate(files):
            bounds = _bounds(number, len(files))
            with at_leisure(self._engine) as connection:
                signing.said_already(connection)
                register_imports.require_filling(connection, REGISTER, new)
                _replace(connection, slot, bounds, unpacked(part))
                _count(connection, slot, former if before else None, bounds, counted)
        with at_leisure(self._engine) as connection:
            register_imports.activate(connection, REGISTER, new, {"total": file.total, **counted}, by, at)
        done = self.status()
        assert done is not None
        return done

    def rollback(self, by: str, at: datetime | None = None) -> Imported:
        """Go back to the import before the active one. ``NotFound`` where there is none."""
        return register_imports.rollback(self._engine, REGISTER, by, at)

    def status(self) -> Imported | None:
        return register_imports.status(self._engine, REGISTER)

    def history(self, limit: int = 50) -> Sequence[Imported]:
        return register_imports.history(self._engine, REGISTER, limit)


def _periods(as_of: date, columns: Sequence[Any]) -> InsuredPeriods:
    """From the columns own, own_from, group, group_from, and the same four of the future."""
    own, own_from, group, group_from, future, future_from, future_group, future_group_from = columns
    return InsuredPeriods(
        as_of,
        Ydernummer(own) if own else None,
        _day(own_from),
        InsuranceGroup.from_code(group),
        _day(group_from),
        Ydernummer(future) if future else None,
        _day(future_from),
        InsuranceGroup.from_code(future_group),
        _day(future_group_from),
    )


def _day(number: int) -> date | None:
    return date(number // 10000, number // 100 % 100, number % 100) if number else None


Bounds = tuple[bytes, bytes | None]


def _bounds(number: int, parts: int) -> Bounds:
    """The range of keys that lies in one part: from inclusive, to exclusive (None: open)."""
    width = 256 // parts
    ends = (number + 1) * width
    return bytes([number * width]), bytes([ends]) if ends < 256 else None


def _within(slot: FromClause, bounds: Bounds) -> ColumnElement[bool]:
    key = slot.c.citizen
    low, high = bounds
    return and_(key >= low, key < high) if high is not None else key >= low


def _replace(connection: Connection, slot: str, bounds: Bounds, rows: Sequence[Row]) -> None:
    connection.execute(delete(INSURED_SLOTS[slot]).where(_within(INSURED_SLOTS[slot], bounds)))
    if not rows:
        return
    if connection.dialect.name == "postgresql":
        _copy(connection, slot, rows)
        return
    marks = ", ".join("?" * len(_COLUMNS))
    connection.exec_driver_sql(f"INSERT INTO insured_{slot} VALUES ({marks})", rows)  # noqa: S608


def _copy(connection: Connection, slot: str, rows: Iterable[Row]) -> None:
    """COPY in its text form, in pieces small enough for the statement's time limit."""
    lines = "".join([_LINE % (key.hex(), *rest) for key, *rest in rows])
    with connection.connection.cursor().copy(f"COPY insured_{slot} FROM STDIN") as copy:
        copy.write(lines)


def _count(connection: Connection, slot: str, former: str | None, bounds: Bounds, counted: dict[str, int]) -> None:
    """Added, changed and closed, in citizens: the database lays the two slots side by side."""
    new = INSURED_SLOTS[slot].alias("new")
    if former is None:
        counted["added"] += connection.execute(select(func.count()).where(_within(new, bounds))).scalar_one()
        return
    old = INSURED_SLOTS[former].alias("old")
    differs = or_(*(new.c[name] != old.c[name] for name in _COLUMNS[1:]))
    joined = new.outerjoin(old, new.c.citizen == old.c.citizen)
    query = select(func.count(), func.count(old.c.citizen), func.count(case((differs, 1)))).select_from(joined)
    present, both, changed = connection.execute(query.where(_within(new, bounds))).one()
    known = connection.execute(select(func.count()).where(_within(old, bounds))).scalar_one()
    counted["added"] += present - both
    counted["changed"] += changed
    counted["closed"] += known - both
