"""Our FHIR door given spoilt requests and documents made to harm: each is answered, none with a fault of our own.

    python bench/doors_fhir.py [--quick]

Everything runs in this process, over a database of its own, so that a growth in memory is the door's.
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
from collections import Counter
from pathlib import Path
from statistics import median

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from bench.figures import Figures, percentile  # noqa: E402
from gateway.logs import configure  # noqa: E402
from gateway.store.engine import create_schema, open_engine  # noqa: E402
from tests.support.fhir_spoiling import BOMBS, MadVendor, messages, spoilt  # noqa: E402
from tests.support.fhir_world import FhirWorld  # noqa: E402

INPUTS, QUICK = 20_000, 500
WARM = 200  # what is loaded and remembered once is no growth


def megabytes() -> float:
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(status.split("VmRSS:")[1].split()[0]) / 1024


def measure(vendor: MadVendor, count: int, figures: Figures) -> None:
    chance, known, before = random.Random(20_261_122), messages(), 0.0
    answers: list[tuple[int, float]] = []
    for number in range(count + WARM):
        before = megabytes() if number == WARM else before
        answers.append(vendor.send(spoilt(chance.choice(known), chance)))
    grown = megabytes() - before
    bombs = {name: [vendor.send(bomb) for _ in range(5)] for name, bomb in BOMBS.items()}
    slowest = {name: median(seconds for _, seconds in met) * 1000 for name, met in bombs.items()}
    seconds = [each for _, each in answers]
    met = Counter(status for status, _ in answers)
    print(f"{count} inputs, answers {dict(sorted(met.items()))}; median {median(seconds) * 1000:.1f} ms")
    print("documents made to harm: " + ", ".join(f"{name} {slowest[name]:.1f} ms" for name in sorted(slowest)))
    refused = sum(all(400 <= status < 500 for status, _ in each) for each in bombs.values())
    figures.at_most("fhir_five_hundreds", sum(status >= 500 for status, _ in answers), "answers", 0)
    figures.at_most("fhir_worst_seconds", max(seconds), "s", 2)
    figures.at_most("fhir_p99_ms", percentile(seconds, 0.99) * 1000, "ms", 1000)
    figures.at_least("fhir_bombs_refused", refused, "documents", len(BOMBS))
    figures.at_most("fhir_bomb_refusal_ms", max(slowest.values()), "ms", 50)
    figures.at_most("fhir_memory_growth", grown, "MB", 64)


def main() -> int:
    parser = argparse.ArgumentParser(description="Spoilt requests at our FHIR door.")
    parser.add_argument("--quick", action="store_true", help=f"{QUICK} inputs instead of {INPUTS}")
    options = parser.parse_args()
    configure("bench", level="CRITICAL")
    figures = Figures()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        template = folder / "template.db"
        engine = open_engine(f"sqlite:///{template}")
        create_schema(engine)
        engine.dispose()
        world = FhirWorld(folder, template)
        measure(MadVendor(world), QUICK if options.quick else INPUTS, figures)
        world.gateway.engine.dispose()
    return figures.exit_code()


if __name__ == "__main__":
    sys.exit(main())
