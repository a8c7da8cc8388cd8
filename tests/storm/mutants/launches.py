"""Mutants of the request: what is committed together, when it is answered, and what makes a repeat the same."""

from __future__ import annotations

import secrets
import threading
import time
from collections.abc import Callable
from typing import Any

from sqlalchemy import bindparam, func

from gateway import waking
from gateway.domain import launch
from gateway.domain.consultation.aggregate import Consultation
from gateway.domain.scope import TenantScope
from gateway.store.consultation import reading, rows, store, writing
from gateway.store.consultation.tables import NOT_CLOSED
from gateway.store.consultation.tables import consultation as root
from gateway.store.ground.engine import db_now, transaction
from tests.storm.mutants.attempts import nobody_looks_unasked, swap

ANSWERED_FIRST = 0.5  # seconds by which the answer is ahead of the commit
INDEX_BYTES = 32


def debts_after_the_commit() -> None:
    """What is owed is written in a transaction of its own, after that of the fact that causes it."""
    plain_debts = writing.write_debts
    owing = threading.local()

    def noted(_connection: Any, whole: Consultation, _now: Any) -> None:
        owing.whole = whole

    def commit(plain: Callable[..., Consultation]) -> Callable[..., Consultation]:
        def in_two(self: Any, consultation: Consultation, **beside: Any) -> Consultation:
            committed = plain(self, consultation, **beside)
            with transaction(self._engine, TenantScope(consultation.tenant)) as connection:
                plain_debts(connection, owing.whole, db_now(connection))
            return committed

        return in_two

    swap(writing, "write_debts", lambda _: noted)
    swap(store.SqlConsultationStore, "commit", commit)


def kick_before_the_commit() -> None:
    """The rows are named to whoever delivers before they can be seen, and nobody looks for them unasked."""

    def commit(_plain: Any) -> Callable[..., Consultation]:
        def kicked(self: Any, consultation: Consultation, **beside: Any) -> Consultation:
            self.wake([(debt.connection, waking._row_of(consultation, debt)) for debt in consultation.debts])
            return store.SqlConsultationStore.commit(self, consultation, **beside)

        return kicked

    swap(waking.WakingStore, "commit", commit)
    nobody_looks_unasked()


def answered_before_the_commit() -> None:
    """The request says yes while its transaction is still to come."""

    def commit(plain: Callable[..., Consultation]) -> Callable[..., Consultation]:
        def later(self: Any, consultation: Consultation, beside: Any) -> None:
            time.sleep(ANSWERED_FIRST)
            plain(self, consultation, **beside)

        def hurried(self: Any, consultation: Consultation, **beside: Any) -> Consultation:
            if not any(debt for debt in consultation.debts):
                return plain(self, consultation, **beside)
            threading.Thread(target=later, args=(self, consultation, beside)).start()
            return consultation.committed()

        return hurried

    swap(waking.WakingStore, "commit", commit)


def no_unique_key() -> None:
    """An open launch is looked up by its key, but nothing keeps a second one out."""
    swap(rows, "launch_index", lambda plain: lambda *args: plain(*args) + secrets.token_bytes(8))
    begins = func.substr(root.c.launch_index, 1, INDEX_BYTES) == bindparam("key", type_=root.c.launch_index.type)
    swap(store, "_OF_KEY", lambda _: reading.DOCUMENTS.where(reading.OF_TENANT, begins, NOT_CLOSED))


def no_launch_key() -> None:
    """Each launch is a new one, whoever repeats it."""
    swap(launch, "launch_key", lambda _: lambda *_args: secrets.token_hex(32))


MUTANTS: dict[str, Callable[[], None]] = {
    "debts-after-the-commit": debts_after_the_commit,
    "kick-before-the-commit": kick_before_the_commit,
    "answered-before-the-commit": answered_before_the_commit,
    "no-unique-key": no_unique_key,
    "no-launch-key": no_launch_key,
}
