"""Storms over the product's own processes: 500 faults over 10,000 consultations in 10 seeds, both databases in turn.

    python bench/storm.py [--quick] [--seeds N] [--first-seed S] [--consultations N] [--faults N] [--worlds N]

Each seed is a world of its own: web, live, worker, relay, Redis, SQLite or PostgreSQL, a practice system and a care
system of which every fifth interaction goes wrong and one overlooks preconditions. ``tests/storm`` holds the generator
and the judge; the judge reads the peers' own journals. A seed printed here repeats the plan of faults.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from bench.figures import Figures  # noqa: E402
from tests.storm.grounds import Setting  # noqa: E402
from tests.storm.storm import Report, storm  # noqa: E402

CARELESS = (("eoj",), ("gp",), ("eoj", "gp"), ())
DATABASES = ("sqlite", "postgres")


def main() -> int:
    options = _options()
    with ThreadPoolExecutor(options.worlds) as worlds:
        reports = list(worlds.map(lambda number: _one(options, number), range(options.seeds)))
    figures = Figures()
    figures.at_least("storm_consultations", sum(len(r.courses) for r in reports), "consultations", options.total)
    figures.at_least("storm_faults_struck", sum(r.seen for r in reports), "faults", options.seeds * options.faults)
    figures.at_least("storm_faults_of_the_peers", sum(sum(r.peers.values()) for r in reports), "faults", options.total)
    for wrong in ("lost", "doubled", "stuck", "unsettled", "overdue", "untrue"):
        found = sum(len(getattr(r.verdict, wrong)) for r in reports)
        figures.at_most(f"storm_{wrong}", found, "consultations", 0)
    figures.at_most("storm_never_acknowledged", sum(len(r.never) for r in reports), "acts", 0)
    return figures.exit_code()


def _one(options: argparse.Namespace, number: int) -> Report:
    seed = options.first_seed + number
    database = DATABASES[seed % len(DATABASES)]
    careless = frozenset(CARELESS[seed // 2 % len(CARELESS)])
    with tempfile.TemporaryDirectory(prefix="laegebro-storm-") as name:
        folder = Path(name)
        folder.chmod(0o755)  # PostgreSQL runs as another user
        report = storm(folder, Setting(seed, database, options.consultations, careless=careless), options.faults)
    print(*report.lines(), sep="\n", flush=True)
    return report


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    parser.add_argument(
        "--quick", action="store_true", help="two seeds side by side, each of 10 consultations and 4 faults"
    )
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--first-seed", type=int, default=1)
    parser.add_argument("--consultations", type=int, default=1000, help="of each seed")
    parser.add_argument("--faults", type=int, default=50, help="of each seed")
    parser.add_argument("--worlds", type=int, default=1, help="so many seeds side by side")
    options = parser.parse_args()
    if options.quick:
        options.seeds, options.worlds, options.consultations, options.faults = 2, 2, 10, 4
    options.total = options.seeds * options.consultations
    return options


if __name__ == "__main__":
    sys.exit(main())
