"""Carrying out a plan: each blow says whether it was seen to strike, since a storm that hits nothing proves nothing."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from email.utils import parsedate_to_datetime

import httpx
import psutil  # type: ignore[import-untyped]  # no stubs of its own
import redis

from simulators.demo.processes import Process
from tests.storm.grounds import Grounds
from tests.storm.plan import Blow

SEEN_WITHIN = 30.0


def is_stopped(pid: int) -> bool:
    try:
        return bool(psutil.Process(pid).status() == psutil.STATUS_STOPPED)
    except psutil.NoSuchProcess:
        return False


@dataclass(frozen=True)
class Struck:
    """A blow that was carried out; ``seen``: its effect was observed from outside."""

    blow: Blow
    seen: bool


class Striker:
    """One blow after the other, each to its end: afterwards everything runs again."""

    def __init__(self, grounds: Grounds) -> None:
        self._grounds = grounds
        self.struck: list[Struck] = []

    def strike(self, blow: Blow) -> None:
        carry_out: dict[str, Callable[[Blow], bool]] = {
            "kill": self._kill,
            "freeze": self._freeze,
            "flush": self._flush,
            "redis-away": self._redis_away,
            "database-stop": self._stop_database,
            "disk-full": self._fill_disk,
            "clock-step": self._step_clock,
        }
        seen = carry_out[blow.kind](blow)
        self._raise_fallen()
        self.struck.append(Struck(blow, seen))

    def _kill(self, blow: Blow) -> bool:
        processes = [self._grounds.process(name) for name in blow.victims]
        old = [process.pid for process in processes]
        at_once = [threading.Thread(target=process.kill) for process in processes]
        for thread in at_once:
            thread.start()
        for thread in at_once:
            thread.join()
        died = all(process.exit_code == -signal.SIGKILL for process in processes)
        time.sleep(blow.length)
        self._start(processes)
        return died and all(process.pid != before for process, before in zip(processes, old, strict=True))

    def _freeze(self, blow: Blow) -> bool:
        process = self._grounds.process(blow.victims[0])

        def frozen() -> bool:
            self._start([process])  # it may have ended by itself of an earlier blow
            process.freeze()
            return process.alive and is_stopped(process.pid)

        seen = self._seen(frozen)
        time.sleep(blow.length)
        process.thaw()
        return seen

    def _flush(self, _blow: Blow) -> bool:
        with self._redis() as client:
            client.set("storm", "here")
            client.flushall()
            return not client.exists("storm")

    def _redis_away(self, blow: Blow) -> bool:
        process = self._grounds.process("redis")
        process.kill()
        gone = self._seen(lambda: not self._redis_answers())
        time.sleep(blow.length)
        process.start()
        return gone

    def _stop_database(self, blow: Blow) -> bool:
        if self._grounds.setting.database == "sqlite":
            return self._kill(blow)
        gone = self._grounds.database.stop_immediately()
        time.sleep(blow.length)
        self._grounds.database.start()
        return gone

    def _fill_disk(self, blow: Blow) -> bool:
        disk = self._grounds.disk
        assert disk is not None
        try:
            full = disk.fill()
            time.sleep(blow.length)
        finally:
            disk.free()
        self._grounds.database.start()
        return full

    def _step_clock(self, blow: Blow) -> bool:
        clock = self._grounds.clock
        assert clock is not None
        clock.step(blow.step)
        try:
            seen = self._seen(lambda: abs(self._distance() - blow.step) < 60)
            time.sleep(blow.length)
        finally:
            clock.step(0)
        return seen and self._seen(lambda: abs(self._distance()) < 60)

    def _distance(self) -> float:
        """Seconds that the web process' clock is ahead of ours, by the Date of its answers."""
        with self._grounds.stack.client() as client:
            try:
                told = client.get(f"{self._grounds.stack.gateway_url}/.well-known/jwks.json").headers["Date"]
            except httpx.TransportError:
                return float("inf")
        return parsedate_to_datetime(told).timestamp() - time.time()

    def _raise_fallen(self) -> None:
        """What a supervisor does: whoever has ended by itself meanwhile is started again."""
        self._grounds.database.start()  # it may have fallen of a full disk after it answered again
        stack = self._grounds.stack
        self._start([process for process in stack.processes.values() if not process.alive])

    def _start(self, processes: Sequence[Process]) -> None:
        for process in processes:
            if not process.alive:
                process.start()

    def _redis(self) -> redis.Redis:
        return redis.Redis.from_url(self._grounds.stack.environment["LAEGEBRO_REDIS_URL"], socket_timeout=SEEN_WITHIN)

    def _redis_answers(self) -> bool:
        try:
            with self._redis() as client:
                return bool(client.ping())
        except redis.RedisError:
            return False

    def _seen(self, condition: Callable[[], bool]) -> bool:
        deadline = time.monotonic() + SEEN_WITHIN
        while time.monotonic() < deadline:
            if condition():
                return True
            time.sleep(0.1)
        return False
