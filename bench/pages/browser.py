"""A process that keeps thousands of event streams open and says what each of them was told.

    python -m bench.pages.browser PORT < pages

Each line of standard input is ``path<TAB>cookie``, a page of its own; they are opened in that order, 64 under way at a
time. On standard output: ``page<TAB>seconds<TAB>event<TAB>data`` for each event but the beats (page counts from 0,
seconds of the machine's steady clock), ``page<TAB>seconds<TAB>cut<TAB>`` where a stream ends.
"""

from __future__ import annotations

import resource
import selectors
import socket
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field

AT_ONCE = 64
PER_ADDRESS = 20_000  # connections from one address of ours: a port each, of some 28,000
ENOUGH = 65_000


@dataclass(eq=False, slots=True)
class Page:
    number: int
    line: socket.socket
    heard: bytes = b""
    opened: bool = field(default=False)


class Browser:
    """All pages of one program, read by one loop."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._lines = selectors.DefaultSelector()
        self._under_way = 0
        self._opened = 0

    def follow(self, pages: Iterator[str]) -> None:
        """Until the program is ended from outside."""
        while True:
            self._open_more(pages)
            for key, _ in self._lines.select(1.0):
                self._read(key.data)
            sys.stdout.flush()

    def _open_more(self, pages: Iterator[str]) -> None:
        while self._under_way < AT_ONCE:
            told = next(pages, None)
            if told is None:
                return
            self._open(*told.rstrip("\n").split("\t"))

    def _open(self, path: str, cookie: str) -> None:
        number = self._opened
        own = f"127.0.0.{2 + number // PER_ADDRESS}"
        line = socket.create_connection(("127.0.0.1", self._port), source_address=(own, 0))
        ask = f"GET {path} HTTP/1.1\r\nHost: live\r\nCookie: {cookie}\r\nAccept: text/event-stream\r\n\r\n"
        line.sendall(ask.encode())
        line.setblocking(False)
        self._lines.register(line, selectors.EVENT_READ, Page(number, line))
        self._opened += 1
        self._under_way += 1

    def _read(self, page: Page) -> None:
        try:
            data = page.line.recv(65536)
        except OSError:
            data = b""
        at = time.monotonic()
        if not data:
            self._close(page, at)
            return
        *whole, page.heard = (page.heard + data).split(b"\n\n")
        for each in whole:
            self._note(page, each, at)

    def _note(self, page: Page, said: bytes, at: float) -> None:
        """``said`` begins with the length of its chunk (RFC 9112 §7.1), which no event repeats."""
        event, _, data = said.partition(b"\ndata: ")
        name = event.rpartition(b"event: ")[2].decode() if b"event: " in event else ""
        if name in ("", "alive"):
            return
        if not page.opened:
            page.opened = True
            self._under_way -= 1
        print(page.number, f"{at:.6f}", name, data.decode(), sep="\t")

    def _close(self, page: Page, at: float) -> None:
        self._lines.unregister(page.line)
        page.line.close()
        self._under_way -= not page.opened
        print(page.number, f"{at:.6f}", "cut", page.heard[:80].decode(errors="replace").split("\r")[0], sep="\t")


def allow_many_files() -> None:
    """A stream is an open file; processes started from here may hold as many."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = ENOUGH if most == resource.RLIM_INFINITY else min(most, ENOUGH)
    resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, most))


if __name__ == "__main__":
    allow_many_files()
    Browser(int(sys.argv[1])).follow(iter(sys.stdin))
