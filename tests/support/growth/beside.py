"""Rows of every table that names no consultation, as many as long use leaves there; values only as odd as they must be.

``FIXED`` names the tables that do not grow with use, each with its reason; every other table is filled.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, Boolean, Column, Date, Integer, LargeBinary, Table, Uuid

from gateway.domain.alarm import AlarmKind, Edge
from gateway.domain.call_room import Stage
from gateway.domain.practice import VideoHours
from gateway.store.ground.columns import Moment
from gateway.store.ground.schema import metadata
from gateway.store.practice.hours import written
from tests.support.growth.history import Owner, Row, encoded, tables_of_consultations

FIXED: Mapping[str, str] = {
    "audit_unsealed": "audit rows of the last seconds, until the relay has put them into their chain",
    "connection": "one row per connected system",
    "connection_health": "one row per connected system",
    "connection_revision": "a few changes of each connected system's stanza",
    "contract_run": "what an administrator asks for: some a month for each system that is being connected",
    "contract_verdict": "what an administrator asks for: some a month for each system that is being connected",
    "fhir_subscription": "one or two per connected practice system",
    "head_failure": "one row per place where the heads of the audit go, while it fails",
    "maintenance": "some windows a month for each connected system, kept for a year",
    "maintenance_connection": "some windows a month for each connected system, kept for a year",
    "media_process": "one row per media process",
    "peer_poll": "one row per connected system",
    "process_beat": "one row per process that was started in the last ninety days",
    "provider_activation": "one row per import of the register, by a person or a nightly job",
    "provider_import": "one row per import of the register",
    "provider_register": "one row",
    "provider_version": "two imports of the country's practices: no use adds a row",
    "resealing": "one row per table that holds sealed values",
    "register_activation": "one row per import of a register",
    "register_import": "one row per import of a register",
    "register_state": "one row per register",
    "log_review": "the review of a month: a hundred rows or less, by hand, in an organisation",
    "setup_revision": "what an organisation decides, by hand: some tens a year",
    "workplace": "an organisation's list of workplaces, as its administrators write it",
    "approval": "what administrators ask each other: some a month in an organisation, kept for five years",
    "wish": "what people write to their support by hand: some tens a month in an organisation, kept for two years",
    "tenant": "the country's municipalities and regions, and a few private providers",
}
PLACE = UUID(int=3)  # where half of those who have a workplace work
Columns = dict[str, list[Any]]


class Makers:
    """How the rows of one table look; ``owners`` are those of the consultations."""

    def __init__(self, owners: list[Owner], now: datetime, subscription: UUID, sqlite: bool) -> None:
        self._owners, self._now, self._subscription, self._sqlite = owners, now, subscription, sqlite
        self._dice = random.Random(2)
        self._own: Mapping[str, Callable[[int], Row]] = {
            "alarm": lambda n: {"kind": str(AlarmKind.ILL), "ended_at": self._moment("ended_at", n)},
            "alarm_notice": lambda n: {"edge": str(Edge.START), "sent_at": self._moment("sent_at", n)},
            "clinic_practice": lambda n: {"ydernummer": digits(n)},
            "employee": self._employee,
            "fhir_event": self._event,
            "fhir_token": lambda _n: {"connection": "venteværelse", "scope": "system/Task.rs"},
            "outside_room": lambda n: {"stage": str(Stage.REMOVED), "connection": "vdx"},
            "practice_connection": lambda n: {"ydernummer": digits(n), "connection": f"gp-{n % 20}", "position": 0},
            "practice_profile": lambda n: {
                "ydernummer": digits(n),
                "hours": written(VideoHours()),
                "agreement": "free",
                "synthetic": True,
            },
            "sor_unit": lambda n: {"import_id": 1, "row": n, "sor_id": f"{n:018}", "ydernummer": digits(n)},
            "stored_answer": lambda n: {"message": f"message-{n}", "due_at": None, "tenant": None},
            "substitution": lambda n: {"ydernummer": digits(n), "substitute": digits(n + 1)},
            "synthetic_run": lambda _n: {"failed_at": ""},
            "workplace_grant": self._grant,
        }
        self._ids: dict[str, list[UUID]] = {}

    def rows(self, table: Table, start: int, end: int) -> Iterator[tuple[Table, Row]]:
        """Each column's values are made together: a million consultations have eight million rows beside them."""
        numbers, own = range(start, end), self._own.get(table.name)
        columns = {c.name: self._values(table, c, numbers) for c in table.columns if not _numbered(c)}
        columns |= self._of_parents(table, numbers)
        for place, row in enumerate(map(own, numbers) if own else ()):
            for name, value in row.items():
                columns.setdefault(name, [None] * len(numbers))[place] = value
        if "id" in columns:
            self._ids.setdefault(table.name, []).extend(columns["id"])
        written = [[encoded(value, self._sqlite) for value in values] for values in columns.values()]
        for row in zip(*written, strict=True):
            yield table, dict(zip(columns, row, strict=True))

    def known(self, table: str, number: int) -> UUID:
        ids = self._ids[table]
        return ids[number % len(ids)]

    def _of_parents(self, table: Table, numbers: range) -> Columns:
        """Each foreign key names a row that was written before; those to a table of ``FIXED`` are in ``_own``."""
        keys = [key for key in table.foreign_keys if key.column.table.name in self._ids]
        return {key.parent.name: [self.known(key.column.table.name, n) for n in numbers] for key in keys}

    def _employee(self, n: int) -> Row:
        """Half of them gone for long."""
        return {"name": b"", "last_seen_at": self._now - timedelta(days=200 * (n // 2 % 2))}

    def _grant(self, n: int) -> Row:
        """Half of them at one workplace; some an administrator has granted, and nobody uses them."""
        hers = {"source": "idp", "employee": self.known("employee", n)} if n % 8 != 1 else {"source": "*"}
        return hers | ({"workplace": PLACE} if n % 2 else {})

    def _event(self, n: int) -> Row:
        return {"subscription": self._subscription, "number": n + 1}

    def _values(self, table: Table, column: Column[Any], numbers: range) -> list[Any]:
        kind, name = column.type, column.name
        if isinstance(kind, Moment):
            return [None] * len(numbers) if column.nullable else [self._moment(name, number) for number in numbers]
        if isinstance(kind, Uuid):
            owners = self._owners
            return [owners[n % len(owners)].tenant if name == "tenant" else self._uuid() for n in numbers]
        if isinstance(kind, Integer):
            return list(numbers)
        if isinstance(kind, LargeBinary):
            return [self._dice.randbytes(16) for _ in numbers]
        for others, value in ((Boolean, False), (JSON, {}), (Date, date(2020, 1, 1))):
            if isinstance(kind, others):
                return [value] * len(numbers)
        return [self._text(column, number) for number in numbers]

    def _moment(self, name: str, number: int) -> datetime:
        """Of a hundred that expire a few have done so; what has been is spread over the last day."""
        if name == "expires_at":
            return self._now + timedelta(minutes=number % 100 - 3)
        return self._now - timedelta(seconds=number % 86_400)

    def _text(self, column: Column[Any], number: int) -> str:
        if "ydernummer" in column.name or column.name in ("own", "future"):
            return digits(number)
        return f"{column.name}-{number}"[: getattr(column.type, "length", None)]

    def _uuid(self) -> UUID:
        return UUID(int=self._dice.getrandbits(128))


def _numbered(column: Column[Any]) -> bool:
    """The database counts these itself."""
    return column.name == "seq"


def digits(number: int) -> str:
    return f"{500_000 + number:06}"


def filled_beside() -> list[Table]:
    """The tables that are filled here, parents first."""
    theirs = {table.name for table in tables_of_consultations()}
    return [t for t in metadata.sorted_tables if t.name not in FIXED and t.name not in theirs]
