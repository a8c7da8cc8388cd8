"""What attempts came to: rows, attempts and the health of their connections, for all that end at once in one commit."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Boolean, Connection, Text, bindparam, case, func, update

from gateway.domain.peers.breaker import trouble_of, was_asked
from gateway.domain.peers.delivery import Delivery, DeliveryStatus, Outcome, Receipt
from gateway.domain.peers.verdict import WELL, Verdict
from gateway.store.consultation import undone
from gateway.store.consultation.tables_deliveries import delivery, delivery_attempt
from gateway.store.ground.columns import Moment
from gateway.store.peers import health

_D, _A = delivery.c, delivery_attempt.c
_STATUS = {Outcome.DONE: DeliveryStatus.DONE, Outcome.REFUSED: DeliveryStatus.STUCK}
_NOW = bindparam("now", type_=Moment)


def _said(name: str) -> Any:
    """Only what the receipt says: a later, emptier one takes nothing back."""
    column = _D[name]
    return func.coalesce(bindparam(f"said_{name}", type_=column.type), column)


# Fenced: an owner that came back after its lease was taken over changes nothing.
_OURS = update(delivery).where(
    _D.id == bindparam("this"), _D.lease == bindparam("held"), _D.status == str(DeliveryStatus.DUE)
)
_SETTLE = _OURS.values(
    status=bindparam("became"),
    due_at=func.coalesce(bindparam("due", type_=Moment), _D.due_at),
    lease=None,
    lease_until=None,
    crashes=0,
    lost=0,
    unknown=func.coalesce(bindparam("doubt", type_=Boolean), _D.unknown),
    sent_at=case((bindparam("sent", type_=Boolean), func.coalesce(_D.sent_at, _NOW)), else_=_D.sent_at),
    fault=bindparam("why", type_=Text),
    reference=_said("reference"),
    received_at=_said("received_at"),
    filed_at=_said("filed_at"),
    replayed=_said("replayed"),
)
# The connection rests, not the row: afterwards it goes before those that came after it.
_KEEP_PLACE = update(delivery).where(_D.id == bindparam("this")).values(due_at=_D.created_at)
_END = update(delivery_attempt).where(_A.delivery == bindparam("this"), _A.number == bindparam("attempt"))
_END = _END.values(ended_at=_NOW, outcome=bindparam("became"), fault=bindparam("why", type_=Text))


@dataclass
class Settlement:
    """``verdict``: what the attempt says of the connection. ``written`` is set with the commit: False where the lease
    was no longer ours."""

    delivery: Delivery
    outcome: Outcome
    pause: timedelta
    receipt: Receipt | None = None
    fault: str = ""
    verdict: Verdict = WELL
    written: bool | None = field(default=None, init=False)


class InOneCommit:
    """Several threads' settlements: whoever comes first writes for all who wait."""

    def __init__(self, write: Callable[[Sequence[Settlement]], None]) -> None:
        self._write = write
        self._waiting: list[Settlement] = []
        self._one_writer = threading.Lock()
        self._list = threading.Lock()

    def __call__(self, one: Settlement) -> bool:
        """Whether it was written. A failed commit is raised to each whose settlement was in it: then it is tried once
        more alone by its own thread."""
        with self._list:
            self._waiting.append(one)
        with self._one_writer:
            if one.written is None:
                with self._list:
                    together = [each for each in self._waiting if each is not one]
                    self._waiting = []
                self._write([one, *together])
        return bool(one.written)


class Beside:
    """``ports.Settling``: one settlement inside the commit of something else."""

    def __init__(self, one: Settlement, now: Callable[[Connection], datetime], jitter: Callable[[], float]) -> None:
        self._one = one
        self._now = now
        self._jitter = jitter
        self.written = False

    def __call__(self, connection: Connection) -> None:
        write(connection, [self._one], self._now(connection), self._jitter)
        self.written = True


def write(
    connection: Connection, settlements: Sequence[Settlement], now: datetime, jitter: Callable[[], float]
) -> list[bool]:
    """Which of them were written, inside the caller's transaction."""
    # In the order of their ids, so that two processes that settle at once never wait for each other in a circle.
    written = {id(one): _write_row(connection, one, now) for one in sorted(settlements, key=_row_id)}
    of_ours = [one for one in settlements if written[id(one)]]
    for one in sorted(of_ours, key=lambda each: each.delivery.connection):
        _note_health(connection, one, now, jitter)
    if of_ours:
        connection.execute(_END, [_ending(one, now) for one in of_ours])
    for one in of_ours:
        if one.outcome is Outcome.REFUSED:
            undone.weigh_after(connection, str(one.delivery.kind), one.delivery.consultation)
    return [written[id(one)] for one in settlements]


def _row_id(one: Settlement) -> str:
    return str(one.delivery.id)


def _write_row(connection: Connection, one: Settlement, now: datetime) -> bool:
    return connection.execute(_SETTLE, _values(one, now)).rowcount == 1


def _ending(one: Settlement, now: datetime) -> dict[str, Any]:
    values = {"this": one.delivery.id, "attempt": one.delivery.attempt, "now": now}
    return values | {"became": str(one.outcome), "why": one.fault}


_DOUBT = {Outcome.DONE: False, Outcome.UNKNOWN: True, Outcome.TO_ASK: True}  # others leave it as it was
_NOTHING_SENT = (Outcome.NOT_DONE, Outcome.TO_ASK)


def _note_health(connection: Connection, one: Settlement, now: datetime, jitter: Callable[[], float]) -> None:
    name, trouble = one.delivery.connection, trouble_of(one.verdict)
    if trouble is not None:
        breaker = health.note_trouble(connection, name, trouble, now, jitter())
        if not breaker.is_closed and one.outcome in _NOTHING_SENT:
            connection.execute(_KEEP_PLACE, {"this": one.delivery.id})
    elif was_asked(one.verdict):
        health.note_answer(connection, name, now)


def _values(one: Settlement, now: datetime) -> dict[str, Any]:
    rests = one.outcome in (*_NOTHING_SENT, Outcome.UNKNOWN)
    receipt = one.receipt or Receipt()
    return {
        "this": one.delivery.id,
        "held": one.delivery.lease,
        "now": now,
        "became": str(_STATUS.get(one.outcome, DeliveryStatus.DUE)),
        "due": now + one.pause if rests else None,
        "doubt": False if one.verdict.nothing_done or receipt.filed_at else _DOUBT.get(one.outcome),
        "sent": one.outcome not in _NOTHING_SENT,
        "why": one.fault,
        "said_reference": receipt.reference or None,
        "said_received_at": receipt.received_at,
        "said_filed_at": receipt.filed_at,
        "said_replayed": receipt.replayed if one.receipt else None,
    }
