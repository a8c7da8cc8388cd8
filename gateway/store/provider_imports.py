"""Bringing a register in: checked to its end outside the database, then swapped in by one transaction.

The rows of the active and of the previous import are kept, so that a bad file can be taken back; of older imports
only the record remains.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from itertools import islice
from tempfile import TemporaryFile
from typing import IO, Any, Protocol

from sqlalchemy import Connection, Engine, Row, delete, insert, select, update

from gateway.domain.errors import ConcurrentChange, NotFound
from gateway.domain.practice import Practice
from gateway.domain.scope import SystemScope
from gateway.store.bulk import insert_rows
from gateway.store.engine import db_now, transaction
from gateway.store.provider_rows import FIELDS, row_of
from gateway.store.registers import provider_activation, provider_import, provider_register, provider_version
from gateway.store.upsert import upsert

BATCH = 500


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


@contextmanager
def checked(file: RegisterFile) -> Iterator[IO[str]]:
    """Read the file to its end, its practices as lines of a temporary file: a refusal has then touched nothing, and
    the database's only writer is not kept waiting by the parser."""
    with TemporaryFile("w+", encoding="utf-8") as rows:
        for practice in file.practices():
            rows.write(json.dumps(list(row_of(practice).values()), default=str, ensure_ascii=False) + "\n")
        rows.seek(0)
        yield rows


def swap(
    engine: Engine, file: RegisterFile, rows: IO[str], before: RegisterStatus | None, by: str, at: datetime
) -> ImportReport:
    with transaction(engine, SystemScope()) as connection:
        pointer = _locked(connection)
        if pointer.active != (before.id if before else None):
            raise ConcurrentChange
        new = _record(connection, file, by, at)
        total = _store(connection, rows, new)
        report = _compared(connection, pointer.active, new, file, total)
        counted = {"total": total, "added": report.added, "changed": report.changed, "closed": report.closed}
        connection.execute(update(provider_import).where(provider_import.c.id == new).values(**counted))
        _activate(connection, new, pointer.active, "import", by, at)
        _forget_rows(connection, keep=(new, pointer.active))
        return report


def rollback(engine: Engine, by: str, at: datetime | None) -> RegisterStatus:
    with transaction(engine, SystemScope()) as connection:
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


def _store(connection: Connection, rows: IO[str], new: int) -> int:
    total = 0
    columns = ("import_id", "row", *FIELDS, "folded")
    while batch := [json.loads(line) for line in islice(rows, BATCH)]:
        numbered = [(new, total + at, *row) for at, row in enumerate(batch)]
        insert_rows(connection, provider_version, columns, numbered)
        total += len(batch)
    return total


def _compared(connection: Connection, old: int | None, new: int, file: RegisterFile, total: int) -> ImportReport:
    former = _prints(connection, old, file.opgdato) if old is not None else {}
    present = _prints(connection, new, file.opgdato)
    added = sum(1 for number in present if number not in former)
    ended = {n for n, (_, valid) in former.items() if valid and not present.get(n, (0, False))[1]}
    changed = sum(1 for n, (mark, _) in present.items() if n in former and n not in ended and former[n][0] != mark)
    return ImportReport(added, changed, len(ended), total, file.opgdato, file.timestamp)


def changes(engine: Engine) -> list[tuple[str, str, str]]:
    """Practice by practice, as ``ImportReport`` counts them; empty where nothing is kept to compare with."""
    with transaction(engine, SystemScope(), read_only=True) as connection:
        pointer = connection.execute(select(provider_register)).one_or_none()
        if pointer is None or pointer.previous is None:
            return []
        day = provider_import.c.opgdato
        on: date = connection.execute(select(day).where(provider_import.c.id == pointer.active)).scalar_one()
        former, present = (_prints(connection, id, on) for id in (pointer.previous, pointer.active))
        names = _names(connection, (pointer.previous, pointer.active))
    found = [(_kind(former.get(number), mark), number) for number, mark in present.items()]
    found += [("closed", number) for number in former if number not in present]
    return [(kind, number, names[number]) for kind, number in sorted(found) if kind]


def _kind(former: tuple[int, bool] | None, present: tuple[int, bool]) -> str:
    if former is None:
        return "added"
    if former[1] and not present[1]:
        return "closed"
    return "changed" if former[0] != present[0] else ""


def _names(connection: Connection, imports: Sequence[int]) -> dict[str, str]:
    columns = provider_version.c
    query = select(columns.ydernummer, columns.name).where(columns.import_id.in_(imports))
    return {row.ydernummer: row.name for row in connection.execute(query.order_by(columns.import_id))}


def _prints(connection: Connection, import_id: int, on: date) -> dict[str, tuple[int, bool]]:
    """For each ydernummer: a mark over all its versions, and whether one of them is valid on that day."""
    columns = [provider_version.c[name] for name in FIELDS]
    query = select(*columns).where(provider_version.c.import_id == import_id).order_by(*columns)
    prints: dict[str, tuple[int, bool]] = {}
    for row in connection.execute(query, execution_options={"yield_per": BATCH}):
        mark, valid = prints.get(row.ydernummer, (0, False))
        holds = row.valid_from <= on and (row.valid_to is None or on < row.valid_to)
        prints[row.ydernummer] = (hash((mark, *row)), valid or holds)
    return prints


def _activate(connection: Connection, active: int, previous: int | None, kind: str, by: str, at: datetime) -> None:
    connection.execute(update(provider_register).values(active=active, previous=previous))
    connection.execute(insert(provider_activation).values(import_id=active, kind=kind, at=at, by=by))


def _forget_rows(connection: Connection, keep: Sequence[int | None]) -> None:
    kept = [import_id for import_id in keep if import_id is not None]
    connection.execute(delete(provider_version).where(provider_version.c.import_id.not_in(kept)))
