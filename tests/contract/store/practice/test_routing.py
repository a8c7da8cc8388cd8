"""By which connections a practice is reached, and what follows it when it moves: on both databases."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from io import BytesIO
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Engine

from gateway.domain.consultation import ringing
from gateway.domain.consultation.aggregate import Consultation
from gateway.domain.consultation.queue_entry import EntryStatus
from gateway.domain.identifiers import Ydernummer
from gateway.domain.people import SYSTEM
from gateway.domain.scope import SystemScope
from gateway.masterdata.layouts import opened_sor
from gateway.services import rerouting
from gateway.services.rerouting import Followed
from gateway.store.consultation.store import SqlConsultationStore
from gateway.store.ground.crypto import Vault
from gateway.store.peers.connections import SqlConnectionBook, Stanza
from gateway.store.practice.practices import SqlPracticeBook
from gateway.store.register.sor import SqlSorDirectory
from tests.support import consultations as make
from tests.support.memory import CountedIds, HandClock
from tests.unit.masterdata.sor_files import practice, tree

NOW = make.NOW
TODAY = date(2026, 11, 22)
IN_SOR = Ydernummer("019062")
OLD, NEW = "torvet-fhir", "torvet-soap"


def connect(engine: Engine, name: str, serves: Mapping[str, Any] | None = None, *, synthetic: bool = False) -> None:
    config = {"serves": dict(serves)} if serves else {}
    SqlConnectionBook(engine).apply(
        Stanza(name, "gp_system", "browser", None, config, synthetic=synthetic), "anna", "go", NOW
    )


@pytest.fixture
def book(store_engine: Engine) -> SqlPracticeBook:
    return SqlPracticeBook(store_engine)


@pytest.fixture
def unit(store_engine: Engine) -> Any:
    directory = SqlSorDirectory(store_engine, opened_sor)
    directory.import_file(BytesIO(tree(practice(), "2026-11-01")), "anna", NOW)
    found = directory.unit_of(IN_SOR, TODAY)
    assert found is not None and found.gln is not None and found.supplier
    return found


def test_the_most_specific_rule_decides(store_engine: Engine, book: SqlPracticeBook, unit: Any) -> None:
    rules = {
        "for-the-rest": {"default": True},
        "for-the-supplier": {"supplier": [unit.supplier]},
        "for-the-unit": {"sor": [str(unit.sor_id)]},
        "for-the-location": {"gln": [str(unit.gln)]},
    }
    seen = []
    for name, serves in rules.items():
        connect(store_engine, name, serves)
        found = book.routed(IN_SOR, TODAY)
        seen.append((found.rule, [door for door, _ in found.connections]))
    book.set_routes(IN_SOR, ["for-the-rest"])
    seen.append((book.routed(IN_SOR, TODAY).rule, list(book.routes(IN_SOR))))
    assert seen == [
        ("default", ["for-the-rest"]),
        ("supplier", ["for-the-supplier"]),
        ("sor", ["for-the-unit"]),
        ("gln", ["for-the-location"]),
        ("ydernummer", ["for-the-rest"]),
    ]
    assert [name for name, _ in book.routed(make.PRACTICE, TODAY).connections] == ["for-the-rest"], "unknown to SOR"


def test_a_rule_two_connections_claim_routes_nothing_and_says_so(store_engine: Engine, book: SqlPracticeBook) -> None:
    for name in ("one", "two"):
        connect(store_engine, name, {"default": True})
    found = book.routed(make.PRACTICE, TODAY)
    assert (found.connections, found.rule, found.claimed_by) == ((), "default", ("one", "two"))
    assert book.routes(make.PRACTICE) == []


def test_an_invented_connection_serves_no_real_practice_by_rule(store_engine: Engine, book: SqlPracticeBook) -> None:
    connect(store_engine, "invented", {"default": True}, synthetic=True)
    assert book.routes(make.PRACTICE) == []
    book.set_profile(make.PRACTICE, synthetic=True, at=NOW)
    assert book.routes(make.PRACTICE) == ["invented"]


def test_a_practice_whose_own_connections_rest_falls_to_no_rule(store_engine: Engine, book: SqlPracticeBook) -> None:
    connect(store_engine, OLD)
    connect(store_engine, "for-the-rest", {"default": True})
    book.set_routes(make.PRACTICE, [OLD])
    SqlConnectionBook(store_engine).pause(OLD, "bo", "planned", NOW)
    found = book.routed(make.PRACTICE, TODAY)
    assert (found.connections, found.rule) == ([], "ydernummer")


# --- moving ----------------------------------------------------------------------------------------------------------


class Died(BaseException):
    """The process is gone: nothing catches it."""


class DyingStore(SqlConsultationStore):
    """Dies at its n-th commit, before or after the database has it."""

    def __init__(self, engine: Engine, vault: Vault, at: int, before: bool) -> None:
        super().__init__(engine, vault)
        self._left, self._before = at, before

    def commit(self, consultation: Consultation, **more: Any) -> Consultation:
        self._left -= 1
        if self._left == 0 and self._before:
            raise Died
        committed = super().commit(consultation, **more)
        if self._left == 0:
            raise Died
        return committed


class World:
    def __init__(self, engine: Engine, vault: Vault) -> None:
        self.engine, self.vault = engine, vault
        self.store = SqlConsultationStore(engine, vault)
        self.book = SqlPracticeBook(engine)
        self.clock, self.ids = HandClock(), CountedIds()
        for name in (OLD, NEW, "browser"):
            connect(engine, name)
        self.book.set_routes(make.PRACTICE, [OLD])

    def wait(self, minutes: int) -> UUID:
        at = NOW + timedelta(minutes=minutes)
        waiting = make.placed(make.draft(at=at), at=at, connections=(OLD,))
        return self.store.commit(waiting).id

    def follow(self, store: SqlConsultationStore | None = None) -> Followed:
        assigned, routes = self.book.assigned(make.PRACTICE), tuple(self.book.routes(make.PRACTICE))
        new = rerouting.NewRoutes(make.PRACTICE, assigned, routes, ())
        return rerouting.follow(new, SYSTEM, store=store or self.store, clock=self.clock, ids=self.ids)

    def load(self, id: UUID) -> Consultation:
        return self.store.load(SystemScope(), id)

    def owed(self, id: UUID) -> list[tuple[str, str]]:
        return sorted((row.kind, row.connection) for row in self.store.deliveries_of(SystemScope(), id))


@pytest.fixture
def world(store_engine: Engine, vault: Vault) -> World:
    return World(store_engine, vault)


MOVED = [("enqueue", OLD), ("enqueue", NEW), ("entry-update", OLD)]


@pytest.mark.parametrize("before", [True, False], ids=["before-the-row", "after-the-row"])
@pytest.mark.parametrize("at", [1, 2, 3])
def test_a_move_that_dies_in_the_middle_is_finished_by_the_next_and_nothing_is_doubled(
    world: World, at: int, before: bool
) -> None:
    waiting = [world.wait(minutes) for minutes in (1, 2, 3)]
    places = [world.load(id).entries[-1].place for id in waiting]
    world.book.set_routes(make.PRACTICE, [NEW])
    with pytest.raises(Died):
        world.follow(DyingStore(world.engine, world.vault, at, before))
    done = at - before
    assert [world.owed(id) == MOVED for id in waiting] == [number < done for number in range(3)]
    assert world.follow() == Followed(moved=3 - done)
    assert world.follow() == Followed(), "again is nothing"
    assert [world.owed(id) for id in waiting] == [MOVED] * 3
    for id, place in zip(waiting, places, strict=True):
        left, here = world.load(id).entries
        assert (left.status, left.connections) == (EntryStatus.TRANSFERRED, (OLD,))
        assert (here.status, here.connections, here.place) == (EntryStatus.REQUESTED, (NEW,), place)
    queue = world.store.at_clinic([make.PRACTICE], NOW)
    assert [found.id for found in queue] == waiting, "in the order they came"


def test_who_rings_finishes_where_she_is_and_goes_along_when_it_is_over(world: World) -> None:
    id, at = world.wait(1), datetime.now(UTC)
    rung = world.store.commit(ringing.accept(world.load(id), at, make.DOCTOR))
    world.book.set_routes(make.PRACTICE, [NEW])
    assert world.follow() == Followed(talking=1)
    assert world.load(id).entries[-1].connections == (OLD,)
    assert world.book.ydernumre_of(OLD) == [make.PRACTICE], "the old system still hears of it"
    world.store.commit(ringing.put_back(world.load(rung.id), at, make.DOCTOR))
    assert world.follow() == Followed(moved=1)
    assert world.load(id).entries[-1].connections == (NEW,)


def test_a_practice_with_two_doors_keeps_the_other_one(world: World) -> None:
    at = NOW + timedelta(minutes=1)
    id = world.store.commit(make.placed(make.draft(at=at), at=at, connections=(OLD, "browser"))).id
    world.book.set_routes(make.PRACTICE, [NEW, "browser"])
    assert world.follow() == Followed(moved=1)
    assert world.load(id).entries[-1].connections == (NEW, "browser")
