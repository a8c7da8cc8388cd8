"""When somebody last looked at the queues of practices, on our own waiting-room page."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from sqlalchemy import Engine, bindparam, func, select

from gateway.domain.identifiers import Ydernummer
from gateway.domain.scope import SystemScope
from gateway.store.ground.engine import transaction
from gateway.store.practice.tables import practice_attendance

A_PASS = 500
_A = practice_attendance.c
_LAST = (
    select(_A.ydernummer, func.max(_A.seen_at))
    .where(_A.ydernummer.in_(bindparam("these", expanding=True)))
    .group_by(_A.ydernummer)
)


class SqlAttended:
    """Reads only."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def last(self, ydernumre: Sequence[Ydernummer]) -> dict[Ydernummer, datetime]:
        with transaction(self._engine, SystemScope(), read_only=True) as connection:
            return {
                Ydernummer(digits): seen
                for some in _passes([each.digits for each in ydernumre])
                for digits, seen in connection.execute(_LAST, {"these": some})
            }


def _passes(all_of_them: Sequence[str]) -> Iterator[Sequence[str]]:
    yield from (all_of_them[first : first + A_PASS] for first in range(0, len(all_of_them), A_PASS))
