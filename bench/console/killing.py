"""What the console says, and what others feel, when one of five practice systems dies.

    python -m bench.console.killing [--quick]

Two houses run side by side, each with worker, relay and five practice systems, and entries are placed in turn, one in
either, to the first system and to the four others alike. Then the first system of one house is ended by SIGKILL.
Printed: seconds until its row in the overview says so (the page and its stream are made of these rows), the alarms
that begin within a minute and a half, and of the four others the median, over blocks of entries placed at the same
time, of the p99 in the one house over that in the other.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from uuid import UUID

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from bench.bulkhead import ratio  # noqa: E402
from bench.due.house import House, arrivals, paced, until  # noqa: E402
from bench.figures import Figures  # noqa: E402
from gateway.domain.alarm import AlarmKind  # noqa: E402
from gateway.domain.oversight import Oversight  # noqa: E402
from gateway.domain.peers.overview import Condition  # noqa: E402

DIES, OTHERS = "gp-dies", ("gp-1", "gp-2", "gp-3", "gp-4")
TURNED, MORE, ALARM_AFTER = 10.0, 1.05, 90.0
SICK = (Condition.CUT, Condition.FAILING)


@contextmanager
def house(folder: Path) -> Iterator[House]:
    folder.mkdir()
    made = House(folder, f"sqlite:///{folder}/laegebro.sqlite")
    try:
        for name in (DIES, *OTHERS):
            made.connect(name, "gp_system", made.peer(name))
        made.attempt()
        yield made
    finally:
        made.stop()


def placed(tried: House, alone: House, count: int) -> tuple[list[float], list[float]]:
    """Seconds of each entry to the four, in the order in which they were placed: to the five in turn, in either house,
    ten a second together."""
    order = [(DIES, *OTHERS)[number % 5] for number in range(count)]
    acts = [partial(house.owe_entry, name) for name in order for house in (tried, alone)]
    begun = list(paced(acts).items())
    return seconds(tried, begun[0::2], order), seconds(alone, begun[1::2], order)


def seconds(of: House, begun: Sequence[tuple[UUID, float]], order: Sequence[str]) -> list[float]:
    until("the others' entries arrive", lambda: all(of.undone(name) == 0 for name in OTHERS))
    took: dict[UUID, float] = {}
    for name in OTHERS:
        its = {id: at for (id, at), to in zip(begun, order, strict=True) if to == name}
        took |= dict(zip(its, arrivals(of, name, its), strict=True))
    return [took[id] for id, _ in begun if id in took]


@dataclass
class Watcher:
    """Looks at one house's overview and alarms ten times a second from the moment its system is killed."""

    tried: House
    turned: float = float("inf")
    wrong: set[str] = field(default_factory=set)  # other connections whose row turned
    _stop: threading.Event = field(default_factory=threading.Event)

    def kill(self) -> threading.Thread:
        self.tried.processes[DIES].kill()
        looking = threading.Thread(target=self._look, args=(time.monotonic(),), daemon=True)
        looking.start()
        return looking

    def _look(self, killed: float) -> None:
        while time.monotonic() - killed < ALARM_AFTER:
            for line in self.tried.gateway.overview.lines(Oversight(None)):
                if line.condition in SICK and line.name == DIES:
                    self.turned = min(self.turned, time.monotonic() - killed)
                elif line.condition in SICK:
                    self.wrong.add(line.name)
            self._stop.wait(0.1)


def alarms(tried: House) -> Sequence[tuple[str, str]]:
    return [(str(each.condition.kind), each.condition.subject) for each in tried.gateway.alarms.active()]


def judge(figures: Figures, tried: House, alone: House, count: int) -> None:
    """First while all live: what two equal houses differ by on this machine."""
    placed(tried, alone, 25)
    print(f"all live: {ratio(*placed(tried, alone, count)):.3f} x")
    watcher = Watcher(tried)
    looking = watcher.kill()
    after = ratio(*placed(tried, alone, count))
    looking.join()
    told = alarms(tried)
    print(f"alarms: {told}; other rows that turned: {sorted(watcher.wrong) or 'none'}")
    figures.at_most("row_turned_after", watcher.turned, "s", TURNED)
    figures.at_most("other_rows_turned", len(watcher.wrong), "rows", 0)
    ill = told.count((str(AlarmKind.ILL), DIES))
    figures.at_least("alarms_of_it", ill, "alarms", 1)
    figures.at_most("alarms_in_all", len(told), "alarms", 1)
    figures.at_most("others_p99_over_that_of_the_other_house", after, "x", MORE)


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--quick", action="store_true")
    count = 150 if parser.parse_args().quick else 1500
    figures = Figures()
    with tempfile.TemporaryDirectory() as name, ExitStack() as running:
        tried, alone = (running.enter_context(house(Path(name) / which)) for which in ("tried", "alone"))
        judge(figures, tried, alone, count)
    return figures.exit_code()


if __name__ == "__main__":
    raise SystemExit(main())
