"""One queue, four doors: two random doors accept the same entry at the same moment, again and again.

    python bench/four_doors.py [--quick]

FHIR, SOAP and HL7 v2 systems run as processes of their own, the browser page over a socket, Redis and a worker too.
Counted: entries that two doors won, doors that were not told who did, and per door how long after our decision its
people could read it. The first few, while the processes load what they need, are tried and not timed.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from bench.figures import Figures, percentile  # noqa: E402
from gateway.logs import configure  # noqa: E402
from tests.support.doors.four_doors import DOORS, Round, four_doors, pairs  # noqa: E402

AT_ONCE = 2
WARM = 4
LAG = 2.0


def rounds(count: int) -> list[Round]:
    with (
        tempfile.TemporaryDirectory() as folder,
        four_doors(Path(folder), brokered=True) as doors,
        ThreadPoolExecutor(AT_ONCE) as pool,
    ):
        list(pool.map(lambda pair: doors.race(*pair), pairs(WARM, seed=1)))
        return list(pool.map(lambda pair: doors.race(*pair), pairs(count)))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--quick", action="store_true", help="25 instead of 500")
    count = 25 if parser.parse_args().quick else 500
    configure("bench", level="CRITICAL")
    started, figures = time.monotonic(), Figures()
    done = rounds(count)
    print(f"{count} entries, each accepted at two doors at once, in {time.monotonic() - started:.0f} s")
    figures.at_most("double_winners", sum(each.winners != 1 for each in done), "entries", 0)
    for each in (one for one in done if one.untold):
        print(f"{' and '.join(each.pressed)} pressed, {each.winner} won: never said at {', '.join(each.untold)}")
    figures.at_most("untold_losers", sum(len(each.untold) for each in done), "doors", 0)
    for door in DOORS:
        lags = [each.lags[door] for each in done if door in each.lags]
        print(f"{door}: median {percentile(lags, 0.5):.2f} s, longest {max(lags):.2f} s")
        figures.at_most(f"lag_{door.removeprefix('door-')}_p99", percentile(lags, 0.99), "s", LAG)
    return figures.exit_code()


if __name__ == "__main__":
    sys.exit(main())
