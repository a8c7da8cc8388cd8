"""A process that gets no processor in the middle of a commit holds up nobody else's."""

from __future__ import annotations

import multiprocessing
import os
import secrets
import signal
import time
from collections.abc import Callable

import pytest
from sqlalchemy import Engine, func, select

from gateway.domain.scope import SystemScope
from gateway.store.consultation.store import SqlConsultationStore
from gateway.store.consultation.tables import consultation
from gateway.store.ground.crypto import Vault
from gateway.store.ground.engine import UNAVAILABLE, open_engine, transaction
from tests.support import consultations as make
from tests.support.databases import shown

pytestmark = pytest.mark.timeless("who waits for whom")

EVENTS_IN_TURN = 0x1AE6EB20  # the lock of whoever writes events
TRIES = 20
WITHIN = 60.0


def commit_in_the_end(url: str, keys: tuple[bytes, bytes]) -> None:
    store = SqlConsultationStore(open_engine(url), Vault({"k": keys[0]}, "k", keys[1]))
    while True:
        try:
            store.commit(make.waiting())
        except UNAVAILABLE:  # it has waited for a second
            continue
        return


def until(condition: Callable[[], bool], within: float = WITHIN) -> bool:
    deadline = time.monotonic() + within
    while time.monotonic() < deadline:
        if condition():
            return True
        time.sleep(0.005)
    return False


def committed(engine: Engine) -> int:
    with transaction(engine, SystemScope(), read_only=True) as connection:
        return int(connection.execute(select(func.count()).select_from(consultation)).scalar_one())


def stopped_while_it_waits(engine: Engine, pid: int) -> None:
    """Its turn is kept from it until it waits for it; then it is stopped, and its turn comes."""
    waits = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
    with engine.connect() as holder:
        holder.exec_driver_sql(f"SELECT pg_advisory_lock({EVENTS_IN_TURN})")
        assert until(lambda: holder.exec_driver_sql(waits).scalar_one() == 1)
        os.kill(pid, signal.SIGSTOP)
        holder.exec_driver_sql(f"SELECT pg_advisory_unlock({EVENTS_IN_TURN})")


def test_whoever_has_waited_for_its_turn_commits_without_a_further_step_of_its_own(postgres_engine: Engine) -> None:
    keys = (secrets.token_bytes(32), secrets.token_bytes(32))
    context = multiprocessing.get_context("spawn")
    writer = context.Process(target=commit_in_the_end, args=(shown(postgres_engine.url), keys))
    writer.start()
    assert writer.pid is not None
    try:
        for _ in range(TRIES):  # where it had waited too long just then it comes again
            stopped_while_it_waits(postgres_engine, writer.pid)
            if until(lambda: committed(postgres_engine) == 1, within=2.0):
                break
            os.kill(writer.pid, signal.SIGCONT)
        assert committed(postgres_engine) == 1
    finally:
        os.kill(writer.pid, signal.SIGCONT)
        writer.join(WITHIN)
    assert writer.exitcode == 0 and committed(postgres_engine) == 1
