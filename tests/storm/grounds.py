"""Where a storm takes place: the product's own processes, two simulated peers in bad weather, Redis and a database."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from simulators.demo.processes import Process, python
from simulators.demo.stack import Stack
from simulators.signing import SigningKey
from tests.storm.clock import SteppedClock
from tests.storm.database import Database, Postgres, Sqlite
from tests.storm.disk import Disk, NoDisk
from tests.support.debian import CannotInstall
from tests.support.processes.canaries import Canaries, hatch, write_records

LONGEST_PAUSE = 8.0  # of the retry schedule, so that a storm can be waited out; a quarter of an hour in the product
PLUGIN = Path(__file__).parent / "plugin"
DISK_MEGABYTES = 1024
KEY = "eoj.jwk"  # the care system's, by which the storm signs launches
OURS = ("web", "live", "worker", "relay")


@dataclass(frozen=True)
class Setting:
    """What a storm is made of; the same for the same seed."""

    seed: int
    database: str  # sqlite or postgres
    consultations: int
    share: float = 0.2  # of the peers' interactions that go wrong
    careless: frozenset[str] = frozenset()  # of "gp" and "eoj": overlook preconditions
    ours: tuple[str, ...] = OURS
    lease: float = 4.0  # seconds
    quiet: float = 2.5


class StormStack(Stack):
    """The demo's processes without media; the two peers are the storm's own, and each process has the plugin."""

    def __init__(self, folder: Path, setting: Setting, clock: SteppedClock | None, **more: Any) -> None:
        super().__init__(folder, synthetic=False, **more)
        self._setting = setting
        self._clock = clock

    def _start_ours(self) -> None:
        port = self._ports["web"]
        serve = ("-m", "gunicorn", "--bind", f"127.0.0.1:{port}", "--threads", "32", "--timeout", "120")
        known: dict[str, tuple[list[str], int | None]] = {
            "web": (python(*serve, "--no-control-socket", "gateway.web.wsgi:app"), port),
            "live": (python("-m", "gateway.live"), self._ports["live"]),
            "worker": (python("-m", "workers"), None),
            # Not by -m: a module that is run as __main__ is not the one that the plugin has changed.
            "relay": (python("-c", "from workers.relay import main; main()"), None),
        }
        for name in self._setting.ours:
            command, at = known[name]
            self._run(name, command, port=at)

    def _run(self, name: str, command: list[str], *, port: int | None = None, announces: bool = False) -> None:
        if name in ("eoj", "gp"):
            command = self._in_weather(name, command)
        usual = self.environment
        if name in OURS and self._clock is not None:
            self.environment = self._clock.applied_to(usual)
        try:
            super()._run(name, command, port=port, announces=announces)
        finally:
            self.environment = usual

    def _in_weather(self, name: str, command: list[str]) -> list[str]:
        weather = ["--seed", str(self._setting.seed), "--share", str(self._setting.share)]
        careless = ["--careless"] if name in self._setting.careless else []
        at = command.index(f"simulators.{name}")
        return [*command[:at], "tests.storm.peers", name, *command[at + 1 :], *weather, *careless]


@dataclass
class Grounds:
    """One running world and the handles by which it is shaken. ``missing``: faults that cannot be made here and why."""

    setting: Setting
    stack: StormStack
    database: Database
    key: SigningKey
    clock: SteppedClock | None
    disk: Disk | None
    missing: Mapping[str, str] = field(default_factory=dict)

    def process(self, name: str) -> Process:
        return self.stack[name]

    def told(self, peer: str, path: str) -> Any:
        with self.stack.client() as client:
            return client.get(f"{self.stack[peer].address}/{path}").raise_for_status().json()

    def calm_peers(self, share: float = 0.0) -> None:
        with self.stack.client() as client:
            for peer in ("eoj", "gp"):
                client.post(f"{self.stack[peer].address}/_storm/share", json={"share": share}).raise_for_status()


@contextmanager
def opened(folder: Path, setting: Setting, environment: Mapping[str, str] | None = None) -> Iterator[Grounds]:
    """Start everything; ends everything. ``environment``: what the processes are told beside."""
    folder.mkdir(parents=True, exist_ok=True)
    missing: dict[str, str] = {}
    with ExitStack() as leaving, pytest.MonkeyPatch.context() as patch:
        patch.delenv("REDIS_URL", raising=False)  # a storm shakes its own, never the machine's
        patch.delenv("DATABASE_URL", raising=False)
        disk = _disk(folder / "disk", missing, leaving)
        place = folder / "disk" / "data"
        database: Database = Sqlite(place) if setting.database == "sqlite" else Postgres(place)
        leaving.callback(database.close)
        clock = _clock(folder, missing)
        stack = _stack(folder, setting, database, clock, environment or {})
        leaving.enter_context(stack)
        yield Grounds(setting, stack, database, SigningKey.kept_in(str(folder / KEY)), clock, disk, missing)


def _disk(folder: Path, missing: dict[str, str], leaving: ExitStack) -> Disk | None:
    try:
        disk = Disk(folder, DISK_MEGABYTES)
    except NoDisk as why:
        missing["disk-full"] = str(why)
        folder.mkdir(exist_ok=True)
        return None
    leaving.callback(disk.unmount)
    return disk


def _clock(folder: Path, missing: dict[str, str]) -> SteppedClock | None:
    try:
        return SteppedClock(folder)
    except CannotInstall as why:
        missing["clock-step"] = str(why)
        return None


def marked_citizens(setting: Setting) -> Canaries:
    """One record for each consultation, named by its mark, so that whatever is filed there can be counted."""
    canaries = hatch(setting.seed, setting.consultations)
    canaries.citizens = [replace(citizen, reference=mark(n)) for n, citizen in enumerate(canaries.citizens)]
    return canaries


def mark(number: int) -> str:
    return f"storm-{number:05}"


def _stack(
    folder: Path, setting: Setting, database: Database, clock: SteppedClock | None, more: Mapping[str, str]
) -> StormStack:
    records = write_records(marked_citizens(setting), folder / "records.toml")
    environment = {
        "LAEGEBRO_QUIET_SECONDS": str(setting.quiet),
        "LAEGEBRO_LEASE_SECONDS": str(setting.lease),
        "LAEGEBRO_LOG_LEVEL": "WARNING",
        "STORM_LONGEST_PAUSE": str(LONGEST_PAUSE),
        "PYTHONPATH": os.pathsep.join((str(PLUGIN), str(PLUGIN.parents[2]))),
        **more,
    }
    return StormStack(
        folder / "run",
        setting,
        clock,
        database_url=database.url,
        environment=environment,
        simulator_arguments={"eoj": ("--records", str(records), "--key-file", str(folder / KEY))},
    )
