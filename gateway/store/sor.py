"""The health organisation register: which location and which supplier a practice is reached by."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from datetime import date, datetime
from itertools import islice
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, Any, BinaryIO, Protocol

from sqlalchemy import Connection, Engine, Row, delete, select

from gateway.domain.errors import ConfigFault, InvalidField
from gateway.domain.identifiers import Gln, SorId, Ydernummer
from gateway.domain.location import SorUnit
from gateway.domain.scope import SystemScope
from gateway.store import register_imports
from gateway.store.bulk import insert_rows
from gateway.store.engine import transaction
from gateway.store.register_imports import Imported
from gateway.store.tables_masterdata import register_state, sor_unit

REGISTER = "sor"
BATCH = 500
LEAST = 0.8  # of the units there were: a smaller file is more likely cut off than true
_u = sor_unit.c
_FIELDS = tuple(column.name for column in sor_unit.columns if column.name not in ("import_id", "row"))
_ACTIVE = select(register_state.c.active).where(register_state.c.register == REGISTER).scalar_subquery()


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
        query = select(sor_unit).where(_u.import_id == _ACTIVE, _u.ydernummer == ydernummer.digits)
        with transaction(self._engine, SystemScope(), read_only=True) as connection:
            units = [unit_of(row) for row in connection.execute(query)]
        return max((u for u in units if u.valid_on(on)), key=lambda unit: unit.valid_from, default=None)

    def suppliers(self, on: date) -> dict[str, int]:
        """How many practices each system supplier reaches, by the supplier's code: what an integrator plans from."""
        query = select(sor_unit).where(_u.import_id == _ACTIVE, _u.ydernummer.is_not(None))
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
        with self._reader(source, newer_than, locations) as file, TemporaryFile("w+", encoding="utf-8") as rows:
            for unit in file.units():
                rows.write(json.dumps(_values(unit), default=str, ensure_ascii=False) + "\n")
            if before and not accept_fewer and file.total < before.total * LEAST:
                raise InvalidField("sor", "shrunk")
            rows.seek(0)
            self._swap(file, rows, before, by, at)
        done = self.status()
        assert done is not None
        return done

    def _swap(self, file: SorFile, rows: IO[str], before: Imported | None, by: str, at: datetime) -> None:
        named = {"layout": file.layout, "as_of": file.as_of, "stamp": file.timestamp}
        with transaction(self._engine, SystemScope()) as connection:
            values = named | {"imported_at": at, "imported_by": by}
            former = before.id if before else None
            new = register_imports.begin(connection, REGISTER, former, values)
            _store(connection, rows, new)
            counted = {"total": file.total} | _compared(connection, former, new)
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

    def changes(self) -> Iterator[tuple[str, str, str]]:
        """(added | changed | closed, SOR id, name) of the active import against the one before, where it is kept."""
        with transaction(self._engine, SystemScope(), read_only=True) as connection:
            state = connection.execute(
                select(register_state).where(register_state.c.register == REGISTER)
            ).one_or_none()
            if state is None or state.active is None or state.previous is None:
                return
            former, present = (_prints(connection, id) for id in (state.previous, state.active))
        for sor_id, (mark, name) in present.items():
            if sor_id not in former:
                yield "added", sor_id, name
            elif former[sor_id][0] != mark:
                yield "changed", sor_id, name
        yield from (("closed", sor_id, former[sor_id][1]) for sor_id in former if sor_id not in present)


def _values(unit: SorUnit) -> list[Any]:
    """In the order of ``_FIELDS``, as the database writes them."""
    told = {name: getattr(unit, name) for name in _FIELDS}
    for name in ("sor_id", "ydernummer", "gln"):
        told[name] = told[name].digits if told[name] else None
    told["gln"] = told["gln"] or ""
    told["specialities"] = " ".join(unit.specialities)[:255]
    return list(told.values())


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


def _store(connection: Connection, rows: IO[str], new: int) -> None:
    number = 0
    columns = ("import_id", "row", *_FIELDS)
    while batch := [json.loads(line) for line in islice(rows, BATCH)]:
        insert_rows(connection, sor_unit, columns, [(new, number + at, *row) for at, row in enumerate(batch)])
        number += len(batch)


def _compared(connection: Connection, old: int | None, new: int) -> dict[str, int]:
    former = _prints(connection, old) if old is not None else {}
    present = _prints(connection, new)
    changed = sum(1 for sor_id, (mark, _) in present.items() if sor_id in former and former[sor_id][0] != mark)
    return {"added": len(present.keys() - former), "changed": changed, "closed": len(former.keys() - present)}


def _prints(connection: Connection, import_id: int) -> dict[str, tuple[int, str]]:
    """For each unit: a mark over all its versions, and its name."""
    columns = [sor_unit.c[name] for name in _FIELDS]
    query = select(*columns).where(_u.import_id == import_id).order_by(*columns)
    prints: dict[str, tuple[int, str]] = {}
    for row in connection.execute(query, execution_options={"yield_per": BATCH}):
        mark, _ = prints.get(row.sor_id, (0, ""))
        prints[row.sor_id] = (hash((mark, *row)), row.name)
    return prints
