"""The fleet without media, each process held to a share of a core, with one or two of each behind nginx."""

from __future__ import annotations

import os
import re
import signal
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from bench.figures import percentile
from bench.fleet.house import KINDS, Fleet
from bench.fleet.settling import is_ready
from bench.fleet.shares import Shares, idle_seconds, seconds_of
from tests.support.processes.several import rendered

READY_WITHIN = 120.0
RELOADED = 1.0  # seconds until nginx's new processes take the lines


@dataclass(frozen=True)
class Turn:
    """Between two moments: ``used`` seconds of a core by each process, ``idle`` seconds of all cores."""

    seconds: float
    launched: int
    waits: Sequence[float]
    used: dict[str, float]
    idle: float

    @property
    def rate(self) -> float:
        return self.launched / self.seconds

    def since(self, before: Turn) -> Turn:
        used = {name: self.used[name] - before.used[name] for name in self.used}
        waits = self.waits[len(before.waits) :]
        seconds, launched = self.seconds - before.seconds, self.launched - before.launched
        return Turn(seconds, launched, waits, used, self.idle - before.idle)

    @property
    def words(self) -> str:
        shares = ", ".join(f"{name} {used / self.seconds:.0%}" for name, used in self.used.items())
        waits = f"p50 {percentile(self.waits, 0.5) * 1000:.0f} ms, p99 {percentile(self.waits, 0.99) * 1000:.0f} ms"
        idle = self.idle / self.seconds / (os.cpu_count() or 1)
        return f"{self.rate:.1f} launches/s, {waits}; of a core {shares}; machine idle {idle:.0%}"


class Held(Fleet):
    names = tuple(f"{kind}-{number}" for kind in KINDS if kind != "media" for number in (1, 2))

    def __init__(self, *given: Any, shares: Shares, **more: Any) -> None:
        super().__init__(*given, **more)
        self.shares = shares

    def _run(self, name: str, command: list[str], *, port: int | None = None, announces: bool = False) -> None:
        own = self.shares.command(name, command) if name in self.names else command
        super()._run(name, own, port=port, announces=announces)

    def have(self, each: int) -> None:
        """So many of each process, and nginx that knows of no other."""
        second = [name for name in self.names if name.endswith("-2")]
        for name in second if each == 2 else ():
            if not self[name].alive:
                self[name].launch()
        for name in self.names if each == 2 else ():
            self.wait_for(name)
        self._tell_nginx(second if each == 1 else ())
        for name in second if each == 1 else ():
            self[name].stop()

    def wait_for(self, name: str) -> None:
        """Until it says that it is ready."""
        deadline = time.monotonic() + READY_WITHIN
        while not is_ready(self.ready(name)):
            assert time.monotonic() < deadline, f"{name} is never ready"
            time.sleep(0.2)

    def _tell_nginx(self, without: Sequence[str]) -> None:
        text = rendered(self.folder, self._ports)
        for name in without:
            text = re.sub(rf"^\s+server 127\.0\.0\.1:{self._ports[name]}\b.*\n", "", text, flags=re.M)
        (self.folder / "nginx.conf").write_text(text, encoding="utf-8")
        os.kill(self["nginx"].pid, signal.SIGHUP)
        time.sleep(RELOADED)

    def counted(self, launched: int, waits: Sequence[float]) -> Turn:
        """As it stands at this moment; the difference of two is what passed between them."""
        sessions = {name: self[name].pid for name in (*self.names, "nginx", "eoj", "gp") if self[name].alive}
        used = seconds_of(sessions.values())
        mine = time.process_time()
        told = {name: used[pid] for name, pid in sessions.items()} | {"load": mine}
        return Turn(time.monotonic(), launched, list(waits), told, idle_seconds())
