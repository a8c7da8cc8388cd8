"""How soon and how fast what we owe reaches other systems, on SQLite and PostgreSQL, with worker and relay as they run.

    python bench/delivery.py [--quick]

From the beginning of the commit that places an entry to the row in the practice's system, and from the one that
approves a note to its being filed and read back, at ten a second; then an outage's rows, entries and notes, drained on
this machine's cores; then everything killed by SIGKILL and started again. What took effect is counted in the peers'
own journals.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from sqlalchemy import select

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from bench.due.house import House, arrivals, paced, until  # noqa: E402
from bench.figures import Figures, percentile  # noqa: E402
from bench.launches import databases  # noqa: E402
from gateway.domain.scope import SystemScope  # noqa: E402
from gateway.store.consultation.tables_deliveries import delivery, delivery_attempt  # noqa: E402
from gateway.store.ground.engine import transaction  # noqa: E402

GP, EOJ = "gp-bench", "eoj-bench"
WARM = 10
LOOK = 0.5  # seconds between two looks of the bench itself, which shares the cores
DRAINED = 84  # rows a second: 10,000 in two minutes


def entries(house: House, count: int) -> list[float]:
    """Seconds from placing to the row in the practice's system."""
    begun = paced([lambda: house.owe_entry(GP)] * count)
    until("all entries arrive", lambda: house.undone(GP) == 0)
    return arrivals(house, GP, begun)


def notes(house: House, count: int) -> list[float]:
    """Seconds from approving to filed: read back and settled."""
    waiting = [house.note_to_approve(EOJ) for _ in range(count)]
    begun = paced([lambda one=one: house.approve(one) for one in waiting])
    until("all notes are filed", lambda: house.undone(EOJ) == 0)
    of_attempt = delivery_attempt.join(delivery, delivery.c.id == delivery_attempt.c.delivery)
    query = select(delivery.c.subject, delivery_attempt.c.ended_at).select_from(of_attempt)
    with transaction(house.gateway.engine, SystemScope(), read_only=True) as db:
        filed = {case: at for case, at in db.execute(query.where(delivery_attempt.c.outcome == "done"))}
    return [filed[case].timestamp() - at for case, at in begun.items()]


def drained(house: House, peer: str, kind: str, owe: Callable[[], object], count: int) -> tuple[float, float]:
    """Rows a second, of what became due to a peer while nobody attempted; and seconds from the start after SIGKILL of
    everything to the first of them. ``kind``: the resource that is one row's effect."""
    for name in ("worker", "relay"):
        house.processes[name].kill()
    for _ in range(count):
        owe()
    house.processes["redis"].kill()
    before = len(house.effects(peer))
    started = time.time()
    for name in ("redis", "worker", "relay"):
        house.processes[name].start()
    until("the first is there", lambda: len(house.effects(peer)) > before)
    until("all are there", lambda: house.undone(peer) == 0, 60 + count / 5, LOOK)
    moments = [at for at, what, *_ in house.effects(peer)[before:] if what == kind]
    if len(moments) != count:
        raise RuntimeError(f"{len(moments)} of {count} rows took effect")
    return count / (moments[-1] - moments[0]), moments[0] - started


def judge(figures: Figures, database: str, house: House, quick: bool) -> None:
    entries(house, WARM)
    notes(house, WARM)
    placed = entries(house, 60 if quick else 600)
    approved = notes(house, 60 if quick else 600)
    count = 400 if quick else 10_000
    rate, cold = drained(house, GP, "Task", lambda: house.owe_entry(GP), count)
    filing, _ = drained(house, EOJ, "DocumentReference", lambda: house.approve(house.note_to_approve(EOJ)), count)
    figures.at_most(f"{database}_placed_to_row_p50", percentile(placed, 0.5) * 1000, "ms", 25)
    figures.at_most(f"{database}_placed_to_row_p99", percentile(placed, 0.99) * 1000, "ms", 100)
    figures.at_most(f"{database}_approved_to_filed_p99", percentile(approved, 0.99) * 1000, "ms", 200)
    figures.at_least(f"{database}_entries_drained", rate, "rows/s", DRAINED)
    figures.at_least(f"{database}_notes_drained", filing, "rows/s", DRAINED)
    figures.at_most(f"{database}_cold_start_to_first_row", cold, "s", 5)
    figures.at_most(f"{database}_doubled", house.doubled(GP) + house.doubled(EOJ), "effects", 0)


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--database", choices=("sqlite", "postgresql"))
    chosen = parser.parse_args()
    figures = Figures()
    with tempfile.TemporaryDirectory() as name, databases(Path(name)) as found:
        for database, (ours, _) in found.items():
            if chosen.database in (None, database):
                run(figures, database, ours, Path(name) / f"{database}-run", chosen.quick)
    return figures.exit_code()


def run(figures: Figures, database: str, url: str, folder: Path, quick: bool) -> None:
    folder.mkdir()
    house = House(folder, url)
    try:
        house.connect(GP, "gp_system", house.peer(GP))
        house.connect(EOJ, "eoj", house.peer(EOJ))
        house.attempt()
        judge(figures, database, house, quick)
    finally:
        house.stop()


if __name__ == "__main__":
    raise SystemExit(main())
