"""Column types shared by all tables: moments in UTC, sealed values, codes."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import BigInteger, Boolean, Column, DateTime, Dialect, Integer, LargeBinary, String, Text, Uuid
from sqlalchemy.types import TypeDecorator

# SQLite counts by itself only in a column declared INTEGER.
Sequence64 = BigInteger().with_variant(Integer(), "sqlite")


class Moment(TypeDecorator[datetime]):
    """An aware UTC datetime on both databases; a naive one is refused. SQLite keeps it as text that sorts by time."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment needs a time zone")
        utc = value.astimezone(UTC)
        return utc.replace(tzinfo=None) if dialect.name == "sqlite" else utc

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def in_json(name: str) -> str:
    """A pattern for LIKE with ``escape="/"``: the name stands in a JSON list of names as JSON writes it."""
    written = json.dumps(name)
    return "%" + written.replace("/", "//").replace("%", "/%").replace("_", "/_") + "%"


def sealed(name: str) -> Column[bytes]:
    """A value of the citizen's or about a person: see crypto.Vault. Empty where there is nothing."""
    return Column(name, LargeBinary, nullable=False, default=b"")


def code(name: str, *, length: int = 64, **options: Any) -> Column[str]:
    """A code, id or name of a thing: never about a person."""
    return Column(name, String(length), nullable=False, default="", **options)


def words(name: str) -> Column[str]:
    """A name or a text of any length that is not about a person: a peer's fault, a workplace, a role as typed."""
    return Column(name, Text, nullable=False, default="")


def moment(name: str, *, required: bool = False) -> Column[datetime]:
    return Column(name, Moment, nullable=not required)


def flag(name: str) -> Column[bool]:
    return Column(name, Boolean, nullable=False, default=False)


def count(name: str, start: int = 0) -> Column[int]:
    return Column(name, Integer, nullable=False, default=start)


def uuid(name: str, *, required: bool = True, key: bool = False) -> Column[Any]:
    return Column(name, Uuid, nullable=not required, primary_key=key)
