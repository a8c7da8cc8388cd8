"""A whole product for the journey tests, started once for many: canary citizens, DEBUG logs, short quiet periods."""

from __future__ import annotations

import secrets
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from simulators.demo.browser import Watch
from simulators.demo.once import Between, Consultation, stored
from simulators.demo.people import Nurse
from simulators.demo.stack import Stack
from tests.support.databases import PostgresServer, shown
from tests.support.processes.canaries import Canaries, Citizen, hatch, write_records

# Short, so that an attempt that died is taken up again within a test; still longer than what the simulators do late.
IMPATIENT = {"LAEGEBRO_QUIET_SECONDS": "3", "LAEGEBRO_LEASE_SECONDS": "12"}
TALKATIVE = {"LAEGEBRO_LOG_LEVEL": "DEBUG", "LAEGEBRO_MEDIA_LOG_LEVEL": "DEBUG"}
ONCE = {"eoj": ("DocumentReference", "Encounter"), "gp": ("Task",)}


class World:
    """One running stack and its citizens; each consultation takes a record nobody has used yet."""

    def __init__(self, stack: Stack, canaries: Canaries) -> None:
        self.stack = stack
        self.canaries = canaries
        self.used: list[Citizen] = []

    def next_citizen(self) -> Citizen:
        citizen = self.canaries.citizens[len(self.used)]
        self.used.append(citizen)
        return citizen

    def consultation(self, between: Between | None = None, watch: Watch | None = None) -> Consultation:
        record = self.next_citizen().reference
        return Consultation(self.stack, between or (lambda _: None), record, self.canaries.words, watch)


class Ledger:
    """What the peers' own stores have gained since this was opened."""

    def __init__(self, stack: Stack) -> None:
        self._stack = stack
        self._before = self._count()

    def require_exactly_once(self, consultation: Consultation) -> None:
        """One note, one contact, one entry, by identifier; and one note on the record's own page."""
        for kind, counts in self.gained().items():
            assert counts, f"no {kind}"
            # A resource may carry identifiers of several systems; within each system this one stands alone.
            systems = Counter(identifier.partition("|")[0] for identifier in counts.elements())
            assert set(systems.values()) == {1}, f"{kind} per identifier: {counts}"
        nurse = Nurse(self._stack)
        try:
            nurse.log_in_to_record_system()
            assert nurse.notes_on_the_record(consultation.record) == 1
        finally:
            nurse.close()

    def gained(self) -> dict[str, Counter[str]]:
        """More than one under an identifier is a doubled effect."""
        after = self._count()
        return {kind: after[kind] - self._before[kind] for kind in after}

    def _count(self) -> dict[str, Counter[str]]:
        return {kind: Counter(stored(self._stack, system, kind)) for system, kinds in ONCE.items() for kind in kinds}


def open_world(folder: Path, database_url: str | None = None, *eoj_flags: str) -> Iterator[World]:
    """Start everything; yields once, ends everything."""
    canaries = hatch(secrets.randbits(32))
    folder.mkdir(parents=True, exist_ok=True)
    records = write_records(canaries, folder / "records.toml")
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("REDIS_URL", raising=False)  # the tests kill their own Redis, never the machine's
        patch.delenv("DATABASE_URL", raising=False)
        stack = Stack(
            folder / "run",
            database_url=database_url,
            environment={**IMPATIENT, **TALKATIVE},
            simulator_arguments={"eoj": ("--records", str(records), *eoj_flags)},
            synthetic=False,
        )
        with stack:
            yield World(stack, canaries)


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """On SQLite, shared by all journey tests of a worker."""
    yield from open_world(tmp_path_factory.mktemp("journey"))


@pytest.fixture(scope="session")
def postgres_world(tmp_path_factory: pytest.TempPathFactory, postgres_server: PostgresServer) -> Iterator[World]:
    """The same on PostgreSQL."""
    url = postgres_server.empty()
    yield from open_world(tmp_path_factory.mktemp("journey-postgres"), shown(url))


@pytest.fixture(params=["sqlite", "postgres"])
def either_world(request: pytest.FixtureRequest) -> World:
    found: World = request.getfixturevalue("world" if request.param == "sqlite" else "postgres_world")
    return found
