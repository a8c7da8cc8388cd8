"""kill -9 in the middle of writing: what was acknowledged is there, what was not left no half rows."""

from __future__ import annotations

import multiprocessing
import os
import secrets
import signal
from multiprocessing.connection import Connection
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import Engine, func, select

from gateway.domain.scope import SystemScope, TenantScope
from gateway.store.consultation.store import SqlConsultationStore
from gateway.store.consultation.tables import consultation, queue_entry
from gateway.store.consultation.tables_deliveries import delivery
from gateway.store.ground.crypto import Vault
from gateway.store.ground.engine import open_engine, transaction
from gateway.store.migrations.creation import create_schema
from tests.support import consultations as make

pytestmark = pytest.mark.timeless("what a kill leaves behind")

KILLS = 32
A = TenantScope(make.KOMMUNE_A)


def write_until_killed(url: str, keys: tuple[bytes, bytes], safe: Connection) -> None:
    store = SqlConsultationStore(open_engine(url), Vault({"k": keys[0]}, "k", keys[1]))
    while True:
        safe.send_bytes(store.commit(make.waiting()).id.bytes)


def acknowledged_before_a_kill(url: str, keys: tuple[bytes, bytes], commits: int) -> list[UUID]:
    """Let a fresh process write, kill it while it goes on, and return every id it called safe."""
    ours, theirs = multiprocessing.Pipe(duplex=False)
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["gateway.store.consultation.store", "tests.support.consultations"])
    writer = context.Process(target=write_until_killed, args=(url, keys, theirs))
    writer.start()
    theirs.close()
    safe = [UUID(bytes=ours.recv_bytes()) for _ in range(commits)]
    assert writer.pid is not None
    os.kill(writer.pid, signal.SIGKILL)
    try:
        while True:
            safe.append(UUID(bytes=ours.recv_bytes()))
    except EOFError:
        writer.join()
    return safe


def test_nothing_acknowledged_is_lost_by_kill_9(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'killed.db'}"
    keys = (secrets.token_bytes(32), secrets.token_bytes(32))
    engine = open_engine(url)
    create_schema(engine)
    engine.dispose()
    safe = [id for kill in range(KILLS) for id in acknowledged_before_a_kill(url, keys, 1 + kill % 5)]
    engine = open_engine(url)
    store = SqlConsultationStore(engine, Vault({"k": keys[0]}, "k", keys[1]))
    with engine.connect() as connection:
        assert connection.exec_driver_sql("PRAGMA integrity_check").scalar_one() == "ok"
        assert connection.exec_driver_sql("PRAGMA foreign_key_check").all() == []
    assert len(safe) == len(set(safe)) >= KILLS
    assert all(store.load(A, id).entries for id in safe)
    assert whole(engine) >= len(safe)
    engine.dispose()


def whole(engine: Engine) -> int:
    """The number of consultations, each with its entry and its debt: no half rows."""
    with transaction(engine, SystemScope(), read_only=True) as connection:
        counts = {
            connection.execute(select(func.count()).select_from(table)).scalar_one()
            for table in (consultation, queue_entry, delivery)
        }
    assert len(counts) == 1
    return int(counts.pop())
