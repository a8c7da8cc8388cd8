"""Every door that other systems call, given spoilt messages and documents made to harm: each is answered, none with a
fault of our own, and none slowly.

    python bench/mutated_inputs.py [--quick | --inputs N] [--seed N] [--door NAME] [--slowest FILE]

``bench/spoilt`` lists the doors. Everything runs in this process, over a database of its own, so that a growth
in memory is the door's. A status of 500 and above counts, and so does a crash. Each input that is acknowledged is held
against what is stored (``bench/spoilt/effects.py``): what is acknowledged has been done in full.
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
import time
from contextlib import suppress
from dataclasses import dataclass
from heapq import nlargest
from pathlib import Path
from statistics import median

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from bench.figures import Figures  # noqa: E402
from bench.spoilt.door import Door  # noqa: E402
from bench.spoilt.systems import DOORS  # noqa: E402
from gateway.logs import configure  # noqa: E402

INPUTS, QUICK, SEED = 20_000, 500, 20_261_122
SLOWEST = 10
WARM = 200  # what is loaded and remembered once is no growth


@dataclass(frozen=True, order=True)
class Met:
    """``worked``: seconds this process had a processor; ``queued``: seconds its threads waited for one. They
    tell a slow input from a busy machine."""

    seconds: float
    worked: float
    queued: float
    status: int
    content: bytes


def met_by(door: Door, content: bytes) -> Met:
    worked, queued = time.process_time(), waited_for_a_processor()
    status, seconds = door.send(content)
    return Met(seconds, time.process_time() - worked, waited_for_a_processor() - queued, status, content)


def waited_for_a_processor() -> float:
    """By the kernel's scheduler, ready to run and not running; a thread that ends meanwhile says nothing more."""
    waited = 0
    for each in Path("/proc/self/task").glob("*/schedstat"):
        with suppress(OSError):
            waited += int(each.read_text(encoding="ascii").split()[1])
    return waited / 1e9


def measure(name: str, door: Door, count: int, figures: Figures, seed: int) -> list[Met]:
    """The slowest inputs."""
    chance = random.Random(seed)
    answers: list[tuple[int, float]] = []
    slow: list[Met] = []
    at_work: list[float] = []
    acknowledged, undone = 0, list[str]()
    before = 0.0
    for number in range(count + WARM):
        if number == WARM:
            before = megabytes()
        one = met_by(door, door.spoil(chance.choice(door.messages), chance))
        answers.append((one.status, one.seconds))
        if one.status < 300:
            acknowledged += 1
            undone += [fault] if (fault := door.undone(one.content)) else []
        at_work.append(one.worked)
        slow = nlargest(SLOWEST, [*slow, one])
    grown = megabytes() - before
    bombs = {bomb: [door.send(content) for _ in range(5)] for bomb, content in door.bombs.items()}
    slowest = {bomb: median(seconds for _, seconds in met) * 1000 for bomb, met in bombs.items()}
    statuses = [status for status, _ in answers] + [status for met in bombs.values() for status, _ in met]
    let_in = sorted(bomb for bomb, met in bombs.items() if any(status < 400 for status, _ in met))
    kinds = {status: statuses.count(status) for status in sorted(set(statuses))}
    worst = sorted(slowest, key=lambda bomb: -slowest[bomb])[:3]
    told = ", ".join(f"{bomb} {slowest[bomb]:.1f} ms" for bomb in worst)
    print(f"{name}: {count} inputs, answers {kinds}; slowest documents {told}")
    longest = f"{slow[0].seconds:.2f} s: {slow[0].worked:.2f} s at work, {slow[0].queued:.2f} s waiting for a processor"
    print(f"{name}: slowest answer {longest}; longest at work {max(at_work):.2f} s")
    print(f"{name}: {acknowledged} acknowledged; not done in full {sorted(set(undone))}")
    figures.at_least(f"{name}_inputs", count, "inputs", min(count, INPUTS))
    figures.at_most(f"{name}_acknowledged_and_undone", len(undone), "inputs", 0)
    figures.at_most(f"{name}_five_hundreds", sum(status >= 500 for status in statuses), "answers", 0)
    figures.at_most(f"{name}_worst_seconds", max(seconds for _, seconds in answers), "s", 2)
    figures.at_most(f"{name}_bombs_let_in", len(let_in), "documents", 0)
    figures.at_most(f"{name}_bomb_refusal_ms", max(slowest.values()), "ms", 50)
    figures.at_most(f"{name}_memory_growth", grown, "MB", 64)
    return slow


def megabytes() -> float:
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(status.split("VmRSS:")[1].split()[0]) / 1024


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--quick", action="store_true", help=f"{QUICK} inputs for each door instead of {INPUTS}")
    parser.add_argument("--inputs", type=int, default=INPUTS, metavar="N", help="inputs for each door")
    parser.add_argument("--seed", type=int, default=SEED, metavar="N", help="another choice of inputs")
    parser.add_argument("--door", choices=sorted(DOORS), action="append", help="may be repeated; none: every door")
    parser.add_argument("--slowest", type=Path, metavar="FILE", help="the slowest inputs are added to this file")
    options = parser.parse_args()
    configure("bench", level="CRITICAL")
    figures = Figures()
    for name in options.door or DOORS:
        with tempfile.TemporaryDirectory() as folder, DOORS[name](Path(folder)) as door:
            slow = measure(name, door, QUICK if options.quick else options.inputs, figures, options.seed)
        if options.slowest:
            with options.slowest.open("a", encoding="utf-8") as kept:
                kept.writelines(f"{name} {each}\n" for each in slow)
    return figures.exit_code()


if __name__ == "__main__":
    sys.exit(main())
