"""Every care system with a fault at each fifth note: none of 1,000 notes lost, none there twice, corrections in force.

    python bench/eoj/once.py [--quick] [--adapter NAME ...] [--notes N] [--seed S]

Notes about all the simulator's citizens are owed at ten a second, through the real worker and relay, and every fourth
is corrected. One fault is planned for every fifth: an error after the effect, a lost answer (with it a lost
acknowledgement, where that comes as a message of its own), an effect that comes late, a locked record, a reading that
fails; where the system has an index, it lags all the while. The simulator's own store judges. Red where fewer attempts
met trouble than faults were asked for, one per five notes; those that struck no attempt are planned once more. The seed
that is printed repeats the plan.
"""

from __future__ import annotations

import argparse
import random
import secrets
import sys
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path = [str(ROOT), *(each for each in sys.path if Path(each or ".").resolve() != Path(__file__).resolve().parent)]

from adapters.contract.bench import Trouble  # noqa: E402
from bench.eoj.found import StandingStill, adapters, can_be_read, citizens, running  # noqa: E402
from bench.figures import Figures  # noqa: E402
from gateway.certify.running import RunningGateway  # noqa: E402
from gateway.domain.peers.messages import NoteMessage  # noqa: E402

EVERY = 5  # notes to a fault
CORRECTED = 4  # of so many notes one
PACE = 0.1  # seconds between two notes
TROUBLES = (Trouble.ERROR_AFTER_EFFECT, Trouble.REPLY_LOST, Trouble.APPLIED_LATE, Trouble.BUSY)
PATIENCE = 900.0


@dataclass
class Owed:
    """``versions``: of each citizen's note the messages owed, oldest first."""

    versions: list[list[NoteMessage]] = field(default_factory=list)
    planned: Counter[str] = field(default_factory=Counter)

    def every(self) -> Sequence[NoteMessage]:
        return [message for versions in self.versions for message in versions]


class Faulty:
    """The faults of one run, in an order that follows from the seed. None is planned while the connection rests: what
    piled up would meet every call afterwards. It is made up for as soon as it is called again."""

    def __init__(self, bench: Any, gateway: RunningGateway, source: random.Random, owed: Owed) -> None:
        self._gateway, self._source, self._planned = gateway, source, owed.planned
        self._kinds: list[tuple[str, Callable[[], None]]] = [
            (str(kind), partial(bench.trouble, kind)) for kind in TROUBLES
        ]
        if can_be_read(bench):
            self._kinds.append(("reading fails", bench.reading_fails))
        self._due = 0

    def ask_for_one(self) -> None:
        self._due += 1

    def plan(self) -> bool:
        """At most one; whether none is left to plan."""
        if self._due and not self._gateway.is_resting():
            name, strike = self._source.choice(self._kinds)
            strike()
            self._planned[name] += 1
            self._due -= 1
        return not self._due


def owe(bench: Any, gateway: RunningGateway, notes: int, faulty: Faulty, owed: Owed) -> None:
    whose, number, planned = citizens(bench), 0, False
    while number < notes or not planned:  # one note more than notes where the last fault came late
        if number < notes and number % EVERY == 0:
            faulty.ask_for_one()
        planned = faulty.plan()
        one = next(whose)
        owed.versions.append([gateway.owe_note(one.record, one.citizen, held=True)])
        if number % CORRECTED == CORRECTED - 1:
            owed.versions[-1].append(gateway.correct_note(owed.versions[-1][0]))
        number += 1
        time.sleep(PACE)


def make_up(bench: Any, gateway: RunningGateway, asked: int, faulty: Faulty, owed: Owed) -> None:
    """A fault that struck no attempt of ours (a question beside one, another fault's attempt) is planned once more,
    with a note of its own, one after the other."""
    whose = citizens(bench)
    for _ in range(asked // 10):
        if met(gateway, owed) >= asked:
            return
        faulty.ask_for_one()
        while not faulty.plan():
            time.sleep(PACE)
        one = next(whose)
        owed.versions.append([gateway.owe_note(one.record, one.citizen, held=True)])
        await_all(gateway, owed.versions[-1])


def met(gateway: RunningGateway, owed: Owed) -> int:
    """Attempts that met trouble."""
    return sum(gateway.attempts_in_trouble(each) for each in owed.every())


def await_all(gateway: RunningGateway, owed: Sequence[NoteMessage]) -> Sequence[NoteMessage]:
    """Those that were not done in time."""
    ends = time.monotonic() + PATIENCE
    left = owed
    while left and time.monotonic() < ends:
        left = [each for each in left if not gateway.is_done(each)]
        time.sleep(1.0 if left else 0.0)
    return left


def judge(adapter: str, notes: int, seed: int, figures: Figures) -> None:
    with running(adapter) as (bench, gateway):
        if bench.index_lags is not None:
            bench.index_lags()
        began, owed = time.monotonic(), Owed()
        faulty = Faulty(bench, gateway, random.Random(f"{seed} {adapter}"), owed)
        owe(bench, gateway, notes, faulty, owed)
        await_all(gateway, owed.every())
        make_up(bench, gateway, notes // EVERY, faulty, owed)
        late = await_all(gateway, owed.every())
        took = time.monotonic() - began
        bench.quiet()
        bench.hand = StandingStill(bench.hand)
        doubled = sum(bench.copies(each) > 1 for each in owed.every())
        lost = sum(bench.copies(each[-1]) < 1 for each in owed.versions)
        in_force = sum(bench.in_force(each[-1]) for each in owed.versions)
        beside = [bench.contacts(each[-1]) for each in owed.versions]
        struck = met(gateway, owed)
        for each in late[:5]:
            print(f"{adapter} not done: {gateway.note_faults(each)}")
    print(f"{adapter} seed {seed}: {len(owed.every())} sends of {len(owed.versions)} notes in {took:.0f} s")
    print(f"{adapter} planned {dict(owed.planned)}, {struck} attempts met trouble")
    figures.at_most(f"{adapter}_lost", lost + len(late), "notes", 0)
    figures.at_most(f"{adapter}_doubled", doubled, "notes", 0)
    if any(each is not None for each in beside):
        figures.at_most(f"{adapter}_contacts_lost_or_doubled", sum(each != 1 for each in beside), "contacts", 0)
    figures.at_least(f"{adapter}_in_force", in_force, "notes", len(owed.versions))
    figures.at_least(f"{adapter}_met_trouble", struck, "attempts", notes // EVERY)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--quick", action="store_true", help="20 notes to two systems, or to those that are named")
    parser.add_argument("--adapter", action="append", choices=adapters())
    parser.add_argument("--notes", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=secrets.randbelow(10**6))
    asked = parser.parse_args()
    figures = Figures()
    for adapter in asked.adapter or (adapters()[:2] if asked.quick else adapters()):
        judge(adapter, 20 if asked.quick else asked.notes, asked.seed, figures)
    return figures.exit_code()


if __name__ == "__main__":
    sys.exit(main())
