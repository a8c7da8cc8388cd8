"""Notes to each care system while every fifth of them meets trouble: none lost, none doubled, corrections in force.

    python bench/eoj/notes_under_faults.py [--quick] [--adapter NAME ...] [--notes N] [--seed S]

Each adapter files its notes in its own simulator by the rule that deliveries follow (unknown → quiet period → probe →
file again). Trouble is an error after the effect, a lost reply (with it a lost acknowledgement, where that comes as a
message of its own), an effect that comes late, or a locked record. Every fourth note is corrected afterwards. The
simulator's own store is counted; a seed printed here repeats the plan.
"""

from __future__ import annotations

import argparse
import random
import secrets
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from adapters.contract import note_samples as samples  # noqa: E402
from adapters.contract.bench import Trouble  # noqa: E402
from adapters.contract.note_rule import filed  # noqa: E402
from adapters.discovery import adapter_names, find_adapter  # noqa: E402
from bench.figures import Figures  # noqa: E402
from gateway.certify.ways import bench_module  # noqa: E402
from gateway.domain.errors import PeerError  # noqa: E402
from gateway.domain.peers.delivery import Receipt  # noqa: E402
from gateway.domain.peers.messages import NoteMessage  # noqa: E402

TROUBLES = (Trouble.ERROR_AFTER_EFFECT, Trouble.REPLY_LOST, Trouble.APPLIED_LATE, Trouble.BUSY)
SHARE = 5  # every fifth
CORRECTED = 4  # every fourth


class Counted:
    """The adapter, and how many of its calls that file a note met a fault."""

    def __init__(self, system: Any) -> None:
        self._system = system
        self.struck = Counter[str]()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._system, name)

    def file_note(self, message: NoteMessage) -> Receipt:
        try:
            receipt: Receipt = self._system.file_note(message)
        except PeerError as fault:
            self.struck[type(fault).__name__] += 1
            raise
        return receipt


def send(made: Any, message: NoteMessage, kind: Trouble | None) -> bool:
    """Whether it counts as filed, by the rule."""
    if kind is not None:
        made.trouble(kind)
    try:
        filed(made, message)
    except AssertionError as fault:
        print(f"not filed: {fault}")
        return False
    made.quiet()
    return True


def plan(seed: int, notes: int) -> list[Trouble | None]:
    """Of so many sends, a fifth in trouble, in an order that follows from the seed."""
    chosen: list[Trouble | None] = [TROUBLES[number % len(TROUBLES)] for number in range(notes // SHARE)]
    chosen += [None] * (notes - len(chosen))
    random.Random(seed).shuffle(chosen)
    return chosen


def run(name: str, notes: int, seed: int, figures: Figures) -> None:
    refused, newest = 0, list[tuple[NoteMessage, NoteMessage]]()
    with tempfile.TemporaryDirectory() as folder, bench_module(name, "eoj").bench(Path(folder)) as made:
        counted = made.system = Counted(made.system)
        started = time.monotonic()
        for number, kind in enumerate(plan(seed, notes)):
            correcting = number % CORRECTED == CORRECTED - 1
            first = newest.pop()[0] if correcting else samples.message(made)
            message = samples.later(first, "Recept er sendt til apoteket.") if correcting else first
            refused += not send(made, message, kind)
            newest.append((message, first))
        took = time.monotonic() - started
        lost = sum(not (made.copies(last) and made.in_force(last)) for last, _ in newest)
        doubled = sum(made.copies(one) > 1 for pair in newest for one in set(pair))
    print(f"{name}: seed {seed}, {notes} sends in {took:.0f} s, faults met {dict(counted.struck)}")
    figures.at_least(f"{name}_faults_met", sum(counted.struck.values()), "faults", notes // SHARE)
    for what, count in (("lost", lost), ("doubled", doubled), ("not_filed", refused)):
        figures.at_most(f"{name}_{what}", count, "notes", 0)


def main() -> int:
    filing = [name for name in adapter_names("eoj") if hasattr(find_adapter("eoj", name).adapter, "file_note")]
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--quick", action="store_true", help="40 sends for each")
    parser.add_argument("--adapter", action="append", choices=filing)
    parser.add_argument("--notes", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=secrets.randbelow(10**6))
    options = parser.parse_args()
    figures = Figures()
    for name in options.adapter or filing:
        run(name, 40 if options.quick else options.notes, options.seed, figures)
    return figures.exit_code()


if __name__ == "__main__":
    sys.exit(main())
