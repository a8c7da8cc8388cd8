"""A rolling restart of every process: two web, live, relay, worker and media behind nginx, on PostgreSQL.

    python -m bench.fleet [--quick] [--rounds N]

Ten calls, their pages and event streams, and consultations one after the other whose deliveries are counted in the
peers' own journals. Each process gets SIGTERM in its turn and is started again; nginx reads its file anew.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
from pathlib import Path

from bench.fleet.within import folder_of_this_run


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="one round")
    parser.add_argument("--rounds", type=int, default=3)
    asked = parser.parse_args()
    folder = folder_of_this_run()
    return folder if isinstance(folder, int) else _measured(folder, 1 if asked.quick else asked.rounds)


def _measured(folder: Path, rounds: int) -> int:
    from bench.figures import Figures
    from bench.fleet import rolling

    result = Figures()
    asyncio.run(rolling.measure(folder, rounds, result))
    return result.exit_code()


if __name__ == "__main__":
    sys.exit(main())
