"""The health organisation register: which location and which supplier a practice is reached by."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from datetime import date, datetime
from operator import attrgetter
from pathlib import Path
from typing import Any, BinaryIO, Protocol

from sqlalchemy import Connection, Engine, Row, delete, except_, select, union

from gateway.domain.errors import ConfigFault, InvalidField
from gateway.domain.identifiers import Gln, SorId, Ydernummer
from gateway.domain.location import SorUnit
from gateway.domain.scope import SystemScope
from gateway.store.ground.bulk import number_and_insert
from gateway.store.ground.engine import at_leisure, transaction
from gateway.store.register import register_imports
from gateway.store.register.register_imports import Imported
from gateway.store.register.spool import Batch, spooled
from gateway.store.register.tables import register_state, sor_unit

REGISTER = "sor"
LEAST = 0.8  # of the units there were: a smaller file is more likely cut off than true
_u = sor_unit.c
_FIELDS = tuple(column.name for column in sor_unit.columns if column.name not in ("import_id", "row"))
ACTIVE_IMPORT = select(register_state.c.active).where(register_state.c.register == REGISTER).scalar_subquery()


class SorFile(Protocol):
    """A register file being read; the normal end of ``units`` means that every check has passed."""

    layout: str
    as_of: date
    timestamp: str
    total: int

    def units(self) -> Iterator[SorUnit]: ...


class SorReader(Protocol):
    """``masterdata.layouts.opened_sor``, as the wiring introduces it."""

    def __call__(
        self, source: Path | str | BinaryIO, newer_than: tuple[date, str] | None = None, locations: Path | None = None
    ) -> AbstractContextManager[SorFile]: ...


class SqlSorDirectory:
    """Answers from the active import. Without a ``reader`` it only answers."""

    def __init__(self, engine: Engine, reader: SorReader | None = None) -> None:
        self._engine = engine
        self._reader = reader

    def unit_of(self, ydernummer: Ydernummer, on: date) -> SorUnit | None:
        """The unit with that provider number valid on the day, the one that began last; None where there is none."""
        query = select(sor_unit).where(_u.import_id == ACTIVE_IMPORT, _u.ydernummer == ydernummer.digits)
        with transaction(self._engine, SystemScope(), read_only=True) as connection:
            units = [unit_of(row) for row in connection.execute(query)]
        return max((u for u in units if u.valid_on(on)), key=lambda unit: unit.valid_from, default=None)

    def ydernummer_of(self, unit: SorId, on: date) -> Ydernummer | None:
        """``ports.UnitDirectory``."""
        query = select(sor_unit).where(_u.import_id == ACTIVE_IMPORT, _u.sor_id == unit.digits)
        with transaction(self._engine, SystemScope(), read_only=True) as connection:
            versions = [unit_of(row) for row in connection.execute(query)]
        valid = [each for each in versions if each.valid_on(on) and each.ydernummer is not None]
        return max(valid, key=lambda each: each.valid_from).ydernummer if valid else None

    def suppliers(self, on: date) -> dict[str, int]:
        """How many practices each system supplier reaches, by the supplier's code: what an integrator plans from."""
        query = select(sor_unit).where(_u.import_id == ACTIVE_IMPORT, _u.ydernummer.is_not(None))
        counted: dict[str, int] = {}
        with transaction(self._engine, SystemScope(), read_only=True) as connection:
            for row in connection.execute(query):
                if unit_of(row).valid_on(on):
                    counted[row.supplier] = counted.get(row.supplier, 0) + 1
        return counted

    def import_file(
        self,
        source: Path | str | BinaryIO,
        by: str,
        at: datetime,
        *,
        locations: Path | None = None,
        accept_fewer: bool = False,
    ) -> Imported:
        """Swap the whole register, or raise and leave everything as it was.

        Raises the reader's refusal, ``InvalidField`` (shrunk) for a file with far fewer units than before unless they
        are accepted, or ``ConcurrentChange`` where another import came first.
        """
        if self._reader is None:
            raise ConfigFault("sor: no reader of register files was introduced")
        before = self.status()
        newer_than = (before.as_of, before.stamp) if before else None
        with self._reader(source, newer_than, locations) as file, spooled(map(_values, file.units())) as rows:
            if before and not accept_fewer and file.total < before.total * LEAST:
                raise InvalidField("sor", "shrunk")
            self._swap(file, rows, before, by, at)
        done = self.status()
        assert done is not None
        return done

    def _swap(self, file: SorFile, rows: Iterator[Batch], before: Imported | None, by: str, at: datetime) -> None:
        named = {"layout": file.layout, "as_of": file.as_of, "stamp": file.timestamp}
        with at_leisure(self._engine) as connection:
            values = named | {"imported_at": at, "imported_by": by}
            former = before.id if before else None
            new = register_imports.begin(connection, REGISTER, former, values)
            number_and_insert(connection, sor_unit, _FIELDS, new, rows)
            kinds = Counter(_kinds(connection, former, new).values())
            counted = {"total": file.total} | {kind: kinds[kind] for kind in ("added", "changed", "closed")}
            register_imports.activate(connection, REGISTER, new, counted, by, at)
            kept = [id for id in (new, former) if id is not None]
            connection.execute(delete(sor_unit).where(_u.import_id.not_in(kept)))

    def rollback(self, by: str, at: datetime | None = None) -> Imported:
        """Go back to the import before the active one. ``NotFound`` where there is none."""
        return register_imports.rollback(self._engine, REGISTER, by, at)

    def status(self) -> Imported | None:
        return register_imports.status(self._engine, REGISTER)

    def history(self, limit: int = 50) -> Sequence[Imported]:
        return register_imports.history(self._engine, REGISTER, limit)

    def changes(self) -> Sequence[tuple[str, str, str]]:
        """(added | changed | closed, SOR id, name) of the active import against the one before, where it is kept."""
        mine = select(register_state).where(register_state.c.register == REGISTER)
        with transaction(self._engine, SystemScope(), read_only=True) as connection:
            state = connection.execute(mine).one_or_none()
            if state is None or state.active is None or state.previous is None:
                return []
            kinds = _kinds(connection, state.previous, state.active)
            names = _names(connection, (state.previous, state.active))
        return sorted((kind, sor_id, names[sor_id]) for sor_id, kind in kinds.items())


_told = attrgetter(*_FIELDS)
_AT = {name: _FIELDS.index(name) for name in ("sor_id", "ydernummer", "gln", "specialities", "valid_from", "valid_to")}


def _values(unit: SorUnit) -> list[str | None]:
    """In the order of ``_FIELDS``, as the database writes them."""
    row = list(_told(unit))
    row[_AT["sor_id"]] = unit.sor_id.digits
    row[_AT["ydernummer"]] = unit.ydernummer.digits if unit.ydernummer else None
    row[_AT["gln"]] = unit.gln.digits if unit.gln else ""
    row[_AT["specialities"]] = " ".join(unit.specialities)[:255]
    row[_AT["valid_from"]] = unit.valid_from.isoformat()
    row[_AT["valid_to"]] = unit.valid_to.isoformat() if unit.valid_to else None
    return row


def unit_of(row: Row[Any]) -> SorUnit:
    told = {name: row._mapping[name] for name in _FIELDS}
    return SorUnit(
        **told
        | {
            "sor_id": SorId(told["sor_id"]),
            "ydernummer": Ydernummer(told["ydernummer"]) if told["ydernummer"] else None,
            "gln": Gln(told["gln"]) if told["gln"] else None,
            "specialities": tuple(told["specialities"].split()),
        }
    )


def _kinds(connection: Connection, old: int | None, new: int) -> dict[str, str]:
    """SOR id → added | changed | closed, for those that are one of them. The database compares the rows."""
    present = _ids(connection, new)
    if old is None:
        return dict.fromkeys(present, "added")
    former = _ids(connection, old)
    rows = [select(*(_u[name] for name in _FIELDS)).where(_u.import_id == id) for id in (old, new)]
    lacking = [except_(one, other).subquery() for one, other in (rows, rows[::-1])]
    found = connection.execute(union(*(select(one.c.sor_id) for one in lacking))).scalars()
    kinds = {sor_id: "changed" for sor_id in found if sor_id in former and sor_id in present}
    return kinds | dict.fromkeys(present - former, "added") | dict.fromkeys(former - present, "closed")


def _ids(connection: Connection, import_id: int) -> set[str]:
    return set(connection.execute(select(_u.sor_id).where(_u.import_id == import_id).distinct()).scalars())


def _names(connection: Connection, imports: Sequence[int]) -> dict[str, str]:
    query = select(_u.sor_id, _u.name).where(_u.import_id.in_(imports)).order_by(_u.import_id)
    return {row.sor_id: row.name for row in connection.execute(query)}
