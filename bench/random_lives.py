"""Random people live random consultations: entries, cases, seats and clocks, until enough steps are done.

The invariants are those of tests/unit/domain/random_life.py; a broken one is printed with the shortest life that breaks
it. ``--quick`` lives a tenth.
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from bench.figures import Figures  # noqa: E402
from tests.unit.domain.random_life import Life  # noqa: E402

FULL, QUICK = 50_000, 5_000
LIVES = settings(
    max_examples=100, stateful_step_count=50, deadline=None, database=None, suppress_health_check=list(HealthCheck)
)


def live_a_hundred() -> int:
    """1 where an invariant broke or a verb failed otherwise than by refusing; the shortest such life is printed."""
    try:
        run_state_machine_as_test(Life, settings=LIVES)
    except Exception as broken:
        print("broken:", *getattr(broken, "__notes__", ()), broken, sep="\n")
        return 1
    return 0


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--quick", action="store_true")
    wanted = QUICK if parser.parse_args().quick else FULL
    begun, broken = time.monotonic(), 0
    while Life.lived < wanted and not broken:
        broken = live_a_hundred()
    print(f"{Life.lived} steps of random lives in {time.monotonic() - begun:.0f} s")
    figures = Figures()
    figures.at_least("steps", Life.lived, "steps", wanted)
    figures.at_most("broken_invariants", broken, "invariants", 0)
    return figures.exit_code()


if __name__ == "__main__":
    sys.exit(main())
