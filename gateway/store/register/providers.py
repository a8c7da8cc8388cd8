"""The provider directory: which practice a ydernummer is on a given day, and the way a new register gets in."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from datetime import date, datetime
from pathlib import Path
from typing import BinaryIO, Protocol

from sqlalchemy import ColumnElement, Engine, and_, bindparam, case, or_, select

from gateway.domain.consultation import rehearsal
from gateway.domain.errors import ConfigFault
from gateway.domain.identifiers import Ydernummer
from gateway.domain.practice import GENERAL_PRACTICE, Practice
from gateway.domain.scope import SystemScope
from gateway.store.ground.engine import one_look, transaction
from gateway.store.ground.ready import rows
from gateway.store.register import provider_imports
from gateway.store.register.provider_imports import ImportReport, RegisterFile, RegisterStatus
from gateway.store.register.provider_rows import FIELDS, folded, practice_of, row_of
from gateway.store.register.provider_tables import provider_register, provider_version
from gateway.store.register.spool import spooled

_v = provider_version.c
_IS_ACTIVE = _v.import_id == select(provider_register.c.active).scalar_subquery()
_OF_NUMBER = select(*(_v[name] for name in FIELDS)).where(_IS_ACTIVE, _v.ydernummer == bindparam("number"))

_OF_NUMBERS = select(*(_v[name] for name in FIELDS)).where(
    _IS_ACTIVE, _v.ydernummer.in_(bindparam("numbers", expanding=True))
)
A_PASS = 500


class RegisterReader(Protocol):
    """``masterdata.yderregister.opened``, as the wiring introduces it."""

    def __call__(
        self, source: Path | str | BinaryIO, newer_than: tuple[date, str] | None = None
    ) -> AbstractContextManager[RegisterFile]: ...


class SqlProviderDirectory:
    """``ports.ProviderDirectory`` over the active import. Without a ``reader`` it only answers."""

    def __init__(self, engine: Engine, reader: RegisterReader | None = None) -> None:
        self._engine = engine
        self._reader = reader

    def find(self, ydernummer: Ydernummer, on: date) -> Practice | None:
        """The version valid on that day, else the latest one, else None. Where the register has two versions valid
        on one day, the one that began last."""
        if ydernummer == rehearsal.NUMBER:
            return rehearsal.PRACTICE
        with one_look(self._engine) as connection:
            versions = [practice_of(row) for row in rows(connection, _OF_NUMBER, {"number": ydernummer.digits})]
        return max(versions, key=lambda version: (version.valid_on(on), version.valid_from), default=None)

    def find_all(self, ydernumre: Sequence[Ydernummer], on: date) -> dict[Ydernummer, Practice]:
        """What ``find`` says of each that the register holds."""
        found: dict[Ydernummer, Practice] = {}
        with one_look(self._engine) as connection:
            for first in range(0, len(ydernumre), A_PASS):
                numbers = [each.digits for each in ydernumre[first : first + A_PASS]]
                versions = [practice_of(row) for row in rows(connection, _OF_NUMBERS, {"numbers": numbers})]
                for each in sorted(versions, key=lambda version: (version.valid_on(on), version.valid_from)):
                    found[each.ydernummer] = each
        return found

    def search(self, text: str, on: date, limit: int = 20) -> Sequence[Practice]:
        """Practices valid on that day whose ydernummer begins with ``text`` or is it without its zeros, or whose name,
        address and place hold each of its words; general practices first."""
        words = folded(text).split()
        if not words:
            return []
        valid = and_(_v.valid_from <= on, or_(_v.valid_to.is_(None), _v.valid_to > on))
        general_first = case((_v.speciality == GENERAL_PRACTICE, 0), else_=1)
        query = (
            select(provider_version)
            .where(_IS_ACTIVE, valid, _matches(words))
            .order_by(general_first, _v.folded, _v.ydernummer, _v.valid_from.desc())
            .limit(limit * 4)  # a number may stand there in several versions
        )
        with transaction(self._engine, SystemScope(), read_only=True) as connection:
            found = [practice_of(row) for row in connection.execute(query).mappings()]
        return list({practice.ydernummer: practice for practice in reversed(found)}.values())[::-1][:limit]

    def import_file(self, source: Path | str | BinaryIO, by: str, at: datetime) -> ImportReport:
        """Swap the whole register for the one in ``source``, or raise and leave everything as it was.

        The file is read and checked to its end before the database's writer is asked for. Raises the reader's
        refusal, or ``ConcurrentChange`` where another import came first.
        """
        if self._reader is None:
            raise ConfigFault("providers: no reader of register files was introduced")
        before = provider_imports.status(self._engine)
        newer_than = (before.opgdato, before.timestamp) if before else None
        with self._reader(source, newer_than) as file, spooled(map(row_of, file.practices())) as listed:
            return provider_imports.swap(self._engine, file, listed, before, by, at)

    def rollback(self, by: str, at: datetime | None = None) -> RegisterStatus:
        """Go back to the import before the active one. ``NotFound`` where there is none."""
        return provider_imports.rollback(self._engine, by, at)

    def status(self) -> RegisterStatus | None:
        """The active import; None before the first one."""
        return provider_imports.status(self._engine)

    def changes(self) -> Sequence[tuple[str, str, str]]:
        """(added | changed | closed, ydernummer, name) of the active import against the one before, where kept."""
        return provider_imports.changes(self._engine)

    def history(self, limit: int = 50) -> Sequence[RegisterStatus]:
        """All imports, the newest first, whether or not their rows are still kept."""
        return provider_imports.history(self._engine, limit)


def _matches(words: Sequence[str]) -> ColumnElement[bool]:
    by_words = and_(*(_v.folded.contains(word, autoescape=True) for word in words))
    if len(words) == 1 and words[0].isdecimal():
        number = words[0]  # as it is written, or as a spreadsheet has left it: without its zeros
        return or_(_v.ydernummer.startswith(number, autoescape=True), _v.ydernummer == number.zfill(6), by_words)
    return by_words
