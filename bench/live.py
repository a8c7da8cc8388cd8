"""Open pages: what an idle one costs the live process, and how soon, and at whose pages, a change is seen.

    python bench/live.py [--quick] [--database sqlite|postgresql]

Eight nurses' pages and two of the clinic at each practice, each page a session of its own, read over raw sockets by a
process of its own (``bench.pages.browser``). First half of the pages are opened and changes are committed beside the
live process, at other practices each; from the commit to the moment at which the page has read the document (and, in
words, from the press: this program's own act lies between). Each page's documents are counted: exactly the change that
is meant for it. Then the other half is opened, and the live process's
processor time and memory are read while nothing happens. Only the process itself is counted, not the database's.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from subprocess import PIPE, Popen
from threading import Thread

import psutil  # type: ignore[import-untyped]  # no stubs of its own

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from bench.figures import Figures, percentile  # noqa: E402
from bench.pages.browser import allow_many_files  # noqa: E402
from bench.pages.house import House, Told  # noqa: E402
from bench.postgres import Postgres, shown  # noqa: E402
from simulators.demo.processes import Process, free_port, python  # noqa: E402
from tests.support.processes.relaying import environment_of, real_redis  # noqa: E402

WITHIN = 600.0
CHANGE_MS, PAGES_PER_CORE = 250, 10_000


@dataclass(frozen=True, slots=True)
class Size:
    pages: int  # in the end; changes are made with half of them open
    changes: int
    pace: float  # changes a second
    idle: float  # seconds; sessions are asked about every 15


FULL, QUICK = Size(10_000, 200, 10.0, 45.0), Size(400, 16, 4.0, 15.0)


@dataclass(frozen=True, slots=True)
class Heard:
    page: int
    at: float
    event: str
    document: dict[str, object]


@dataclass
class Open:
    """Streams that one browser process reads; what they were told, as it comes."""

    first: int
    process: Popen[str]
    heard: list[Heard] = field(default_factory=list)
    cut: list[str] = field(default_factory=list)
    opened: set[int] = field(default_factory=set)

    def listen(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            page, at, event, data = line.rstrip("\n").split("\t", 3)
            if event == "cut":
                self.cut.append(f"{page}: {data}")
                continue
            self.heard.append(Heard(self.first + int(page), float(at), event, json.loads(data)))
            self.opened.add(int(page))


@dataclass(frozen=True, slots=True)
class Seen:
    """``late``: seconds from a commit to each page that it was meant for, and from the press before it. ``strayed``:
    documents too many, missing, or with another content. ``idle``: processor seconds of the process for each second."""

    late: list[tuple[float, float]]
    strayed: int
    cut: int
    idle: float
    kibibytes: float
    opened: float  # seconds for all pages


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--database", choices=("sqlite", "postgresql"))
    told = parser.parse_args()
    allow_many_files()
    size, figures = QUICK if told.quick else FULL, Figures()
    for kind in [told.database] if told.database else ["sqlite", "postgresql"]:
        with tempfile.TemporaryDirectory() as name, _database(kind, Path(name)) as url:
            _judge(figures, kind, size, _seen(Path(name), url, size))
    return figures.exit_code()


def _judge(figures: Figures, kind: str, size: Size, seen: Seen) -> None:
    per_page = seen.idle / size.pages * 1e6
    print(f"{kind}: {size.pages} pages opened in {seen.opened:.1f} s; then {seen.idle:.1%} of a core while idle")
    figures.at_most(f"{kind}.live.idle_us_per_page_s", per_page, "us/s", 1e6 / PAGES_PER_CORE)
    figures.at_least(f"{kind}.live.pages_per_core", 1e6 / per_page, "pages", PAGES_PER_CORE)
    since_commit, since_press = ([1000 * each for each in column] for column in zip(*seen.late, strict=True))
    both = ", ".join(f"{percentile(since_press, share):.0f} ms at {share:.0%}" for share in (0.5, 0.99))
    print(f"{kind}: {len(seen.late)} seen at {size.pages // 2} pages; since the press {both}")
    print(f"{kind}: since the commit {percentile(since_commit, 0.5):.0f} ms at 50%")
    figures.at_most(f"{kind}.live.change_p99_ms", percentile(since_commit, 0.99), "ms", CHANGE_MS)
    figures.at_most(f"{kind}.live.memory_kib_per_page", seen.kibibytes, "KiB", 100)
    figures.at_most(f"{kind}.live.documents_astray", seen.strayed, "documents", 0)
    figures.at_most(f"{kind}.live.streams_cut", seen.cut, "streams", 0)


@contextmanager
def _database(kind: str, folder: Path) -> Iterator[str]:
    if kind == "sqlite":
        yield f"sqlite:///{folder}/laegebro.db"
        return
    server = Postgres(folder / "pg")
    try:
        yield shown(server.database("live"))
    finally:
        server.stop()


def _seen(folder: Path, url: str, size: Size) -> Seen:
    with real_redis(folder) as (_, redis_url), ExitStack() as ending:
        house = House(folder, url, redis_url)
        begun = time.monotonic()
        house.fill(size.pages)
        print(f"{len(house.pages)} pages at {len(house.queues)} practices made in {time.monotonic() - begun:.0f} s")
        process, port = _live(house, folder)
        ending.callback(process.stop)
        return _measured(house, psutil.Process(process.pid), port, size, ending)


def _live(house: House, folder: Path) -> tuple[Process, int]:
    port = free_port()
    told = environment_of(house.settings) | {"LAEGEBRO_LIVE_LISTEN": f"127.0.0.1:{port}"}
    process = Process("live", python("-m", "gateway.live"), told, folder / "live.log", port=port)
    process.start()
    return process, port


def _measured(house: House, live: psutil.Process, port: int, size: Size, ending: ExitStack) -> Seen:
    empty, half = live.memory_info().rss, size.pages // 2
    opened, some = _opened(house, port, (0, half), ending)
    late, strayed = _changes(house, some, size)
    more, others = _opened(house, port, (half, size.pages), ending)
    idle = _idle(live, size.idle)
    kibibytes = (live.memory_info().rss - empty) / 1024 / size.pages
    return Seen(late, strayed, len(some.cut) + len(others.cut), idle, kibibytes, opened + more)


def _opened(house: House, port: int, which: tuple[int, int], ending: ExitStack) -> tuple[float, Open]:
    """Those pages, open and with nothing more to be told; how long it took to open them."""
    command = python("-m", "bench.pages.browser", str(port))
    pages = Open(which[0], Popen(command, stdin=PIPE, stdout=PIPE, text=True, cwd=ROOT))
    ending.callback(_ended, pages.process)
    assert pages.process.stdin is not None
    Thread(target=pages.listen, daemon=True).start()
    begun = time.monotonic()
    pages.process.stdin.writelines(f"{line}\n" for line in house.opened(*which))
    pages.process.stdin.close()
    _until(lambda: len(pages.opened) == which[1] - which[0] or pages.cut, 0.0)
    took = time.monotonic() - begun
    _until_quiet(pages)
    return took, pages


def _ended(process: Popen[str]) -> None:
    process.terminate()
    process.wait()


def _until_quiet(pages: Open) -> None:
    """Attendance has been told to everybody who waits: nobody has heard anything for five seconds."""
    while True:
        known = len(pages.heard)
        time.sleep(5.0)
        if len(pages.heard) == known:
            return


def _until(condition: Callable[[], object], within: float) -> bool:
    ends = time.monotonic() + (within or WITHIN)
    while not condition():
        if time.monotonic() > ends:
            return False
        time.sleep(0.02)
    return True


def _changes(house: House, pages: Open, size: Size) -> tuple[list[tuple[float, float]], int]:
    """Press at one practice after the other; seconds until each page knew, and how many documents were not as meant."""
    known = len(pages.heard)
    presses: list[tuple[float, float, Told]] = []
    begun = time.monotonic()
    for number in range(size.changes):
        time.sleep(max(0.0, begun + number / size.pace - time.monotonic()))
        at = time.monotonic()
        told = house.press(number)
        presses.append((time.monotonic(), at, told))
    wanted = sum(len(told.pages) for *_, told in presses)
    _until(lambda: len(pages.heard) - known >= wanted, 30.0)
    _until_quiet(pages)
    return _compared(presses, pages.heard[known:])


def _compared(
    presses: Sequence[tuple[float, float, Told]], heard: Sequence[Heard]
) -> tuple[list[tuple[float, float]], int]:
    meant = {page: (done, at, *what) for done, at, told in presses for page, what in told.pages.items()}
    late, strayed = [], 0
    for each in heard:
        done, at, event, says = meant.pop(each.page, (0.0, 0.0, "", {}))
        if event != each.event or any(each.document.get(name) != value for name, value in says.items()):
            print(f"astray: page {each.page} heard {each.event}, meant was {event} {says}")
            strayed += 1
            continue
        late.append((max(0.0, each.at - done), each.at - at))
    return late, strayed + len(meant)


def _idle(live: psutil.Process, seconds: float) -> float:
    def spent() -> float:
        times = live.cpu_times()
        return float(times.user + times.system)

    before, begun = spent(), time.monotonic()
    time.sleep(seconds)
    return (spent() - before) / (time.monotonic() - begun)


if __name__ == "__main__":
    raise SystemExit(main())
