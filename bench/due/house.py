"""What the benches of deliveries share: a database with connections to small peers, worker and relay, and debts."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

from sqlalchemy import text

from gateway.domain.consultation.aggregate import Consultation
from gateway.domain.note import review
from gateway.domain.scope import SystemScope
from gateway.store.ground.engine import transaction
from gateway.store.migrations.creation import create_schema
from gateway.store.peers.connections import Stanza
from gateway.wiring import Gateway
from simulators.demo.broker import redis_command
from simulators.demo.processes import Process, free_port, python
from tests.support.clinic_world import TENANTS, settings_in
from tests.support.consultations import NURSE, PRACTICE, draft, placed
from tests.support.processes.relaying import environment_of
from tests.unit.domain.stories import ORGANISATION, in_review

WITHIN = 120.0
PACE = 10.0  # acts a second


def until(what: str, condition: Callable[[], object], within: float = WITHIN, every: float = 0.01) -> float:
    """Seconds until it was true; it is asked ``every`` so many seconds."""
    begun = time.monotonic()
    while not condition():
        if time.monotonic() - begun > within:
            raise TimeoutError(what)
        time.sleep(every)
    return time.monotonic() - begun


def paced(acts: Sequence[Callable[[], UUID]]) -> dict[UUID, float]:
    """Begin one act every tenth of a second; when each began, by what it was about."""
    started, begun = time.time() + 0.1, {}
    for number, act in enumerate(acts):
        time.sleep(max(0.0, started + number / PACE - time.time()))
        now = time.time()
        begun[act()] = now
    return begun


@dataclass
class House:
    """One database, one Redis, the peers, and the processes that attempt deliveries."""

    folder: Path
    database_url: str
    processes: dict[str, Process] = field(default_factory=dict)
    journals: dict[str, Path] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.redis_port = free_port()
        self.settings = settings_in(self.folder, self.database_url, f"redis://127.0.0.1:{self.redis_port}/0")
        self.gateway = Gateway(self.settings)
        self.environment = environment_of(self.settings)
        # An installed product is compiled once, not at every start.
        self.environment.pop("PYTHONDONTWRITEBYTECODE", None)
        create_schema(self.gateway.engine)
        for tenant in TENANTS:
            self.gateway.organisations.apply_tenant(tenant)
        self.run("redis", redis_command(self.redis_port, self.folder), port=self.redis_port)

    def run(self, name: str, command: list[str], port: int | None = None) -> Process:
        process = Process(name, command, self.environment, self.folder / f"{name}.log", port=port)
        self.processes[name] = process
        process.start()
        return process

    def attempt(self) -> None:
        """Start worker and relay."""
        self.run("worker", python("-m", "workers"))
        self.run("relay", python("-m", "workers.relay"))

    def peer(self, name: str, *flags: str) -> int:
        """A small peer with its journal; its port."""
        port = free_port()
        self.journals[name] = self.folder / f"{name}.journal"
        self.run(name, python("-m", "bench.due.peer", str(port), str(self.journals[name]), *flags), port=port)
        return port

    def connect(self, name: str, kind: str, port: int) -> None:
        """A connection to that port on this machine, whatever listens there."""
        address, key = f"http://127.0.0.1:{port}/fhir", f"file:{self.folder}/client_key"
        own = {"base_url": address, "subscribe": False, "poll_interval": 60.0}
        if kind == "eoj":
            own = {"issuer": address, "tenant": str(TENANTS[0].id), "organisation_cvr": "99110007"}
        adapter = "fhir_r4" if kind == "gp_system" else "smart_fhir"
        stanza = Stanza(name, kind, adapter, None, own | {"client_id": "laegebro", "client_key": key})
        self.gateway.connections.apply(stanza, "bench", "bench", datetime.now(UTC))

    def stop(self) -> None:
        for process in reversed(self.processes.values()):
            process.stop()
        self.gateway.engine.dispose()

    # debts

    def owe_entry(self, connection: str) -> UUID:
        """A consultation placed at a practice of that connection: its entry's id."""
        now = datetime.now(UTC)
        waiting = placed(draft(at=now), PRACTICE, at=now, connections=(connection,))
        self.gateway.store.commit(waiting)
        return waiting.entries[-1].id

    def note_to_approve(self, connection: str) -> Consultation:
        """In review, stored; nothing is owed to the record yet."""
        told = in_review()
        cases = tuple(replace(case, eoj_connection=connection) for case in told.cases)
        return self.gateway.store.commit(
            replace(told, version=0, cases=cases, review_until=datetime.now(UTC) + timedelta(hours=1))
        )

    def approve(self, consultation: Consultation) -> UUID:
        """The case's id."""
        case = consultation.cases[0].id
        approved = review.approve(consultation, case, "Aftalt", ORGANISATION, datetime.now(UTC), NURSE)
        self.gateway.store.commit(approved)
        return case

    # counting

    def effects(self, name: str) -> list[tuple[float, str, str, str]]:
        """Moment, type, id and identifier of everything that took effect at a peer."""
        lines = self.journals[name].read_text(encoding="utf-8").splitlines()
        return [(float(at), kind, id, key) for at, kind, id, key in (line.split(" ", 3) for line in lines)]

    def doubled(self, name: str) -> int:
        keys = [f"{kind} {key}" for _, kind, _, key in self.effects(name)]
        return len(keys) - len(set(keys))

    def undone(self, connection: str) -> int:
        query = text("SELECT count(*) FROM delivery WHERE connection = :name AND status <> 'done'")
        with transaction(self.gateway.engine, SystemScope(), read_only=True) as db:
            return int(db.execute(query, {"name": connection}).scalar_one())


def arrivals(house: House, peer: str, begun: Mapping[UUID, float]) -> list[float]:
    """Seconds until each entry was a row at the peer."""
    named = ((at, name.rpartition("|")[2]) for at, _, _, names in house.effects(peer) for name in names.split(","))
    arrived = {name: at for at, name in named}
    return [arrived[str(entry)] - at for entry, at in begun.items()]
