"""Workers are killed, frozen and replaced with attempts in hand, by real signals: no row is blamed for it.

A row that ends its own process is found out alone and set aside, and takes no other row with it.
"""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import pytest

from gateway.store.peers.connections import Stanza
from simulators.demo.processes import free_port
from tests.support.consultations import PRACTICE, draft, placed
from tests.support.processes.relaying import Debts, until, worker_process

OWN = Path(__file__).parents[2] / "support" / "tripping"
LEASE = 4.0
QUIET = 1.0  # a row whose worker disappeared is sent again once what was sent can no longer take effect
ALONE = 240.0  # six processes are started one after the other, and a busy machine takes ten seconds for each
pytestmark = [pytest.mark.journey, pytest.mark.timeout(600)]  # whole processes in turn: make journeys


class Tripping(Debts):
    """Debts to the practice system that trips; each consultation's reason says how."""

    def __init__(self, folder: Path, database_url: str) -> None:
        super().__init__(folder, database_url, f"redis://127.0.0.1:{free_port()}/0")
        self.folder = folder
        self.settings = self.settings.model_copy(update={"lease_seconds": LEASE, "quiet_seconds": QUIET})
        stanza = Stanza("tripping", "gp_system", "tripping", None, {})
        self.gateway.connections.apply(stanza, "test", "test", datetime.now(UTC))

    def owe_one(self, reason: str) -> UUID:
        now = datetime.now(UTC)
        waiting = placed(
            replace(draft(at=now), reason=f"{reason} in a test of crashes"), PRACTICE, at=now, connections=("tripping",)
        )
        return self.gateway.store.commit(waiting).id

    def statuses(self, ids: list[UUID]) -> list[str]:
        return [status for id in ids for status, _ in self.attempts(id)]

    @property
    def begun(self) -> int:
        journal = self.folder / "journal"
        return len(journal.read_text(encoding="utf-8").splitlines()) if journal.exists() else 0

    def let_go(self) -> None:
        (self.folder / "go").touch()


@pytest.fixture
def tripping(tmp_path: Path, sqlite_template: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Tripping]:
    copy = tmp_path / "tripping.db"
    copy.write_bytes(sqlite_template.read_bytes())
    monkeypatch.setenv("TRIPPING_FOLDER", str(tmp_path))
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(OWN), os.environ.get("PYTHONPATH", "")]))
    yield Tripping(tmp_path, f"sqlite:///{copy}")


def killed(worker: subprocess.Popen[bytes]) -> None:
    worker.kill()
    worker.wait()


def test_rows_in_hand_when_workers_are_killed_again_and_again_are_done_in_the_end(tripping: Tripping) -> None:
    ids = [tripping.owe_one("wait") for _ in range(3)]
    for _ in range(4):  # more often than a row of its own would be forgiven
        before = tripping.begun
        with worker_process(tripping.settings, tripping.folder) as worker:
            until("an attempt is in hand", lambda seen=before: tripping.begun > seen)
            killed(worker)
    assert set(tripping.statuses(ids)) == {"due"}
    tripping.let_go()
    with worker_process(tripping.settings, tripping.folder):
        until("all are done", lambda: set(tripping.statuses(ids)) == {"done"})


def test_a_frozen_worker_loses_its_rows_to_another_and_changes_nothing_when_it_thaws(tripping: Tripping) -> None:
    one = tripping.owe_one("wait")
    with ExitStack() as both:
        frozen = both.enter_context(worker_process(tripping.settings, tripping.folder))
        until("the attempt is in hand", lambda: tripping.begun == 1)
        frozen.send_signal(signal.SIGSTOP)
        both.callback(frozen.send_signal, signal.SIGCONT)
        both.enter_context(worker_process(tripping.settings, tripping.folder))
        until("the other has taken it up", lambda: tripping.begun == 2)
        tripping.let_go()
        until("it is done", lambda: tripping.statuses([one]) == ["done"])
        frozen.send_signal(signal.SIGCONT)
        later = tripping.owe_one("well")
        until("both go on", lambda: tripping.statuses([later]) == ["done"])
        assert tripping.attempts(one) == [("done", 2)]


def test_a_row_that_ends_its_process_is_set_aside_and_its_neighbours_are_done(tripping: Tripping) -> None:
    bad = tripping.owe_one("segv")
    good = [tripping.owe_one("well") for _ in range(3)]
    deaths = 0

    def settled() -> bool:
        return tripping.statuses([bad]) == ["stuck"] and set(tripping.statuses(good)) == {"done"}

    while not settled() and deaths < 5:
        with worker_process(tripping.settings, tripping.folder) as worker:
            until("found out, or the worker dies", lambda seen=worker: settled() or seen.poll() is not None, ALONE)
            deaths += worker.poll() is not None
    assert settled() and deaths <= 3, "then it is attempted where it can take nobody with it"


def test_a_fault_of_our_own_counts_against_its_row_alone_and_ends_no_worker(tripping: Tripping) -> None:
    bad, good = tripping.owe_one("raise"), tripping.owe_one("well")
    with worker_process(tripping.settings, tripping.folder) as worker:
        until("it is set aside", lambda: tripping.statuses([bad]) == ["stuck"])
        assert tripping.statuses([good]) == ["done"] and worker.poll() is None
