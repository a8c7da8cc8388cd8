"""Sealing: audit rows that are committed are put into their organisation's chain, a bounded number at a time.

The acts themselves only insert their rows; a trigger notes each in ``audit_unsealed`` in the same transaction. So no
act waits for another organisation's, or for the chain. What is in that table is what no chain holds yet.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from uuid import UUID

from sqlalchemy import Connection, Engine, bindparam, delete, func, insert, select

from gateway.domain import trail
from gateway.domain.scope import SystemScope
from gateway.domain.trail import Head
from gateway.store.ground.bulk import A_PASS
from gateway.store.ground.engine import db_now, transaction
from gateway.store.ground.ready import write
from gateway.store.ground.tables_audit import audit_seal, audit_unsealed
from gateway.store.trail.rows import owned_digests

_ONE_AT_A_TIME = 0x1AE6EB22  # advisory lock: two relays do not seal at once
_S = audit_seal.c
_WAITING = select(audit_unsealed.c.seq).order_by(audit_unsealed.c.seq).limit(bindparam("limit"))
_LAST = select(_S.number, _S.at, _S.head).where(_S.tenant == bindparam("chain")).order_by(_S.number.desc()).limit(1)
_NEXT = select(_S.tenant).where(_S.tenant > bindparam("after")).order_by(_S.tenant).limit(1)
_BEGUN = select(_S.tenant).where(_S.tenant == trail.NOBODYS).limit(1)
_SEALED = delete(audit_unsealed).where(audit_unsealed.c.seq.in_(bindparam("seqs", expanding=True)))
_INSERT = insert(audit_seal)


class SqlSealing:
    """``ports`` of the relay's upkeep and of ``laegebro audit seal``."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def seal(self, limit: int = A_PASS) -> int:
        """One pass: the oldest ``limit`` rows that wait; how many were sealed. None where another process is at it."""
        with transaction(self._engine, SystemScope()) as connection:
            if not _is_alone(connection):
                return 0
            seqs = connection.execute(_WAITING, {"limit": limit}).scalars().all()
            if seqs:
                _add(connection, seqs)
                connection.execute(_SEALED, {"seqs": list(seqs)})
            return len(seqs)

    def seal_all(self, passes: int = 50) -> int:
        """Pass after pass until nothing waits, or ``passes`` of them; how many rows."""
        total = 0
        for _ in range(passes):
            sealed = self.seal()
            total += sealed
            if sealed < A_PASS:
                break
        return total

    def heads(self) -> Sequence[Head]:
        """Where each chain ends now."""
        with transaction(self._engine, SystemScope(), read_only=True) as connection:
            return [head for chain in chains(connection) if (head := last_of(connection, chain)) is not None]


def chains(connection: Connection) -> Iterator[UUID]:
    """Every chain there is, one step in the index for each."""
    chain = connection.execute(_BEGUN).scalar()
    if chain is not None:
        yield chain
    chain = trail.NOBODYS
    while (chain := connection.execute(_NEXT, {"after": chain}).scalar()) is not None:
        yield chain


def last_of(connection: Connection, chain: UUID) -> Head | None:
    row = connection.execute(_LAST, {"chain": chain}).one_or_none()
    return Head(chain, row.number, row.at, bytes(row.head)) if row else None


def _is_alone(connection: Connection) -> bool:
    """SQLite has one writer anyway."""
    if connection.dialect.name != "postgresql":
        return True
    return bool(connection.execute(select(func.pg_try_advisory_xact_lock(_ONE_AT_A_TIME))).scalar())


def _add(connection: Connection, seqs: Sequence[int]) -> None:
    """One link more for each chain that has rows among these. A row that is gone before it was sealed is kept as
    absent, in the chain of no organisation."""
    found = owned_digests(connection, seqs)
    now, new = db_now(connection), []
    for chain, items in _by_chain(seqs, found).items():
        last = last_of(connection, chain)
        number, before = (last.number + 1, last.head) if last else (1, trail.BEGINNING)
        joined = b"".join(items)
        head = trail.head_of(before, chain, number, now, joined)
        link = {"tenant": chain, "number": number, "at": now, "rows": len(items), "content": joined, "head": head}
        new.append(link)
    write(connection, _INSERT, new)


def _by_chain(seqs: Iterable[int], found: Mapping[int, tuple[str, bytes]]) -> Mapping[UUID, list[bytes]]:
    chains: dict[UUID, list[bytes]] = {}
    for seq in seqs:
        owner, digest = found.get(seq, (trail.NULL, trail.ABSENT))
        chain = trail.NOBODYS if owner == trail.NULL else UUID(owner)
        chains.setdefault(chain, []).append(trail.item(seq, digest))
    return chains
