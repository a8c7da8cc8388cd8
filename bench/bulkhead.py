"""What a healthy practice feels of sick peers: a care system that drips, one that is a black hole, one that refuses.

    python bench/bulkhead.py [--quick]

Entries for the healthy practice are placed at a steady pace, first alone and then beside each sick peer to which forty
notes are due at that moment, and beside all three. Real worker and relay, real sockets; the time is the one from the
commit to the row in the practice's own journal.
"""

from __future__ import annotations

import argparse
import socket
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from bench.due.house import House, arrivals, paced, until  # noqa: E402
from bench.figures import Figures, percentile  # noqa: E402
from gateway.domain.consultation.aggregate import Consultation  # noqa: E402
from simulators.demo.processes import free_port  # noqa: E402

GP = "gp-well"
NOTES = 40
DRIP = 9.0  # seconds until the last byte of an answer; a call is given ten
MORE = 1.10
AGED = 5.0  # milliseconds: what the clock of a busy machine adds by itself


@contextmanager
def black_hole() -> Iterator[int]:
    """A port whose queue of connections is full: what is sent there is never answered, not even by a refusal."""
    with ExitStack() as open_sockets:
        listener = open_sockets.enter_context(socket.socket())
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        for _ in range(2):
            waiting = open_sockets.enter_context(socket.socket())
            waiting.setblocking(False)
            waiting.connect_ex(listener.getsockname())
        yield int(listener.getsockname()[1])


def waits(house: House, count: int) -> list[float]:
    begun = paced([lambda: house.owe_entry(GP)] * count)
    until("all entries arrive", lambda: house.undone(GP) == 0)
    return arrivals(house, GP, begun)


def beside(house: House, sick: str, count: int) -> list[float]:
    """While its notes are due, all of them from the first moment on."""
    notes: list[Consultation] = [house.note_to_approve(sick) for _ in range(NOTES)]
    for note in notes:
        house.approve(note)
    seen = waits(house, count)
    print(f"{sick}: {house.undone(sick)} of {NOTES} still due, {house.gateway.health.of(sick).breaker.state}")
    return seen


def sick_ports(house: House, open_sockets: ExitStack) -> Mapping[str, Callable[[], int]]:
    return {
        "dripping": lambda: house.peer("dripping", "--drip", str(DRIP)),
        "black-holed": lambda: open_sockets.enter_context(black_hole()),
        "refusing": free_port,
    }


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--quick", action="store_true")
    count = 60 if parser.parse_args().quick else 600
    figures = Figures()
    with tempfile.TemporaryDirectory() as name, ExitStack() as open_sockets:
        house = House(Path(name), f"sqlite:///{name}/laegebro.sqlite")
        try:
            house.connect(GP, "gp_system", house.peer(GP))
            for sick, port in sick_ports(house, open_sockets).items():
                house.connect(sick, "eoj", port())
            house.attempt()
            judge(figures, house, count)
        finally:
            house.stop()
    return figures.exit_code()


def judge(figures: Figures, house: House, count: int) -> None:
    """Alone before and after, so that a machine that became slower meanwhile is not called a sick peer."""
    waits(house, 10)
    alone = waits(house, count)
    seen = {sick: beside(house, sick, count) for sick in ("dripping", "black-holed", "refusing")}
    time.sleep(1)
    alone += waits(house, count)
    base = percentile(alone, 0.99) * 1000
    figures.at_most("healthy_alone_p99", base, "ms", 1000)
    for sick, values in seen.items():
        figures.at_most(f"healthy_beside_{sick}_p99", percentile(values, 0.99) * 1000, "ms", base * MORE + AGED)


if __name__ == "__main__":
    raise SystemExit(main())
