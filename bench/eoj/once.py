"""Every care system with a fault at each fifth note: none of 1,000 notes lost, none there twice.

    python bench/eoj/once.py [--quick] [--adapter NAME] [--notes N] [--seed S]

Notes are owed at ten a second to the adapter's simulator, through the real worker and relay, and one fault is planned
for every fifth: an error after the effect, a lost answer, an effect that comes late, a locked record, a reading that
fails; where the system has an index, it lags all the while. The simulator's own store judges: each note once, and in
force. Red where fewer attempts met trouble than faults were planned.
"""

from __future__ import annotations

import argparse
import random
import sys
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path = [str(ROOT), *(each for each in sys.path if Path(each or ".").resolve() != Path(__file__).resolve().parent)]

from adapters.contract.bench import Trouble  # noqa: E402
from bench.eoj.found import adapters, can_be_read, running  # noqa: E402
from bench.figures import Figures  # noqa: E402
from gateway.certify.running import RunningGateway  # noqa: E402
from gateway.domain.peers.messages import NoteMessage  # noqa: E402

SEED = 20261129
EVERY = 5  # notes to a fault
PACE = 0.1  # seconds between two notes
TROUBLES = (Trouble.ERROR_AFTER_EFFECT, Trouble.REPLY_LOST, Trouble.APPLIED_LATE, Trouble.BUSY)
PATIENCE = 900.0


def owe(bench: Any, gateway: RunningGateway, notes: int, source: random.Random) -> list[NoteMessage]:
    """In their order; every fifth of them brings a fault, which meets whatever comes next. None while the connection
    rests: what piled up would meet every call afterwards."""
    owed = []
    for number in range(notes):
        if number % EVERY == 0 and not gateway.is_resting():
            _trouble(bench, source)
        owed.append(gateway.owe_note(bench.record, bench.citizen))
        time.sleep(PACE)
    return owed


def _trouble(bench: Any, source: random.Random) -> None:
    kinds: list[Callable[[], None]] = [partial(bench.trouble, kind) for kind in TROUBLES]
    if can_be_read(bench):
        kinds.append(bench.reading_fails)
    source.choice(kinds)()


def await_all(gateway: RunningGateway, owed: Sequence[NoteMessage]) -> list[NoteMessage]:
    """Those that were not done in time."""
    ends = time.monotonic() + PATIENCE
    left = list(owed)
    while left and time.monotonic() < ends:
        left = [each for each in left if not gateway.is_done(each)]
        time.sleep(1.0 if left else 0.0)
    return left


def judge(adapter: str, notes: int, seed: int, figures: Figures) -> None:
    with running(adapter) as (bench, gateway):
        if bench.index_lags is not None:
            bench.index_lags()
        began = time.monotonic()
        owed = owe(bench, gateway, notes, random.Random(f"{seed} {adapter}"))
        late = await_all(gateway, owed)
        bench.quiet()
        copies = [bench.copies(each) for each in owed]
        counts = sum(bench.in_force(each) for each in owed)
        met = sum(gateway.attempts_in_trouble(each) for each in owed)
        for each in late[:5]:
            print(f"{adapter} not done: {gateway.note_faults(each)}")
    print(f"{adapter} seed {seed}: {notes} notes in {time.monotonic() - began:.0f} s, {met} attempts met trouble")
    figures.at_most(f"{adapter}_lost", sum(not each for each in copies) + len(late), "notes", 0)
    figures.at_most(f"{adapter}_doubled", sum(each > 1 for each in copies), "notes", 0)
    figures.at_least(f"{adapter}_in_force", counts, "notes", notes)
    figures.at_least(f"{adapter}_met_trouble", met, "attempts", notes // EVERY)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--quick", action="store_true", help="20 notes to two systems")
    parser.add_argument("--adapter", choices=adapters())
    parser.add_argument("--notes", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=SEED)
    asked = parser.parse_args()
    chosen = [asked.adapter] if asked.adapter else adapters()
    figures = Figures()
    for adapter in chosen[:2] if asked.quick else chosen:
        judge(adapter, 20 if asked.quick else asked.notes, asked.seed, figures)
    return figures.exit_code()


if __name__ == "__main__":
    sys.exit(main())
