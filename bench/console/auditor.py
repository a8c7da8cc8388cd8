"""An auditor's questions in Chromium over 100,000 consultations: the most presses of any, and the slowest page.

    python -m bench.console.auditor [--quick]

The database (SQLite) is filled as long use fills it; each question begins at the console's first page and its answer is
compared (tests/support/pages/auditor.py). ``--quick``: 2,000 consultations.
"""

from __future__ import annotations

import argparse
import logging
import sys
import tempfile
import time
from pathlib import Path

import structlog

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from bench.figures import Figures  # noqa: E402
from tests.support.growth.databases import unguarded  # noqa: E402
from tests.support.growth.filling import Filling  # noqa: E402
from tests.support.pages.auditor import (  # noqa: E402
    MOST_PRESSES,
    QUESTIONS,
    SUBPROCESSORS,
    asked,
    furnished_for_audit,
    visiting,
)
from tests.support.pages.browsing import running_chromium  # noqa: E402
from tests.support.pages.sheet import Showing, showing  # noqa: E402

MANY, QUICK = 100_000, 2_000
A_PASS, SLOWEST = 500, 2_000.0  # ms


def fill(shown: Showing, many: int) -> None:
    """As long use leaves it, with the erasure's passes done."""
    begun, stage = time.perf_counter(), shown.stage
    Filling(stage, unguarded(stage.gateway.engine.url)).grow_to(many)
    for _ in range(many // A_PASS + 1):  # those that wait for their note are passed over, and none comes twice
        stage.gateway.erasure.erase_texts(A_PASS)
    furnished_for_audit(stage)
    print(f"  {many:,} consultations stored after {time.perf_counter() - begun:.0f} s", flush=True)


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--quick", action="store_true")
    many = QUICK if parser.parse_args().quick else MANY
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    logging.getLogger("werkzeug").setLevel(logging.CRITICAL)
    figures, presses = Figures(), dict[str, int]()
    with tempfile.TemporaryDirectory() as folder, showing(Path(folder), subprocessors=SUBPROCESSORS) as shown:
        fill(shown, many)
        with running_chromium() as browser, visiting(browser, shown) as visit:
            for name, count in asked(visit):
                presses[name] = count
                print(f"  {name}: {count} presses, pages {', '.join(f'{each:.0f}' for each in visit.milliseconds)} ms")
                slowest = max(visit.milliseconds)
                visit.milliseconds[:] = [slowest]
    figures.at_least("auditor_questions_answered", len(presses), "questions", len(QUESTIONS))
    figures.at_most(f"auditor_most_presses_at_{many}", max(presses.values()), "presses", MOST_PRESSES)
    figures.at_most(f"auditor_slowest_page_at_{many}", slowest, "ms", SLOWEST)
    return figures.exit_code()


if __name__ == "__main__":
    raise SystemExit(main())
