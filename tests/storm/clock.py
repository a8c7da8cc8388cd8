"""The clock of the gateway's processes alone, stepped by a file that Debian's libfaketime reads once a second.

What measures durations (the monotonic clock) is left alone, as when an administrator or NTP sets the time of day.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from tests.support.clocks.library import clock_library
from tests.support.clocks.shift import DISTANCE, distance


class SteppedClock:
    """``environment`` is what a process needs to follow; raises ``CannotInstall`` without libfaketime."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / "clock"
        self.environment: Mapping[str, str] = {
            "LD_PRELOAD": str(clock_library()),
            "FAKETIME_TIMESTAMP_FILE": str(self._file),
            "FAKETIME_CACHE_DURATION": "1",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        }
        self.step(0)

    def step(self, seconds: int) -> None:
        """So many seconds ahead of (or behind) the clock of whoever runs the storm."""
        beside = self._file.with_suffix(".new")
        beside.write_text(f"{distance() + seconds:+d}\n", encoding="ascii")
        beside.replace(self._file)

    def applied_to(self, environment: Mapping[str, str]) -> dict[str, str]:
        """A process's environment with this clock; a distance in it would overrule the file."""
        kept = {name: value for name, value in environment.items() if name not in (DISTANCE, "LD_PRELOAD")}
        return {**kept, **self.environment}
