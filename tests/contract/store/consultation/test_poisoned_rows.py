"""A row that always fails holds up no younger one: clocks, empty calls, lost pages, erasure; on both databases."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import cast
from uuid import UUID

import pytest
from sqlalchemy import Engine, update

from gateway.domain.consultation import opening, ringing
from gateway.domain.consultation.aggregate import Availability, Consultation, Status
from gateway.domain.errors import LaegebroError
from gateway.domain.organisation import Organisation
from gateway.domain.peers.messages import PeerChange, PeerVerb
from gateway.domain.people import SYSTEM
from gateway.domain.room import Heartbeat, RoomState
from gateway.domain.scope import SystemScope
from gateway.services import clocks, presence
from gateway.store.consultation.erasure import SqlErasure
from gateway.store.consultation.outbox import SqlOutbox
from gateway.store.consultation.store import SqlConsultationStore
from gateway.store.consultation.tables import consultation as root
from gateway.store.ground.crypto import Vault
from gateway.store.ground.engine import transaction
from gateway.store.people.presence import SqlPresenceBook
from gateway.store.people.rooms import SqlRoomBook
from gateway.wiring import Gateway
from tests.support import consultations as make
from workers.upkeep import Upkeep

MANY = 60  # more than one page of any job


class At:
    """A clock that stands still."""

    def __init__(self, moment: datetime) -> None:
        self.moment = moment

    def now(self) -> datetime:
        return self.moment


@pytest.fixture
def store(store_engine: Engine, vault: Vault) -> SqlConsultationStore:
    return SqlConsultationStore(store_engine, vault, erase_after=timedelta(days=-36500))  # long due


def organisation_of(tenant: UUID) -> Organisation:
    return Organisation(tenant, "Fjordby Kommune", "99110007", False, "1")


def poison(engine: Engine, ids: list[UUID]) -> None:
    """Documents that nobody can open any more."""
    with transaction(engine, SystemScope()) as connection:
        connection.execute(update(root).where(root.c.id.in_(ids)).values(document=b"\x01\x01x" + bytes(40)))


def talk_in_room(number: int) -> Consultation:
    rung = ringing.accept(make.waiting(), make.NOW, make.DOCTOR, clinician="Lars Læge")
    talk = ringing.start_talk(ringing.answer(rung, make.NOW, make.NURSE), make.NOW, SYSTEM)
    return replace(talk, room=f"room-{number}")


def until_done(job: object, done: object, passes: int = 4) -> None:
    """A pass may tell of the rows that failed, and of nothing else."""
    assert callable(job) and callable(done)
    for _ in range(passes):
        with suppress(LaegebroError):
            job()
        if done():
            return
    raise AssertionError("rows that always fail have held up a younger one")


def test_clocks_that_always_fail_hold_up_no_younger_one(store: SqlConsultationStore, store_engine: Engine) -> None:
    poison(store_engine, [store.commit(make.waiting(at=make.NOW)).id for _ in range(MANY)])
    young = store.commit(make.waiting(at=make.NOW + timedelta(minutes=1)))
    at = At(make.NOW + timedelta(minutes=2))

    def run() -> None:
        clocks.run_due(organisation_of, store=store, clock=at)

    until_done(run, lambda: "not-received-in-time" in kinds(store, young), passes=1)
    assert store.due_clocks(at.moment) == [], "what failed is not tried again in every pass"
    assert len(store.due_clocks(at.moment + clocks.PUT_OFF, 2 * MANY)) >= MANY, "and is not forgotten"


def kinds(store: SqlConsultationStore, consultation: Consultation) -> list[str]:
    return [line.kind for line in store.timeline(SystemScope(), consultation.id)]


def test_calls_that_can_never_be_ended_hold_up_no_younger_one(
    store: SqlConsultationStore, store_engine: Engine
) -> None:
    rooms, at = SqlRoomBook(store_engine), At(make.NOW)
    talks = [store.commit(talk_in_room(number)) for number in range(MANY + 1)]
    poison(store_engine, [talk.id for talk in talks[:-1]])
    rooms.note(Heartbeat("media-1", 1, tuple(RoomState(talk.room, ()) for talk in talks[:-1])), at.moment)
    rooms.note(Heartbeat("media-2", 1, (RoomState(talks[-1].room, ()),)), at.moment + timedelta(seconds=1))
    at.moment += timedelta(minutes=10)

    def run() -> None:
        clocks.end_abandoned_calls(organisation_of, store=store, rooms=rooms, clock=at)

    until_done(run, lambda: store.load(SystemScope(), talks[-1].id).status is Status.REVIEW)


def test_pages_that_can_never_be_marked_lost_hold_up_no_younger_one(
    store: SqlConsultationStore, store_engine: Engine
) -> None:
    book, at = SqlPresenceBook(store_engine), At(make.NOW)
    waits = [store.commit(make.waiting()) for _ in range(MANY + 1)]
    poison(store_engine, [each.id for each in waits[:-1]])
    book.seen([each.id for each in waits[:-1]], at.moment)
    book.seen([waits[-1].id], at.moment + timedelta(seconds=1))
    at.moment += timedelta(minutes=2)

    def run() -> None:
        presence.mark_lost(store=store, book=book, clock=at)

    until_done(run, lambda: store.load(SystemScope(), waits[-1].id).availability is Availability.LOST)


def test_texts_that_can_never_be_erased_hold_up_no_younger_ones(
    store: SqlConsultationStore, store_engine: Engine, vault: Vault
) -> None:
    abandoned = [
        store.commit(opening.abandon(make.draft(), make.NOW + timedelta(seconds=number), SYSTEM))
        for number in range(MANY + 1)
    ]
    poison(store_engine, [each.id for each in abandoned[:-1]])
    erasure = SqlErasure(store_engine, vault)
    until_done(lambda: erasure.erase_texts(limit=20), lambda: "texts-erased" in kinds(store, abandoned[-1]))
    until_done(lambda: erasure.erase_texts(limit=20), lambda: erasure._reached[0].year == 1)


class Polled:
    """A practice's system with two claims to tell, and the cursor that is kept of it."""

    def __init__(self, *claims: PeerChange) -> None:
        self.claims, self.kept = claims, "some"

    def take_turn(self, _name: str) -> str:
        return self.kept

    def gp_system(self, _name: str) -> Polled:
        return self

    def changes(self, _cursor: str) -> tuple[Sequence[PeerChange], str]:
        return self.claims, "all"

    def noticed(self, _name: str, _verdict: object) -> None: ...

    def polled(self, _name: str, cursor: str) -> None:
        self.kept = cursor


def test_a_claim_that_can_never_be_applied_holds_up_no_other_and_is_not_forgotten(
    store: SqlConsultationStore, store_engine: Engine
) -> None:
    bad, good = (store.commit(make.waiting()) for _ in range(2))
    poison(store_engine, [bad.id])
    told = Polled(*(PeerChange(c.entries[-1].id, PeerVerb.RECEIVED, make.NOW) for c in (bad, good)))
    upkeep = Upkeep(
        cast(
            Gateway,
            SimpleNamespace(
                peers=told,
                store=store,
                clock=At(make.NOW),
                outbox=SqlOutbox(store_engine),
                engine=store_engine,
                vault=Vault.generate(),
            ),
        )
    )
    with pytest.raises(LaegebroError):
        upkeep.ask("gp-one")
    assert "received" in kinds(store, good)
    assert told.kept == "some", "it is asked for again"
