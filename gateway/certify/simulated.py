"""A simulator as a process of its own: what a system is tried against where no vendor's is named.

Production never does this: only the command line and the tests come here.
"""

from __future__ import annotations

import queue
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

START_SECONDS = 60.0
_LISTENING = re.compile(r"(?:listening|mllp) on (\S+)")


@contextmanager
def simulator(name: str, *arguments: str) -> Iterator[str]:
    """``python -m simulators.<name>`` on a free port; gives the address it announces."""
    with announcing(name, *arguments, lines=1) as addresses:
        yield addresses[0]


@contextmanager
def announcing(name: str, *arguments: str, lines: int) -> Iterator[list[str]]:
    """The same for a simulator that announces several addresses, one a line."""
    command = [sys.executable, "-m", f"simulators.{name}", *arguments]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    try:
        yield _announced(process, lines)
    finally:
        process.terminate()
        process.wait(timeout=START_SECONDS)


def _announced(process: subprocess.Popen[str], count: int) -> list[str]:
    heard: queue.Queue[str] = queue.Queue()
    threading.Thread(target=_read, args=(process, count, heard), daemon=True).start()
    said = [heard.get(timeout=START_SECONDS) for _ in range(count)]
    found = [match.group(1) for match in map(_LISTENING.match, said) if match]
    assert len(found) == count, "the simulator ended before it listened"
    return found


def _read(process: subprocess.Popen[str], count: int, heard: queue.Queue[str]) -> None:
    assert process.stdout is not None
    for _ in range(count):
        heard.put(process.stdout.readline())
