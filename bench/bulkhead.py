"""What a healthy practice feels of sick peers: a care system that drips, one that is a black hole, one that refuses.

    python bench/bulkhead.py [--quick]

Two houses run side by side, each with its own database, worker and relay, and each with one healthy practice; to one of
them forty notes are due at a sick peer. Entries are placed in turn, one in either, so that whatever else this machine
does meets both alike. Compared is the p99 of each block of entries: the figure is the median of the blocks' ratios, so
that one disturbed moment decides nothing. Real worker and relay, real sockets; the time is the one from the commit to
the row in the practice's own journal.
"""

from __future__ import annotations

import argparse
import socket
import statistics
import sys
import tempfile
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
SICK = ("dripping", "black-holed", "refusing")
BLOCK = 20  # entries of each house that are judged together


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


def in_turn(tried: House, alone: House, count: int) -> tuple[list[float], list[float]]:
    """Seconds of each entry, in the order in which they were placed: one in either house, ten a second together."""
    begun = paced([lambda house=house: house.owe_entry(GP) for _ in range(count) for house in (tried, alone)])
    for house in (tried, alone):
        until("all entries arrive", lambda house=house: house.undone(GP) == 0)
    placed = list(begun.items())
    return arrivals(tried, GP, dict(placed[0::2])), arrivals(alone, GP, dict(placed[1::2]))


def beside(tried: House, alone: House, sick: str, count: int) -> tuple[list[float], list[float]]:
    """While its notes are due, all of them from the first moment on."""
    notes: list[Consultation] = [tried.note_to_approve(sick) for _ in range(NOTES)]
    for note in notes:
        tried.approve(note)
    seen = in_turn(tried, alone, count)
    print(f"{sick}: {tried.undone(sick)} of {NOTES} still due, {tried.gateway.health.of(sick).breaker.state}")
    return seen


def ratio(tried: list[float], alone: list[float]) -> float:
    """The median, over blocks of entries placed at the same time, of the one p99 over the other."""
    starts = range(0, len(tried) - BLOCK + 1, BLOCK)
    blocks = [(tried[at : at + BLOCK], alone[at : at + BLOCK]) for at in starts]
    return statistics.median(percentile(mine, 0.99) / percentile(theirs, 0.99) for mine, theirs in blocks)


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
    with tempfile.TemporaryDirectory() as name, ExitStack() as running:
        tried, alone = (running.enter_context(healthy(Path(name) / which)) for which in ("tried", "alone"))
        for sick, port in sick_ports(tried, running).items():
            tried.connect(sick, "eoj", port())
        for house in (tried, alone):
            house.attempt()
        judge(figures, tried, alone, count)
    return figures.exit_code()


@contextmanager
def healthy(folder: Path) -> Iterator[House]:
    folder.mkdir()
    house = House(folder, f"sqlite:///{folder}/laegebro.sqlite")
    try:
        house.connect(GP, "gp_system", house.peer(GP))
        yield house
    finally:
        house.stop()


def judge(figures: Figures, tried: House, alone: House, count: int) -> None:
    """First with nothing due at anybody sick: what two equal houses differ by on this machine."""
    in_turn(tried, alone, BLOCK)
    mine, theirs = in_turn(tried, alone, count)
    print(f"nothing due at a sick peer: {ratio(mine, theirs):.3f} x")
    figures.at_most("healthy_alone_p99", percentile(theirs, 0.99) * 1000, "ms", 1000)
    for sick in SICK:
        mine, theirs = beside(tried, alone, sick, count)
        figures.at_most(f"healthy_beside_{sick}_p99_over_alone", ratio(mine, theirs), "x", MORE)


if __name__ == "__main__":
    raise SystemExit(main())
