"""Whose hand a transaction was: an administrator's engine writes an audit row into each of its own transactions.

``signed`` gives an engine whose every transaction that changes a row also holds the row of the audit trail that says
who did it, what and why; without the one there is not the other. ``reading`` gives one that cannot write at all.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import Connection, Engine, event, insert

from gateway.domain.people import ActorKind
from gateway.domain.records import Signature
from gateway.domain.scope import Scope, TenantScope
from gateway.store.ground.crypto import Vault
from gateway.store.ground.sealing import Place
from gateway.store.ground.tables_audit import audit

_SIGNATURE = "laegebro_signature"
_HAND = "laegebro_hand"
_READS = "laegebro_reads_only"
_INSERT = insert(audit)


class WritesRefused(RuntimeError):
    """A fault of ours: something was to be written by a command that says it only reads."""


class NotSigned(RuntimeError):
    """A fault of ours: an act that only an administrator may do came through an engine that nobody signed."""


@dataclass
class _Hand:
    """One transaction of one signature: whether it changed anything, and what of."""

    signature: Signature
    vault: Vault | None = None
    changed: bool = False
    tenant: UUID | None = None
    consultation: UUID | None = None
    what: str = ""
    said_already: bool = False

    def count(self, _connection: Any, cursor: Any, _statement: Any, _values: Any, context: Any, _many: Any) -> None:
        """After each statement. A driver that does not know how many rows it touched says -1."""
        writes = context.isinsert or context.isupdate or context.isdelete
        self.changed = self.changed or context.isddl or (writes and cursor.rowcount != 0)


def signed(engine: Engine, signature: Signature, vault: Vault | None = None) -> Engine:
    """The same database and pool, under that signature; ``vault`` seals its name where it has one."""
    return engine.execution_options(**{_SIGNATURE: (signature, vault)})


def reading(engine: Engine) -> Engine:
    """The same database and pool, to read only."""
    return engine.execution_options(**{_READS: True})


def require_may_write(connection: Connection) -> None:
    if connection.get_execution_options().get(_READS, False):
        raise WritesRefused


@contextmanager
def by_hand(connection: Connection, scope: Scope, now: Callable[[], datetime]) -> Iterator[Connection]:
    """The connection to work on; on leaving, the audit row where a signed transaction changed something."""
    signed_by: tuple[Signature, Vault | None] | None = connection.get_execution_options().get(_SIGNATURE)
    if signed_by is None:
        yield connection
        return
    hand = _Hand(*signed_by, tenant=scope.tenant if isinstance(scope, TenantScope) else None)
    connection = connection.execution_options(**{_HAND: hand})
    event.listen(connection, "after_cursor_execute", hand.count)
    yield connection
    if hand.changed and not hand.said_already:
        connection.execute(_INSERT, _values(hand, now()))


def note(connection: Connection, what: str, tenant: UUID | None = None, consultation: UUID | None = None) -> None:
    """Say in the audit row of this transaction what the act was about. Where nobody signed there is no such row."""
    hand: _Hand | None = connection.get_execution_options().get(_HAND)
    if hand is not None:
        hand.what, hand.tenant, hand.consultation = what, hand.tenant or tenant, consultation


def whose(connection: Connection) -> tuple[str, str]:
    """By whom and why, as it was signed; "" where nobody signed."""
    hand: _Hand | None = connection.get_execution_options().get(_HAND)
    return (hand.signature.name or hand.signature.by, hand.signature.reason) if hand is not None else ("", "")


def said_already(connection: Connection) -> None:
    """This transaction is one of many parts of an act, and the row of the whole stands in the trail already."""
    hand: _Hand | None = connection.get_execution_options().get(_HAND)
    if hand is not None:
        hand.said_already = True


def require_signed(connection: Connection) -> None:
    """``NotSigned`` where the act is an administrator's and the engine is nobody's."""
    if connection.get_execution_options().get(_HAND) is None:
        raise NotSigned


def _values(hand: _Hand, now: datetime) -> dict[str, Any]:
    signature, id = hand.signature, uuid4()
    return {
        "id": id,
        "at": now,
        "tenant": hand.tenant,
        "organisation": signature.organisation,
        "verb": "write",
        "what": f"{signature.act} {hand.what}".strip(),
        "consultation": hand.consultation,
        "case_hash": None,
        "basis": signature.reason,
        "channel": signature.channel,
        "actor_kind": str(ActorKind.ADMIN),
        "actor_id": signature.by,
        "actor_role": signature.account,
        "actor_name": _sealed_name(hand, str(id)),
    }


def _sealed_name(hand: _Hand, id: str) -> bytes:
    name = hand.signature.name
    if not name or hand.vault is None:
        return b""
    return Place(hand.vault, "audit", id, hand.tenant).seal(actor_name=name)["actor_name"]
