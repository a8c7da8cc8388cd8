"""The kinds of columns, keys and indexes the baseline uses, frozen with it. A column holds a value unless ``null``
says otherwise."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

_SERIAL64 = sa.BigInteger().with_variant(sa.Integer(), "sqlite")  # SQLite counts by itself only in INTEGER


def uuid(name: str, *, null: bool = False) -> sa.Column[Any]:
    return sa.Column(name, sa.Uuid(), nullable=null)


def code(name: str, length: int = 64, *, null: bool = False) -> sa.Column[Any]:
    return sa.Column(name, sa.String(length), nullable=null)


def text(name: str, *, null: bool = False, server_default: str | None = None) -> sa.Column[Any]:
    return sa.Column(name, sa.Text(), nullable=null, server_default=server_default)


def octets(name: str, *, null: bool = False) -> sa.Column[Any]:
    """Sealed values, keyed hashes, stored answers."""
    return sa.Column(name, sa.LargeBinary(), nullable=null)


def moment(name: str, *, null: bool = False) -> sa.Column[Any]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=null)


def day(name: str, *, null: bool = False) -> sa.Column[Any]:
    return sa.Column(name, sa.Date(), nullable=null)


def flag(name: str, *, null: bool = False) -> sa.Column[Any]:
    return sa.Column(name, sa.Boolean(), nullable=null)


def number(name: str, *, null: bool = False) -> sa.Column[Any]:
    return sa.Column(name, sa.Integer(), nullable=null, autoincrement=False)


def big(name: str, *, null: bool = False) -> sa.Column[Any]:
    return sa.Column(name, sa.BigInteger(), nullable=null, autoincrement=False)


def json(name: str, *, null: bool = False) -> sa.Column[Any]:
    return sa.Column(name, sa.JSON(), nullable=null)


def serial(name: str) -> sa.Column[Any]:
    """Counted by the database, 64 bits."""
    return sa.Column(name, _SERIAL64, nullable=False, autoincrement=True)


def serial32(name: str) -> sa.Column[Any]:
    """Counted by the database."""
    return sa.Column(name, sa.Integer(), nullable=False, autoincrement=True)


def primary_key(table: str, *columns: str) -> sa.PrimaryKeyConstraint:
    return sa.PrimaryKeyConstraint(*columns, name=f"pk_{table}")


def references(table: str, other: str, *, cascade: bool = False, **columns: str) -> sa.ForeignKeyConstraint:
    """``columns``: ours → theirs. ``cascade``: deleted with theirs."""
    name = f"fk_{table}_{next(iter(columns))}_{other}"
    theirs = [f"{other}.{column}" for column in columns.values()]
    return sa.ForeignKeyConstraint(list(columns), theirs, name=name, ondelete="CASCADE" if cascade else None)


def unique(table: str, *columns: str) -> sa.UniqueConstraint:
    return sa.UniqueConstraint(*columns, name="_".join(("uq", table, *columns)))


def index(name: str, table: str, *columns: str, unique: bool = False, where: str = "") -> None:
    """``where``: only over rows for which this holds."""
    part = sa.text(where) if where else None
    op.create_index(name, table, columns, unique=unique, sqlite_where=part, postgresql_where=part)
