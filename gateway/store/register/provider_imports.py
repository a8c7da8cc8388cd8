"""Bringing a register in: checked to its end outside the database, then swapped in by one transaction.

The rows of the active and of the previous import are kept, so that a bad file can be taken back; of older imports
only the record remains.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Protocol

from sqlalchemy import Connection, Engine, Row, Select, delete, except_, insert, or_, select, union, update

from gateway.domain.errors import ConcurrentChange, NotFound
from gateway.domain.practice import Practice
from gateway.domain.scope import SystemScope
from gateway.store.ground import signing
from gateway.store.ground.bulk import number_and_insert
from gateway.store.ground.engine import at_leisure, db_now, transaction
from gateway.store.ground.upsert import upsert
from gateway.store.register.provider_rows import FIELDS
from gateway.store.register.provider_tables import (
    provider_activation,
    provider_import,
    provider_register,
    provider_version,
)
from gateway.store.register.spool import Batch

_v = provider_version.c


class RegisterFile(Protocol):
    """A register file being read; the normal end of ``practices`` means that every check has passed."""

    opgdato: date
    timestamp: str
    persons: int

    def practices(self) -> Iterator[Practice]: ...


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What the swap did, in practices (numbers, not versions): unknown before · no longer valid on the file's day ·
    otherwise different. ``total`` counts versions."""

    added: int
    changed: int
    closed: int
    total: int
    opgdato: date
    timestamp: str


@dataclass(frozen=True, slots=True)
class RegisterStatus:
    """One import. ``can_roll_back``: an earlier one is kept beside it."""

    id: int
    opgdato: date
    timestamp: str
    total: int
    persons: int
    imported_at: datetime
    imported_by: str
    active: bool = True
    can_roll_back: bool = False


def swap(
    engine: Engine, file: RegisterFile, rows: Iterator[Batch], before: RegisterStatus | None, by: str, at: datetime
) -> ImportReport:
    with at_leisure(engine) as connection:
        pointer = _locked(connection)
        if pointer.active != (before.id if before else None):
            raise ConcurrentChange
        new = _record(connection, file, by, at)
        total = number_and_insert(connection, provider_version, (*FIELDS, "folded"), new, rows)
        kinds = Counter(_kinds(connection, pointer.active, new, file.opgdato).values())
        report = ImportReport(kinds["added"], kinds["changed"], kinds["closed"], total, file.opgdato, file.timestamp)
        counted = {"total": total, "added": report.added, "changed": report.changed, "closed": report.closed}
        connection.execute(update(provider_import).where(provider_import.c.id == new).values(**counted))
        _activate(connection, new, pointer.active, "import", by, at)
        _forget_rows(connection, keep=(new, pointer.active))
        return report


def rollback(engine: Engine, by: str, at: datetime | None) -> RegisterStatus:
    with at_leisure(engine) as connection:
        pointer = _locked(connection)
        if pointer.previous is None:
            raise NotFound("previous-import")
        _activate(connection, pointer.previous, None, "rollback", by, at or db_now(connection))
        _forget_rows(connection, keep=(pointer.previous,))
        row = connection.execute(select(provider_import).where(provider_import.c.id == pointer.previous)).one()
        return _status(row, pointer.previous, None)


def status(engine: Engine) -> RegisterStatus | None:
    query = select(provider_import, provider_register.c.previous).where(
        provider_import.c.id == provider_register.c.active
    )
    with transaction(engine, SystemScope(), read_only=True) as connection:
        row = connection.execute(query).one_or_none()
    return _status(row, row.id, row.previous) if row else None


def history(engine: Engine, limit: int) -> Sequence[RegisterStatus]:
    query = select(provider_import).order_by(provider_import.c.id.desc()).limit(limit)
    with transaction(engine, SystemScope(), read_only=True) as connection:
        pointer = connection.execute(select(provider_register)).one_or_none()
        active, previous = (pointer.active, pointer.previous) if pointer else (None, None)
        return [_status(row, active, previous) for row in connection.execute(query)]


def _status(row: Row[Any], active: int | None, previous: int | None) -> RegisterStatus:
    return RegisterStatus(
        row.id,
        row.opgdato,
        row.timestamp,
        row.total,
        row.persons,
        row.imported_at,
        row.imported_by,
        active=row.id == active,
        can_roll_back=row.id == active and previous is not None,
    )


def _locked(connection: Connection) -> Row[Any]:
    upsert(connection, provider_register, {"id": 1}, change=())
    return connection.execute(select(provider_register).with_for_update()).one()


def _record(connection: Connection, file: RegisterFile, by: str, at: datetime) -> int:
    values = {
        "opgdato": file.opgdato,
        "timestamp": file.timestamp,
        "persons": file.persons,
        "imported_at": at,
        "imported_by": by,
    }
    new: int = connection.execute(insert(provider_import).values(**values).returning(provider_import.c.id)).scalar_one()
    return new


def changes(engine: Engine) -> list[tuple[str, str, str]]:
    """Practice by practice, as ``ImportReport`` counts them; empty where nothing is kept to compare with."""
    with transaction(engine, SystemScope(), read_only=True) as connection:
        pointer = connection.execute(select(provider_register)).one_or_none()
        if pointer is None or pointer.previous is None:
            return []
        day = provider_import.c.opgdato
        on: date = connection.execute(select(day).where(provider_import.c.id == pointer.active)).scalar_one()
        kinds = _kinds(connection, pointer.previous, pointer.active, on)
        names = _names(connection, (pointer.previous, pointer.active))
    return sorted((kind, number, names[number]) for number, kind in kinds.items())


def _kinds(connection: Connection, old: int | None, new: int, on: date) -> dict[str, str]:
    """ydernummer → added | changed | closed, for those that are one of them. The database compares the rows."""
    present = _numbers(connection, _of(new))
    if old is None:
        return dict.fromkeys(present, "added")
    former = _numbers(connection, _of(old))
    ended = _numbers(connection, _valid(old, on)) - _numbers(connection, _valid(new, on))
    kinds = dict.fromkeys(_differing(connection, old, new) & former & present, "changed")
    return kinds | dict.fromkeys(present - former, "added") | dict.fromkeys(ended, "closed")


def _of(import_id: int) -> Select[tuple[str]]:
    return select(_v.ydernummer).where(_v.import_id == import_id)


def _valid(import_id: int, on: date) -> Select[tuple[str]]:
    return _of(import_id).where(_v.valid_from <= on, or_(_v.valid_to.is_(None), _v.valid_to > on))


def _numbers(connection: Connection, query: Select[tuple[str]]) -> set[str]:
    return {row.ydernummer for row in connection.execute(query.distinct())}


def _differing(connection: Connection, old: int, new: int) -> set[str]:
    """The numbers of which one import has a version that the other lacks."""
    rows = [select(*(_v[name] for name in FIELDS)).where(_v.import_id == id) for id in (old, new)]
    lacking = [except_(one, other).subquery() for one, other in (rows, rows[::-1])]
    found = connection.execute(union(*(select(one.c.ydernummer) for one in lacking)))
    return {row.ydernummer for row in found}


def _names(connection: Connection, imports: Sequence[int]) -> dict[str, str]:
    columns = provider_version.c
    query = select(columns.ydernummer, columns.name).where(columns.import_id.in_(imports))
    return {row.ydernummer: row.name for row in connection.execute(query.order_by(columns.import_id))}


def _activate(connection: Connection, active: int, previous: int | None, kind: str, by: str, at: datetime) -> None:
    signing.note(connection, "yderregister")
    connection.execute(update(provider_register).values(active=active, previous=previous))
    connection.execute(insert(provider_activation).values(import_id=active, kind=kind, at=at, by=by))


def _forget_rows(connection: Connection, keep: Sequence[int | None]) -> None:
    kept = [import_id for import_id in keep if import_id is not None]
    connection.execute(delete(provider_version).where(provider_version.c.import_id.not_in(kept)))
