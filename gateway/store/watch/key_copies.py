"""Consultations' own keys on their way out and in again: kept apart from dumps, and for a much shorter time.

A copy is a file of lines in JSON: a head, one line for each key (still sealed under the data key), and how many there
were. A dump is restored with the newest copy there is. What was erased since the dump has another key by then, so
its texts stay closed; ``put_back`` finishes those erasures in the restored rows (restoring.py). What the dump holds as
owed may have been delivered since: each such row is marked as one that may have been received, so that the peer is
asked before anything is sent again.
"""

from __future__ import annotations

import json
from base64 import b64decode, b64encode
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Engine, bindparam, exists, func, select, update

from gateway.domain.errors import ConfigFault
from gateway.domain.peers.delivery import DeliveryStatus
from gateway.domain.scope import SystemScope
from gateway.store.consultation.tables import consultation, consultation_key
from gateway.store.consultation.tables_deliveries import delivery
from gateway.store.ground.crypto import Vault
from gateway.store.ground.engine import at_leisure, db_now, transaction
from gateway.store.ground.upsert import upsert_rows
from gateway.store.watch.restoring import finish_erasures

FORM = "laegebro-consultation-keys-1"
_PAGE = 1_000
_K = consultation_key.c
_KEYS = (
    select(_K.tenant, _K.consultation, _K.wrapped, _K.erased_at)
    .where(_K.consultation > bindparam("reached"))
    .order_by(_K.consultation)
    .limit(_PAGE)
)
_KNOWN = select(consultation.c.id).where(consultation.c.id.in_(bindparam("ids", expanding=True)))
_ERASED = select(_K.consultation, _K.erased_at).where(
    _K.consultation.in_(bindparam("ids", expanding=True)), _K.erased_at.is_not(None)
)
_WITHOUT = select(func.count()).select_from(consultation).where(~exists().where(_K.consultation == consultation.c.id))

_OWED = (str(DeliveryStatus.DUE), str(DeliveryStatus.STUCK))
_MAY_BE_THERE = update(delivery).where(delivery.c.status.in_(_OWED)).values(unknown=True)


@dataclass(frozen=True, slots=True)
class PutBack:
    """``keys`` written, ``erased`` finished, ``closed``: consultations for which there is no key, and ``asked``: how
    many deliveries will be asked about before they are sent."""

    keys: int
    erased: int
    closed: int
    asked: int = 0


class SqlKeyCopies:
    """``vault`` seals what finishing an erasure writes."""

    def __init__(self, engine: Engine, vault: Vault) -> None:
        self._engine = engine
        self._vault = vault

    def lines(self) -> Iterator[str]:
        """A copy of every key as they stand at one moment, line by line."""
        with transaction(self._engine, SystemScope(), read_only=True) as connection:
            yield json.dumps({"form": FORM, "at": db_now(connection).isoformat()})
            count = 0
            for row in _all_keys(connection):
                count += 1
                yield json.dumps(_line(row))
            yield json.dumps({"keys": count})

    def put_back(self, lines: Iterable[str]) -> PutBack:
        """All of it or nothing. A key that stands there already is replaced: the copy knows better than the dump, save
        what is erased there.
        ``ConfigFault`` where it is not a whole copy."""
        rows = _whole(lines)
        with at_leisure(self._engine) as connection:
            keys = sum(_put(connection, rows[start : start + _PAGE]) for start in range(0, len(rows), _PAGE))
            erased = finish_erasures(connection, self._vault)
            closed = int(connection.execute(_WITHOUT).scalar_one())
            asked = connection.execute(_MAY_BE_THERE).rowcount
        return PutBack(keys, erased, closed, asked)


def _all_keys(connection: Connection) -> Iterator[Any]:
    reached = UUID(int=0)
    while page := connection.execute(_KEYS, {"reached": reached}).all():
        yield from page
        reached = page[-1].consultation


def _line(row: Any) -> Mapping[str, str]:
    said = {"tenant": str(row.tenant), "consultation": str(row.consultation)}
    erased = {"erased_at": row.erased_at.isoformat()} if row.erased_at else {}
    return said | {"wrapped": b64encode(row.wrapped).decode()} | erased


def _whole(lines: Iterable[str]) -> Sequence[dict[str, Any]]:
    try:
        head, *rows, end = (json.loads(line) for line in lines)
        complete = head["form"] == FORM and end["keys"] == len(rows)
        read = [_row(said) for said in rows]
    except (ValueError, KeyError, TypeError):
        complete = False
    if not complete:
        raise ConfigFault("--from: no copy of consultations' keys, or not a whole one")
    return read


def _row(said: Mapping[str, str]) -> dict[str, Any]:
    erased = said.get("erased_at")
    return {
        "tenant": UUID(said["tenant"]),
        "consultation": UUID(said["consultation"]),
        "wrapped": b64decode(said["wrapped"], validate=True),
        "erased_at": datetime.fromisoformat(erased) if erased else None,
    }


def _put(connection: Connection, page: Sequence[dict[str, Any]]) -> int:
    """Those whose consultation the dump knows: the others are younger than it. What was erased here stays erased,
    whatever an older copy says."""
    ids = [row["consultation"] for row in page]
    known = set(connection.execute(_KNOWN, {"ids": ids}).scalars())
    erased = {row.consultation: row.erased_at for row in connection.execute(_ERASED, {"ids": ids})}
    there = [row for row in page if row["consultation"] in known and _is_newer(row, erased.get(row["consultation"]))]
    upsert_rows(connection, consultation_key, there)
    return len(there)


def _is_newer(row: Mapping[str, Any], erased_here: datetime | None) -> bool:
    return erased_here is None or (row["erased_at"] is not None and row["erased_at"] >= erased_here)
