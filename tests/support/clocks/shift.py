"""Runs a command with every clock moved: ``python -m tests.support.clocks.shift later pytest tests/contract``.

All processes that the command starts have the same distance to the true time, so they agree with each other; what
measures durations (the monotonic clock) is left alone.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from tests.support.clocks.library import clock_library, redis_beside
from tests.support.clocks.moments import MOMENTS, of_the_day
from tests.support.debian import CannotInstall

TODAYS = "todays"  # each moment in turn, another each day
DISTANCE = "FAKETIME"  # "+34560000": seconds, read by the library


def moved(seconds: int) -> Mapping[str, str]:
    """What the environment of a process needs so that its clocks stand ``seconds`` ahead."""
    preload = " ".join(filter(None, (str(clock_library()), os.environ.get("LD_PRELOAD"))))
    path = os.pathsep.join((str(redis_beside()), os.environ["PATH"]))
    return {DISTANCE: f"+{seconds}", "FAKETIME_DONT_FAKE_MONOTONIC": "1", "LD_PRELOAD": preload, "PATH": path}


def clear_left_over(folder: Path = Path("/dev/shm")) -> None:
    """Remove what killed processes left of the library's shared memory: it is named by the process's number, and a new
    process with that number and another user (PostgreSQL's) would not be let in."""
    for left in folder.glob("*faketime_s[eh]m_*"):
        number = left.name.rpartition("_")[2]
        if number.isdecimal() and not Path("/proc", number).exists():
            with suppress(OSError):
                left.unlink()


def distance() -> int:
    """Seconds that this process's clocks stand ahead of the true time."""
    return int(os.environ.get(DISTANCE, "0"))


def main(name: str, command: list[str]) -> int:
    now = datetime.now(UTC)
    name = of_the_day(now.toordinal()) if name == TODAYS else name
    start = MOMENTS[name](now)
    try:
        environment = moved(round((start - now).total_seconds()))
    except CannotInstall as fault:
        print(f"A shifted clock needs Debian's libfaketime: {fault}", file=sys.stderr)
        return 1
    clear_left_over()
    print(f"clocks: {name}, from {start:%Y-%m-%d %H:%M} UTC on", flush=True)
    os.execvpe(command[0], command, {**os.environ, **environment})


if __name__ == "__main__":
    if len(sys.argv) < 3 or sys.argv[1] not in (*MOMENTS, TODAYS):
        raise SystemExit(f"usage: python -m tests.support.clocks.shift {{{','.join((*MOMENTS, TODAYS))}}} COMMAND…")
    raise SystemExit(main(sys.argv[1], sys.argv[2:]))
