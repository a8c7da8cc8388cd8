"""A database with debts to a practice in the browser, a real Redis, and real worker processes that attempt them."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import redis

from gateway.domain.scope import SystemScope
from gateway.settings import Settings
from gateway.store.peers.connections import Stanza
from gateway.wiring import Gateway
from simulators.demo.broker import redis_command
from simulators.demo.processes import free_port
from tests.support.clinic_world import TENANTS, settings_in
from tests.support.consultations import PRACTICE, draft, placed

WITHIN = 180.0  # a condition's longest wait on a busy machine; no claim about speed
DOOR = "waiting-room"


def until(what: str, condition: Callable[[], object], within: float = WITHIN) -> None:
    deadline = time.monotonic() + within
    while not condition():
        assert time.monotonic() < deadline, f"never happened: {what}"
        time.sleep(0.05)


@contextmanager
def real_redis(folder: Path, port: int | None = None) -> Iterator[tuple[subprocess.Popen[bytes], str]]:
    """The process and its address, at a free port or that one; thawed and ended on leaving."""
    port = port or free_port()
    process = subprocess.Popen(redis_command(port, folder), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    url = f"redis://127.0.0.1:{port}/0"
    try:
        client = redis.Redis.from_url(url, socket_timeout=WITHIN)
        until("redis answers", lambda: _answers(client))
        client.close()
        yield process, url
    finally:
        process.send_signal(signal.SIGCONT)
        process.kill()
        process.wait(WITHIN)


def _answers(client: redis.Redis[bytes]) -> bool:
    try:
        return bool(client.ping())
    except redis.ConnectionError:
        return False


class Debts:
    """A gateway whose one connection is our own waiting room: what is owed to it is done by one attempt."""

    def __init__(self, folder: Path, database_url: str, redis_url: str) -> None:
        self.settings = settings_in(folder, database_url, redis_url)
        self.gateway = Gateway(self.settings)
        for tenant in TENANTS:
            self.gateway.organisations.apply_tenant(tenant)
        now = datetime.now(UTC)
        self.gateway.connections.apply(Stanza(DOOR, "gp_system", "browser", None, {}), "test", "test", now)

    def owe(self, count: int = 1) -> list[UUID]:
        """Ids of consultations whose entry is owed to the waiting room."""
        now = datetime.now(UTC)
        waiting = (placed(draft(at=now), PRACTICE, at=now, connections=(DOOR,)) for _ in range(count))
        return [self.gateway.store.commit(consultation).id for consultation in waiting]

    def attempts(self, consultation: UUID) -> list[tuple[str, int]]:
        rows = self.gateway.store.deliveries_of(SystemScope(), consultation)
        return [(row.status, row.attempts) for row in rows]

    def all_done(self, consultations: list[UUID]) -> bool:
        return all(self.attempts(id) == [("done", 1)] for id in consultations)

    def another(self) -> Gateway:
        """The same gateway as another process would build it."""
        return Gateway(self.settings)


def environment_of(settings: Settings) -> dict[str, str]:
    values = settings.model_dump(exclude={"former_data_keys"})
    return {
        **{name: value for name, value in os.environ.items() if not name.startswith("LAEGEBRO_")},
        **{f"LAEGEBRO_{name.upper()}": str(value) for name, value in values.items()},
    }


@contextmanager
def worker_process(settings: Settings, folder: Path) -> Iterator[subprocess.Popen[bytes]]:
    """``python -m workers``, as it is run."""
    with (folder / "worker.log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "workers"], env=environment_of(settings), stdout=log, stderr=log
        )
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(WITHIN)
        except subprocess.TimeoutExpired:
            process.kill()
