"""From the end of a consultation to the filed note, over each care system's channel, and what a worker files a second.

    python bench/eoj/writeback.py [--quick] [--adapter NAME]

Notes are owed at one and at twenty a second to the adapter's simulator, through the real worker and relay: the time is
from the beginning of the commit that owes the note to the moment its row is done, read back where the channel can.
Then as many as fit: notes a second with all owed at once, beside the bare round trips of the same adapter, one after
the other, without a database. Each note is another one, about all the simulator's citizens in turn; every one is
counted in the simulator's own store.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path = [str(ROOT), *(each for each in sys.path if Path(each or ".").resolve() != Path(__file__).resolve().parent)]

from adapters.contract import note_samples as samples  # noqa: E402
from bench.eoj.found import StandingStill, adapters, citizens, running  # noqa: E402
from bench.figures import Figures, percentile  # noqa: E402
from gateway.certify.running import RunningGateway  # noqa: E402
from gateway.domain.capability import Capability  # noqa: E402
from gateway.domain.peers.messages import NoteMessage  # noqa: E402

RATES = {1: 500.0, 20: 1000.0}  # notes a second, and the most milliseconds of 99 in 100
OF_THE_BARE = 0.2  # what a worker files of what the bare adapter does
ANSWERED_BY_MESSAGE = 5000.0  # milliseconds, where the acknowledgement is a message of its own
PATIENCE = 300.0
Owed = list[tuple[NoteMessage, float]]


def owe(bench: Any, gateway: RunningGateway, count: int, rate: float) -> Owed:
    """``count`` notes, ``rate`` a second; each with the moment its commit began."""
    started, owed, whose = time.time(), [], citizens(bench)
    for number in range(count):
        time.sleep(max(0.0, started + number / rate - time.time()))
        one, begun = next(whose), time.time()
        owed.append((gateway.owe_note(one.record, one.citizen), begun))
    return owed


def filed(gateway: RunningGateway, owed: Owed) -> list[float]:
    """When each was done. Raises ``TimeoutError``."""
    ends, left = time.monotonic() + PATIENCE, [message for message, _ in owed]
    while left:
        if time.monotonic() > ends:
            raise TimeoutError(f"{len(left)} notes are not filed: {gateway.note_faults(left[0])}")
        left = [each for each in left if not gateway.is_done(each)]
        time.sleep(0.5 if left else 0.0)
    return [gateway.done_at(message).timestamp() for message, _ in owed]


def bare(bench: Any, count: int) -> float:
    """Notes a second by the adapter alone."""
    whose = citizens(bench)
    messages = [replace(samples.message(next(whose)), may_be_there=False) for _ in range(count)]
    bench.system.file_note(samples.message(bench))  # login and capabilities are read at the first
    began = time.monotonic()
    for each in messages:
        bench.system.file_note(each)
    return count / (time.monotonic() - began)


def judge(adapter: str, seconds: int, figures: Figures) -> None:
    with running(adapter) as (bench, gateway):
        filed(gateway, owe(bench, gateway, 3, 5))
        by_message = Capability.ACKNOWLEDGES_LATER in bench.system.capabilities
        for rate, limit in RATES.items():
            most = ANSWERED_BY_MESSAGE if by_message else limit
            owed = owe(bench, gateway, rate * seconds, rate)
            took = [1000 * (at - begun) for at, (_, begun) in zip(filed(gateway, owed), owed, strict=True)]
            figures.at_most(f"{adapter}_ended_to_filed_p50_at_{rate}", percentile(took, 0.5), "ms", most)
            figures.at_most(f"{adapter}_ended_to_filed_p99_at_{rate}", percentile(took, 0.99), "ms", most)
            require_once(bench, [message for message, _ in owed])
            met = sum(gateway.attempts_in_trouble(message) for message, _ in owed)
            print(f"{adapter}, {rate} a second: {met} attempts met trouble")
        owed = owe(bench, gateway, 20 * seconds, 10_000)
        ended = filed(gateway, owed)
        rate = len(owed) / (max(ended) - owed[0][1])
        alone = bare(bench, 5 * seconds)
        print(f"{adapter}: {rate:.1f} notes/s, the bare adapter {alone:.1f}")
        figures.at_least(f"{adapter}_filed_of_the_bare_adapter", rate / alone, "x", OF_THE_BARE)


def require_once(bench: Any, messages: Sequence[NoteMessage]) -> None:
    looking, bench.hand = bench.hand, StandingStill(bench.hand)
    wrong = [each for each in messages if bench.copies(each) != 1]
    bench.hand = looking
    if wrong:
        raise RuntimeError(f"{len(wrong)} of {len(messages)} notes are not there once")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--quick", action="store_true", help="three seconds each: two systems, or those named")
    parser.add_argument("--adapter", action="append", choices=adapters())
    asked = parser.parse_args()
    figures = Figures()
    for adapter in asked.adapter or (adapters()[:2] if asked.quick else adapters()):
        judge(adapter, 3 if asked.quick else 30, figures)
    return figures.exit_code()


if __name__ == "__main__":
    sys.exit(main())
