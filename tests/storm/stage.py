"""Where a mutant is tried: one running product and two careless peers, its processes started again as a mutant or not.

Both peers overlook preconditions and there are no random faults: what happens is what the scenario orders, so that one
promise alone stands between it and the judge.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any
from uuid import UUID

import psutil  # type: ignore[import-untyped]  # no stubs of its own
import redis
from sqlalchemy import Engine, update

from gateway.domain.scope import SystemScope
from gateway.store.consultation.tables_deliveries import delivery
from gateway.store.ground.engine import open_engine, transaction
from gateway.store.peers.health import SqlConnectionHealth
from tests.storm import steps
from tests.storm.courses import Course, Nurse
from tests.storm.grounds import Grounds, Setting, marked_citizens, opened
from tests.storm.judge import Debts, Verdict, debts_of, judge

LEASE, QUIET, LATE = 5.0, 4.0, 3.0
SETTING = Setting(
    seed=1,
    database="sqlite",
    consultations=80,
    share=0.0,
    careless=frozenset(("gp", "eoj")),
    ours=("web", "worker", "relay"),
    lease=LEASE,
    quiet=QUIET,
)
EOJ, GP = "eoj-fjordby", "gp-torvet"  # their connections
MUTABLE = ("web", "worker", "relay")
WITHIN = 180.0  # a condition's longest wait on a busy machine; no claim about speed
PATIENCE = 120.0  # what is not settled by then is told to the judge
OF_A_MUTANT = 15.0  # the same, where it is what the judge shall find


class Stage:
    """``courses`` are those of the scenario that plays now."""

    def __init__(self, grounds: Grounds, folder: Path, engine: Engine) -> None:
        self.grounds = grounds
        self._steps = folder
        self._engine = engine
        self._next = 0
        self._running: dict[str, str] = {}
        self.courses: list[Course] = []

    def play(self, scenario: Callable[[Stage], None], mutant: str = "", mutated: Sequence[str] = ()) -> Verdict:
        """The scenario with the ``mutated`` processes as that mutant and all others as the product, judged."""
        self._become({name: mutant if name in mutated else "" for name in MUTABLE})
        self.courses = []
        try:
            scenario(self)
            return self._verdict(OF_A_MUTANT if mutant else PATIENCE)
        finally:
            self._clear()

    # people

    def nurse(self) -> Nurse:
        return Nurse(self.grounds, marked_citizens(self.grounds.setting).citizens)

    def course(self, kind: str = "phone") -> Course:
        """The next record that no scenario has used."""
        course = Course(self._next, kind)
        self._next += 1
        self.courses.append(course)
        return course

    # what happens to processes and peers

    def order(self, step: str, how: str) -> Callable[[], bool]:
        """Whoever reaches that step next obeys; whether it has."""
        return steps.ordered(self._steps, step, how).exists

    def struck_pid(self, step: str) -> int:
        return int((self._steps / f"{step}.struck").read_text())

    def plan(self, peer: str, route: str, mode: str, *, times: int = 1, delay: float = 0.0) -> None:
        fault = {"route": route, "mode": mode, "times": times, "delay": delay}
        with self.grounds.stack.client() as client:
            client.post(f"{self.grounds.stack[peer].address}/_sim/faults", json=fault).raise_for_status()

    def has_suffered(self, peer: str, route: str) -> bool:
        """Whether no fault planned for that route is left."""
        return all(each["route"] != route for each in self.grounds.told(peer, "_sim/faults"))

    def fell(self, pid: int) -> bool:
        """Gone with all its threads, so that it can be started again; gunicorn sees to its own children."""
        for name in MUTABLE:
            process = self.grounds.process(name)
            if process.pid == pid:
                return not process.alive
        return not psutil.pid_exists(pid) or bool(psutil.Process(pid).status() == psutil.STATUS_ZOMBIE)

    def thaw_all(self) -> None:
        for name in MUTABLE:
            self.grounds.process(name).thaw()

    def start_fallen(self) -> None:
        for name in MUTABLE:
            process = self.grounds.process(name)
            if not process.alive:
                process.start()

    def raise_fallen(self) -> None:
        """Started again, and at work."""
        self.start_fallen()
        for name in ("worker", "relay"):
            self.until(f"{name} at work", partial(self._talks_to_redis, self.grounds.process(name).pid))

    def _talks_to_redis(self, pid: int) -> bool:
        port = self.grounds.process("redis").port
        return any(each.raddr and each.raddr.port == port for each in psutil.Process(pid).net_connections("tcp"))

    def redis(self) -> redis.Redis:
        return redis.Redis.from_url(self.grounds.stack.environment["LAEGEBRO_REDIS_URL"])

    def jobs(self) -> int:
        """Published and not yet acknowledged by a worker."""
        with self.redis() as client:
            return int(client.llen("laegebro:deliver")) + int(client.hlen("laegebro:unacked"))  # type: ignore[arg-type]

    def deliveries(self, course: Course) -> list[tuple[str, str, int]]:
        """Kind, status and attempts of each of its rows."""
        c = delivery.c
        with transaction(self._engine, SystemScope(), read_only=True) as connection:
            query = delivery.select().where(c.consultation == UUID(course.id)).order_by(c.created_at)
            return [(row.kind, row.status, row.attempts) for row in connection.execute(query)]

    def until(self, what: str, condition: Callable[[], Any], within: float = WITHIN) -> None:
        deadline = time.monotonic() + within
        while not condition():
            assert time.monotonic() < deadline, f"never happened: {what}"
            time.sleep(0.05)

    # before and after

    def _become(self, wanted: Mapping[str, str]) -> None:
        for name, mutant in wanted.items():
            process = self.grounds.process(name)
            if process.alive and self._running.get(name, "") == mutant:
                continue
            process.kill()
            process.environment = {**process.environment, "STORM_MUTANT": mutant}
            self._running[name] = mutant
        with self.redis() as client:
            client.flushall()
        self.raise_fallen()

    def _verdict(self, patience: float) -> Verdict:
        deadline = time.monotonic() + patience
        while self._debts().due and time.monotonic() < deadline:
            time.sleep(0.2)
        practice, record = (self.grounds.told(peer, "_storm/journal") for peer in ("gp", "eoj"))
        return judge(self.courses, practice, record, self._debts())

    def _debts(self) -> Debts:
        return debts_of(self._engine, only=[course.id for course in self.courses])

    def _clear(self) -> None:
        """No order, planned fault, frozen process or debt of this scenario reaches the next one."""
        for order in self._steps.iterdir():
            order.unlink(missing_ok=True)
        self.thaw_all()
        with self.grounds.stack.client() as client:
            for peer in ("eoj", "gp"):
                client.post(f"{self.grounds.stack[peer].address}/_sim/reset").raise_for_status()
        for connection in (EOJ, GP):
            SqlConnectionHealth(self._engine).close(connection)
        owed = delivery.c.consultation.in_([UUID(course.id) for course in self.courses if course.id])
        with transaction(self._engine, SystemScope()) as connection:
            connection.execute(update(delivery).where(owed, delivery.c.status == "due").values(status="stuck"))


@contextmanager
def staged(folder: Path) -> Iterator[Stage]:
    orders = folder / "steps"
    orders.mkdir(parents=True)
    with opened(folder, SETTING, {"STORM_STEPS": str(orders)}) as grounds:
        engine = open_engine(grounds.database.url)
        try:
            yield Stage(grounds, orders, engine)
        finally:
            engine.dispose()
