"""Which practices a connection reaches, and which of those it no longer reaches still have to learn something there."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import Connection, Text, bindparam, cast, exists, or_, select, union

from gateway.domain.identifiers import Ydernummer
from gateway.store.consultation.tables import entry_route, queue_entry
from gateway.store.ground.columns import in_json
from gateway.store.ground.engine import db_now
from gateway.store.practice import tables

STILL_TOLD = timedelta(days=7)

_given, _entry = tables.practice_connection.c, queue_entry.c
_THEIRS = (
    _entry.ydernummer == entry_route.c.ydernummer,
    cast(_entry.connections, Text).like(bindparam("named"), escape="/"),
)
# Two questions, since each is a range of the index; "open, or ended since" would be none.
_HOLDS_ENTRIES = or_(
    exists().where(*_THEIRS, _entry.ended_at.is_(None)),
    exists().where(*_THEIRS, _entry.ended_at > bindparam("since")),
)
_PRACTICES_OF = union(
    select(_given.ydernummer).where(_given.connection == bindparam("name")),
    select(entry_route.c.ydernummer).where(entry_route.c.connection == bindparam("name"), _HOLDS_ENTRIES),
)


def practices_of(connection: Connection, name: str) -> list[Ydernummer]:
    """Those reached by the connection of that name, and those it still holds entries of, or did a week ago: a practice
    that has moved away must still learn there how they ended."""
    values = {"name": name, "named": in_json(name), "since": db_now(connection) - STILL_TOLD}
    return [Ydernummer(digits) for digits in sorted(connection.execute(_PRACTICES_OF, values).scalars())]
