"""How many notes, contacts and entries stand twice when answers and read-backs fail: none may.

Half of the rows go to careful peers and half to careless ones, which make their own ids, overlook every condition and
show a resource late. One call in five meets a fault: a question or a read-back that fails (503, 500, a web page, a cut
line, a login server that is unhappy), a write whose answer is lost or wrong after it took effect. The peers' own
journals judge. Red also where fewer faults struck than were asked for.
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import structlog

HERE = Path(__file__).resolve().parent
sys.path = [str(HERE.parent), *(each for each in sys.path if Path(each or ".").resolve() != HERE)]

from bench.figures import Figures  # noqa: E402
from tests.support.databases import PostgresServer, shown  # noqa: E402
from tests.support.peers.owing import Owing  # noqa: E402
from tests.support.peers.scripted_peer import Reply, scripted_peer  # noqa: E402
from tests.support.peers.small_fhir import LOGIN, WRITES, SmallFhir, Trouble, half, page  # noqa: E402
from workers.task import attempt_row  # noqa: E402

SEED = 20261129
SHARE = 0.2
QUIET = 1.5  # seconds; longer than LAG
LAG = 0.8
WORKERS = 8
PATIENCE = 900.0  # for everything to be settled


def trouble_of(kind: str, chance: random.Random) -> Trouble | None:
    """One of the faults that a call of that kind can meet, or none."""
    if chance.random() >= SHARE:
        return None
    if kind == LOGIN:
        return Trouble(LOGIN, chance.choice([Reply(500, b""), page(200)]))
    answers = [None, Reply(500, b""), Reply(503, b""), page(502), page(200), Reply(raw=half())]
    answer = chance.choice(answers)
    busy = answer is not None and answer.status == 503
    return Trouble(kind, answer, effect=kind == WRITES and not busy)


class Chance:
    """Faults by a seed, from any thread."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)
        self._lock = threading.Lock()

    def __call__(self, kind: str) -> Trouble | None:
        with self._lock:
            return trouble_of(kind, self._random)


@contextmanager
def database_of(kind: str, place: Path) -> Iterator[str]:
    """Its address; a PostgreSQL server runs for as long as it is used."""
    if kind == "sqlite":
        yield f"sqlite:///{place / 'doubled.db'}"
        return
    place.chmod(0o755)  # PostgreSQL runs as another user
    server = PostgresServer(place / "postgres")
    try:
        yield shown(server.empty())
    finally:
        server.stop()


@contextmanager
def owing(careful: bool, seed: int, kind: str) -> Iterator[tuple[Owing, SmallFhir, SmallFhir]]:
    """A gateway of its own that owes to two peers of that kind."""
    with (
        tempfile.TemporaryDirectory() as place,
        database_of(kind, Path(place)) as database,
        scripted_peer() as one,
        scripted_peer() as two,
    ):
        lag = 0.0 if careful else LAG
        gp, eoj = (SmallFhir(peer, careful, lag, Chance(seed + n)) for n, peer in enumerate((one, two)))
        owed = Owing(Path(place), database, gp.base, eoj.base, QUIET)
        yield owed, gp, eoj
        owed.gateway.engine.dispose()


def settle_all(owed: Owing) -> int:
    """Attempt what is owed until nothing is any more, without the rests between attempts; how many rows were left."""
    ends = time.monotonic() + PATIENCE
    with ThreadPoolExecutor(WORKERS) as pool:
        while time.monotonic() < ends and owed.undone():
            owed.make_due()
            list(pool.map(lambda id: attempt_row(owed.gateway, id), owed.gateway.outbox.due(limit=400)))
            time.sleep(0.2)
    return owed.undone()


def run(careful: bool, notes: int, seed: int, kind: str) -> tuple[int, int, int]:
    """(doubled, lost, faults struck) at peers of that kind, of ``notes`` notes with their contacts and as many
    entries."""
    with owing(careful, seed, kind) as (owed, gp, eoj):
        for _ in range(notes):
            owed.owe_note()
            owed.owe_entry()
        unsettled = settle_all(owed)
        counts = {"note": eoj.count("DocumentReference"), "contact": eoj.count("Encounter"), "entry": gp.count("Task")}
        for what, created in counts.items():
            twice = sum(often > 1 for often in created)
            print(f"{'careful' if careful else 'careless'} {what}: {len(created)} there, {twice} twice")
        doubled = sum(often > 1 for created in counts.values() for often in created)
        lost = sum(notes - len(created) for created in counts.values()) + unsettled
        return doubled, lost, gp.struck + eoj.struck


def main() -> int:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--quick", action="store_true", help="20 notes instead of 1,000")
    asked.add_argument("--seed", type=int, default=SEED)
    asked.add_argument("--database", choices=("sqlite", "postgres"), default="sqlite")
    given = asked.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(50))
    notes = 10 if given.quick else 500
    print(f"seed {given.seed} {given.database}")
    found = [run(careful, notes, given.seed, given.database) for careful in (True, False)]
    doubled, lost, struck = (sum(each) for each in zip(*found, strict=True))
    figures = Figures()
    figures.at_most("doubled", doubled, "resources", 0)
    figures.at_most("lost_or_unsettled", lost, "rows", 0)
    figures.at_least("faults_struck", struck, "faults", 2 * notes)
    return figures.exit_code()


if __name__ == "__main__":
    raise SystemExit(main())
