"""Each care system away for 72 hours, in virtual time: real adapter and simulator, real rows, breaker and rule. The
nurse's page says all the while that the notes wait; then all are filed, in their order, none twice.

The rows' clock is set by hand. The adapter's line is a real one, and leads nowhere while the system is away.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import update

from adapters.discovery import adapter_names, find_adapter
from gateway.certify import placing
from gateway.certify.ways import bench_module
from gateway.domain.consultation.aggregate import Consultation
from gateway.domain.consultation.case import CitizenCase
from gateway.domain.organisation import Organisation
from gateway.domain.peers.breaker import OPENS_AFTER
from gateway.domain.peers.delivery import Delivery, Receipt
from gateway.domain.peers.messages import NoteMessage
from gateway.domain.peers.turns import Turns
from gateway.domain.scope import SystemScope
from gateway.machine import RandomIds
from gateway.services import deliver
from gateway.services.view import consultation_view
from gateway.store.consultation.outbox import SqlOutbox
from gateway.store.consultation.store import SqlConsultationStore
from gateway.store.consultation.tables_deliveries import delivery
from gateway.store.ground.crypto import Vault
from gateway.store.ground.engine import open_engine, transaction
from gateway.store.people.organisations import SqlOrganisationBook
from tests.support.memory import HandClock
from tests.support.peers.memory_peers import MemoryPractices, MemoryShelf

FILING = [name for name in adapter_names("eoj") if hasattr(find_adapter("eoj", name).adapter, "file_note")]
HOURS, NOTES, SLOTS = 72, 8, 4
CORRECTED_AT = 12  # hours; a day later the clinic adds no more
LEASE = timedelta(seconds=30)
HONEST = {"held-up", "retrying", "unknown"}  # each of them says on the page that the note is not filed yet
FJORDBY = Organisation(placing.MUNICIPALITY.id, placing.MUNICIPALITY.name, placing.MUNICIPALITY.cvr, True)


class Line:
    """The adapter, in place of which a line that leads nowhere may stand; what was filed, in its order."""

    def __init__(self, bench: Any) -> None:
        self.bench, self.system = bench, bench.system
        self.filed: list[NoteMessage] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(self.system, name)

    def file_note(self, message: NoteMessage) -> Receipt:
        receipt: Receipt = self.system.file_note(message)
        self.filed.append(message)
        return receipt

    @contextmanager
    def away(self) -> Iterator[None]:
        with self.bench.unreachable("connecting") as nobody:
            self.system = nobody
            yield
        self.system = self.bench.system


class Peers:
    def __init__(self, line: Line) -> None:
        self._line = line

    def eoj(self, connection: str) -> Any:
        return self._line

    def organisation(self, delivery: Delivery) -> Organisation:
        return FJORDBY

    def is_synthetic(self, connection: str) -> bool:
        return False

    def quiet_period(self, connection: str) -> timedelta:
        return timedelta(seconds=120)


class World:
    """Notes owed to one care system, attempted as a worker does."""

    def __init__(self, bench: Any, database: Path) -> None:
        self.line, self.bench = Line(bench), bench
        self.clock = HandClock(datetime.now(UTC))
        self.engine = open_engine(f"sqlite:///{database}")
        SqlOrganisationBook(self.engine, Vault.generate()).apply_tenant(placing.MUNICIPALITY)
        self.store = SqlConsultationStore(self.engine, Vault.generate())
        self.outbox = SqlOutbox(self.engine, lambda _: self.clock.now(), lambda: 1.0)
        peers: Any = Peers(self.line)
        self.use = deliver.Attempting(
            self.store, self.outbox, peers, self.clock, "http://gateway.localhost", lambda: 1, MemoryShelf()
        )
        self.owed: list[UUID] = []
        self.tried = 0

    def owe(self) -> None:
        case = CitizenCase(RandomIds().new(), self.bench.citizen, self.bench.system.name, self.bench.record)
        self.owed.append(self._commit(placing.noted(case, self.clock.now(), RandomIds())).id)

    def correct(self, place: int) -> None:
        known = self._loaded(self.owed[place])
        self._commit(placing.corrected(known, known.cases[0].id, self.clock.now()))

    def _commit(self, consultation: Consultation) -> Consultation:
        """Its new row is of this moment."""
        self.clock.pass_by(seconds=1)
        made = self.store.commit(consultation)
        version = made.cases[0].notes[-1].version
        with transaction(self.engine, SystemScope()) as connection:
            new = update(delivery).where(delivery.c.consultation == made.id, delivery.c.version == version)
            connection.execute(new.values(created_at=self.clock.now(), due_at=self.clock.now()))
        return made

    def _loaded(self, id: UUID) -> Consultation:
        return self.store.load(SystemScope(), id)

    def attempt_due(self) -> None:
        for taken in self.outbox.claim_lanes(LEASE, Turns(SLOTS, SLOTS).plan(self.outbox.lanes())):
            deliver.attempt(taken, self.use)
            self.tried += 1

    def pages(self) -> Sequence[dict[str, Any]]:
        """The note's part of each nurse's page."""
        practices: Any = MemoryPractices()
        return [
            consultation_view(self._loaded(id), store=self.store, practices=practices, clock=self.clock)["note"][0]
            for id in self.owed
        ]

    def is_filed(self) -> bool:
        """After one more look, a minute on. Acknowledgements that come as messages of their own are noted by the
        bench's door, and found when the row wakes."""
        self.attempt_due()
        self.clock.pass_by(minutes=1)
        return all(page["state"] in ("filed", "received") for page in self.pages())


@pytest.fixture(params=FILING)
def world(request: pytest.FixtureRequest, tmp_path: Path, sqlite_template: Path) -> Iterator[World]:
    database = tmp_path / "outage.db"
    shutil.copy(sqlite_template, database)
    with bench_module(request.param, "eoj").bench(tmp_path) as bench:
        made = World(bench, database)
        yield made
        made.engine.dispose()


def test_after_72_hours_all_notes_are_filed_in_order_and_the_pages_were_honest(world: World) -> None:
    for _ in range(NOTES):
        world.owe()
    _is_away(world)
    assert world.bench.until(world.is_filed), [page["state"] for page in world.pages()]
    first, *rest = [each.consultation for each in world.line.filed if each.note.version == 1]
    assert rest == [id for id in world.owed if id != first], "the first is the one that was tried"
    assert [each.note.version for each in world.line.filed if each.consultation == world.owed[2]] == [1, 2]
    _each_stands_once(world)


def _is_away(world: World) -> None:
    with world.line.away():
        for hour in range(HOURS):
            world.attempt_due()
            if hour == CORRECTED_AT:
                world.correct(2)
            world.clock.pass_by(hours=1)
            pages = world.pages()
            assert {page["state"] for page in pages} <= HONEST, "the page says that it is filed, or just being sent"
            assert all(page["next_attempt_at"] is None for page in pages), "a time is named that has passed"
    assert world.line.filed == [] and world.bench.effects() == 0
    assert world.tried > OPENS_AFTER


def _each_stands_once(world: World) -> None:
    """Every version that was sent is there once, the newest of each case in force."""
    for message in world.line.filed:
        assert world.bench.copies(message) == 1, message.note.version
        newest = max(each.note.version for each in world.line.filed if each.consultation == message.consultation)
        assert world.bench.in_force(message) is (message.note.version == newest)
    assert len({each.key for each in world.line.filed}) == NOTES + 1
