"""Killing the processes of a stack and starting them again, with a record that a planned kill really happened."""

from __future__ import annotations

import random
import signal
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

import psutil  # type: ignore[import-untyped]  # no stubs of its own

from simulators.demo.browser import until
from simulators.demo.stack import Stack

STEPS = ("launched", "placed", "received", "accepted", "answered", "talking", "hung-up", "approved")
MORTAL = ("web", "worker", "relay", "redis", "live")
TALKS_TO_REDIS = ("worker", "relay")
MOMENT = 0.3  # how long a process stays dead before its supervisor starts it again


@dataclass(frozen=True)
class Kill:
    """One process that died by SIGKILL and came back as another."""

    process: str
    when: str
    old: int
    exit_code: int | None
    new: int

    @property
    def happened(self) -> bool:
        return self.exit_code == -signal.SIGKILL and self.new not in (0, self.old)


class Killer:
    """Kills, and supervises: a killed process is started again by itself a moment later."""

    def __init__(self, stack: Stack) -> None:
        self._stack = stack
        self._under_way: list[threading.Thread] = []
        self._faults: list[BaseException] = []
        self._planned = 0
        self.kills: list[Kill] = []

    def kill(self, names: Sequence[str], when: str) -> None:
        """SIGKILL all of them now; they are back some time after. What is still coming up is waited for first."""
        self.settle()
        died = {name: self._strike(name) for name in names}
        for name, how in died.items():
            self._plan(name, when, partial(self._raise, name, when, *how))

    def kill_within(self, name: str, when: str, delay: float) -> None:
        """SIGKILL after ``delay`` seconds, while the caller goes on."""
        self.settle()

        def later() -> None:
            time.sleep(delay)
            self._raise(name, when, *self._strike(name))

        self._plan(name, when, later)

    def kill_once(self, names: Sequence[str], when: str, struck: Callable[[], bool]) -> None:
        """SIGKILL several as soon as ``struck()`` is true, while the caller goes on."""
        self.settle()

        def then() -> None:
            until(when, struck)
            died = {name: self._strike(name) for name in names}
            for name in names:
                self._raise(name, when, *died[name])

        self._plan(",".join(names), when, then, len(names))

    def settle(self) -> None:
        """Wait until all are back."""
        for thread in self._under_way:
            thread.join(180)
            assert not thread.is_alive(), f"a planned kill never came to its end: {thread.name}"
        self._under_way.clear()
        if self._faults:
            raise self._faults[0]

    def require(self) -> list[Kill]:
        """All planned kills, each of which happened."""
        self.settle()
        assert self._planned, "nothing was planned"
        assert len(self.kills) == self._planned, f"{len(self.kills)} of {self._planned} planned kills were tried"
        missed = [kill for kill in self.kills if not kill.happened]
        assert not missed, f"planned kills that did not happen: {missed}"
        return self.kills

    def _plan(self, name: str, when: str, run: Callable[[], None], count: int = 1) -> None:
        def guarded() -> None:
            try:
                run()
            except BaseException as fault:  # told to the test by settle()
                self._faults.append(fault)

        self._planned += count
        thread = threading.Thread(target=guarded, name=f"{name} {when}", daemon=True)
        self._under_way.append(thread)
        thread.start()

    def _strike(self, name: str) -> tuple[int, int | None]:
        """The pid that died and how."""
        process = self._stack[name]
        assert process.alive, f"{name} was dead before it was to be killed"
        old = process.pid
        process.kill()
        return old, process.exit_code

    def _raise(self, name: str, when: str, old: int, exit_code: int | None) -> None:
        """What a supervisor does, and wait until the process is at work again."""
        time.sleep(MOMENT)
        process = self._stack[name]
        process.start()
        if name in TALKS_TO_REDIS:
            until(f"{name} to be back at work", lambda: self._talks_to_redis(process.pid))
        self.kills.append(Kill(name, when, old, exit_code, process.pid))

    def _talks_to_redis(self, pid: int) -> bool:
        """Its last step of coming up; vacuous while there is no Redis."""
        redis = self._stack["redis"]
        found = psutil.Process(pid).net_connections("tcp")
        return not redis.alive or any(each.raddr and each.raddr.port == redis.port for each in found)


class Planner:
    """Random victims at random moments inside the steps, the same again for the same seed."""

    def __init__(self, killer: Killer, seed: int, longest: float = 0.6) -> None:
        self._killer = killer
        self._source = random.Random(seed)
        self._longest = longest

    def plan(self, before: str) -> None:
        """One kill at some moment of the step that begins now."""
        victim = self._source.choice(MORTAL)
        self._killer.kill_within(victim, f"after {before}", self._source.uniform(0.0, self._longest))
