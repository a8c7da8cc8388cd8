"""Two of each process for twice the load: launches a second with two web, live, relay and worker processes on
PostgreSQL behind the shipped nginx, beside those with one of each.

    python -m bench.fleet.twice [--quick] [--share 0.2]

Each of these processes gets the same share of a core, since this machine has few; nginx, PostgreSQL, Redis, the
simulated peers and the load have what is left, and how much of the machine was idle is printed. Eight lines for each
web process launch one citizen after the other, by many employees. One launch in ten goes its whole way, so that
deliveries are owed in proportion. The rows are counted, and the deliveries in the peers' own journals; then once more,
without shares, while web, relay and worker processes are killed at random.
"""

from __future__ import annotations

import argparse
import os
import random
import signal
import sys
import time
from dataclasses import dataclass
from statistics import mean

from sqlalchemy import func, select

from bench.figures import Figures
from bench.fleet.held import Held, Turn
from bench.fleet.house import know_own_names, opened
from bench.fleet.launching import LINES, Launching
from bench.fleet.settling import settled, show_faults
from bench.fleet.shares import Shares
from bench.fleet.within import folder_of_this_run
from gateway.domain.scope import SystemScope
from gateway.store.consultation.tables import consultation
from gateway.store.ground.engine import open_engine, transaction
from tests.storm.grounds import Grounds, marked_citizens

LIMIT = 1.7
ROOM_FOR = 12_000  # consultations that have a citizen of their own
KILLED = ("web", "relay", "worker")
APART = 2.0  # seconds from one that is ready again to the next kill
# What a crash costs until it is noticed; in the product 30 and 5 s.
SOON = {"LAEGEBRO_LEASE_SECONDS": "4", "LAEGEBRO_QUIET_SECONDS": "2.5"}


@dataclass(frozen=True)
class Size:
    order: tuple[int, ...]  # so many of each, one measurement after the other: neither is always the later one
    warm: float
    seconds: float
    kills: int


FULL, QUICK = Size((1, 2, 2, 1, 1, 2, 2, 1), 10, 60, 30), Size((1, 2, 2, 1), 5, 20, 6)


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="four times twenty seconds, and a short storm")
    parser.add_argument("--share", type=float, default=0.2, help="of a core, for each process")
    asked = parser.parse_args()
    folder = folder_of_this_run()
    if isinstance(folder, int):
        return folder
    figures, shares = Figures(), Shares(asked.share)
    print(f"each process of the product has {asked.share:.0%} of a core ({shares.way}) of {os.cpu_count()} cores")
    know_own_names()
    try:
        with opened(folder, ROOM_FOR, lambda *a, **k: Held(*a, shares=shares, **k), SOON) as grounds:
            _measured(grounds, QUICK if asked.quick else FULL, figures)
            show_faults(folder / "run")
    finally:
        shares.close()
    return figures.exit_code()


def _measured(grounds: Grounds, size: Size, figures: Figures) -> None:
    work = Launching(grounds, marked_citizens(grounds.setting).citizens)
    with work.going(2 * LINES):
        time.sleep(size.warm)  # what each process does once in its life is not what a launch costs
    seen: dict[int, list[Turn]] = {1: [], 2: []}
    for each in size.order:
        seen[each].append(_turn(grounds, work, each, size))
    _judge_turns(seen, work, figures)
    _judge_rows("measured", grounds, work, figures)
    kills = _stormed(grounds, work, size.kills)
    figures.at_least("twice_storm_kills", kills, "processes", size.kills)
    _judge_rows("storm", grounds, work, figures)


def _turn(grounds: Grounds, work: Launching, each: int, size: Size) -> Turn:
    """So many of each process, each held to its share."""
    stack = grounds.stack
    assert isinstance(stack, Held)
    stack.have(each)
    stack.shares.hold()
    with work.going(each * LINES):
        time.sleep(size.warm)
        before = stack.counted(work.launched, work.waits)
        time.sleep(size.seconds)
        turn = stack.counted(work.launched, work.waits).since(before)
    stack.shares.let_go()
    print(f"{each} of each: {turn.words}", flush=True)
    return turn


def _judge_turns(seen: dict[int, list[Turn]], work: Launching, figures: Figures) -> None:
    rates = {each: mean(turn.rate for turn in turns) for each, turns in seen.items()}
    figures.at_least("twice_launches_one_of_each", rates[1], "launches/s", 1)
    figures.at_least("twice_launches_two_of_each", rates[2], "launches/s", 1)
    figures.at_least("twice_launches_ratio", rates[2] / rates[1], "ratio", LIMIT)
    figures.at_most("twice_acts_failed", work.failed.total(), "acts", 0)


def _judge_rows(phase: str, grounds: Grounds, work: Launching, figures: Figures) -> None:
    """Every citizen that a launch was acknowledged for has one consultation, and nobody two; and what was owed."""
    verdict = settled(grounds, work.courses)
    rows = _rows(grounds)
    print(
        f"{phase}: {work.launched} citizens, {rows} consultations; {len(work.courses)} went their whole way", end="; "
    )
    print(f"{dict(work.failed)} {verdict.faults}")
    figures.at_most(f"twice_{phase}_consultations_missing", max(0, work.launched - rows), "rows", 0)
    figures.at_most(f"twice_{phase}_consultations_too_many", max(0, rows - work.launched), "rows", 0)
    figures.at_least(f"twice_{phase}_whole_ways", len(work.courses), "consultations", 10)
    for wrong in ("lost", "doubled", "stuck", "unsettled", "untrue"):
        figures.at_most(f"twice_{phase}_deliveries_{wrong}", len(getattr(verdict, wrong)), "deliveries", 0)


def _rows(grounds: Grounds) -> int:
    engine = open_engine(grounds.database.url)
    with transaction(engine, SystemScope(), read_only=True) as connection:
        rows = int(connection.execute(select(func.count()).select_from(consultation)).scalar_one())
    engine.dispose()
    return rows


def _stormed(grounds: Grounds, work: Launching, kills: int) -> int:
    """Consultations that go their whole way while one process after the other is killed and started again."""
    stack, chance, killed = grounds.stack, random.Random(20261130), 0
    assert isinstance(stack, Held)
    stack.have(2)
    names = [name for name in stack.names if name.partition("-")[0] in KILLED]
    with work.going(6, whole=1):
        for _ in range(kills):
            name = chance.choice(names)
            stack[name].kill()
            killed += stack[name].exit_code == -signal.SIGKILL
            stack[name].start()
            stack.wait_for(name)
            time.sleep(APART)
    return killed


if __name__ == "__main__":
    sys.exit(main())
