"""A practice as a row of the register and back, and the folded text a search compares."""

from __future__ import annotations

import unicodedata
from operator import attrgetter

from gateway.domain.identifiers import Ydernummer
from gateway.domain.practice import Practice
from gateway.store.ground.sealing import Row
from gateway.store.register.provider_tables import provider_version

FIELDS = tuple(column.name for column in provider_version.columns if column.name not in ("import_id", "row", "folded"))


def folded(text: str) -> str:
    """One spelling for upper and lower case and for composed and decomposed letters (å as one sign or two)."""
    return " ".join(unicodedata.normalize("NFC", text).casefold().split())


_told = attrgetter(*FIELDS)


def row_of(practice: Practice) -> list[str | None]:
    """In the order of ``FIELDS``, then what a search compares; days as the database writes them."""
    number, *texts, since, until = _told(practice)
    search = folded(f"{practice.name} {practice.address} {practice.postcode} {practice.district}")
    return [number.digits, *texts, since.isoformat(), until.isoformat() if until else None, search]


def practice_of(row: Row) -> Practice:
    """From a row with at least the columns of ``FIELDS``."""
    return Practice(**{name: row[name] for name in FIELDS} | {"ydernummer": Ydernummer(row["ydernummer"])})
