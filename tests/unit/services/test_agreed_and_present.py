"""The agreed time, the ring nobody answers, pages that vanish and hours that change: in virtual time (D9, D10, D20)."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from gateway.domain.consultation import queueing, ringing
from gateway.domain.consultation.aggregate import Availability, Consultation, Status
from gateway.domain.consultation.events import DebtKind
from gateway.domain.consultation.queue_entry import Basis, EntryStatus, RejectReason
from gateway.domain.people import Actor
from gateway.domain.practice import VideoHours
from gateway.domain.scope import SystemScope
from gateway.services import arranging, clocks, presence, queue
from gateway.services.act import Move, acting
from gateway.services.practice_side import closing
from gateway.services.queue import Placing
from tests.support.acting import memory_ports, press
from tests.support.consultations import DOCTOR, NOW, NURSE, PRACTICE, REASON, draft, waiting
from tests.support.memory import HandClock, MemoryStore
from tests.support.peers.memory_peers import ORGANISATION, MemoryPractices
from tests.unit.domain.stories import calling

ALL = SystemScope()
SEVEN = datetime.fromisoformat("2026-11-23T07:05:00+01:00")
AGREED = datetime.fromisoformat("2026-11-23T11:15:00+01:00")


class Pages:
    """``services.presence.PresenceBook`` in memory."""

    def __init__(self) -> None:
        self.last: dict[UUID, datetime] = {}

    def seen(self, consultations: Collection[UUID], now: datetime) -> None:
        self.last |= dict.fromkeys(consultations, now)

    def gone_since(self, moment: datetime, limit: int = 50) -> Sequence[tuple[UUID, datetime]]:
        return [(id, at) for id, at in self.last.items() if at < moment]


class Hours(MemoryPractices):
    """Remembers the hours it was given."""

    def set_hours(self, ydernummer: object, hours: VideoHours, actor: Actor, at: datetime) -> None:
        self.kept = hours


class Floor:
    def __init__(self, at: datetime = NOW) -> None:
        self.clock = HandClock(at)
        self.store = MemoryStore(self.clock)
        self.ports = memory_ports(self.store, self.clock)
        self.pages = Pages()

    def keep(self, consultation: Consultation) -> Consultation:
        self.store.kept[consultation.id] = replace(consultation, events=(), debts=())
        return consultation

    def now(self, consultation: Consultation) -> Consultation:
        return self.store.kept[consultation.id]

    def tick(self, at: datetime) -> None:
        self.clock.time = at
        clocks.run_due(lambda _: ORGANISATION, store=self.store, clock=self.clock)

    def place(self, consultation: Consultation, agreed_at: datetime | None) -> Consultation:
        station = consultation.workstation
        assert station is not None
        placing = Placing(
            PRACTICE,
            Basis.OWN_GP,
            station,
            consultation.form,
            consultation.participants,
            REASON,
            {},
            agreed_at,
            "Gitte",
        )
        return press(self.ports, consultation.id, NURSE, lambda c, by: queue.enqueue(c, placing, by))

    def does(self, consultation: Consultation, actor: Actor, move: Move[Any]) -> Consultation:
        return press(self.ports, consultation.id, actor, move)


def test_d09_planned_in_the_morning_delivered_at_once_and_in_the_queue_a_quarter_before() -> None:
    floor = Floor(SEVEN)
    agreed = floor.place(floor.keep(draft(at=SEVEN).committed()), AGREED)
    assert agreed.status is Status.PLANNED
    assert [row.delivery.kind for row in floor.store.rows.values()] == [DebtKind.ENQUEUE], "delivered at 7.05"
    floor.tick(AGREED - timedelta(minutes=16))
    assert floor.now(agreed).status is Status.PLANNED
    floor.tick(AGREED - timedelta(minutes=15))
    assert floor.now(agreed).status is Status.WAITING
    early = floor.place(floor.keep(draft(at=floor.clock.time).committed()), None)
    floor.clock.time = AGREED + timedelta(minutes=1)
    late = floor.place(floor.keep(draft(at=floor.clock.time).committed()), None)
    entries = [floor.now(c).entries[-1] for c in (early, agreed, late)]
    assert [floor.store.ahead_of(entry) for entry in entries] == [0, 1, 2], "the agreed time counts as the arrival"
    floor.tick(AGREED + timedelta(minutes=60))
    floor.tick(AGREED + timedelta(minutes=60))
    assert floor.now(agreed).entries[-1].status is EntryStatus.EXPIRED


def test_d09_taken_by_mistake_long_before_its_time_it_goes_back_into_that_day() -> None:
    floor = Floor(SEVEN)
    agreed = floor.place(floor.keep(draft(at=SEVEN).committed()), AGREED)
    for give_up in (
        lambda: floor.does(agreed, DOCTOR, lambda c, by: ringing.put_back(c, by.at, by.actor)),
        lambda: floor.tick(floor.clock.time + timedelta(seconds=60)),
    ):
        floor.does(agreed, DOCTOR, lambda c, by: ringing.accept(c, by.at, by.actor, DOCTOR.name))
        give_up()
        assert (floor.now(agreed).status, floor.now(agreed).entries[-1].place) == (Status.PLANNED, AGREED)
    floor.tick(AGREED - timedelta(minutes=15))
    assert floor.now(agreed).status is Status.WAITING, "and comes forward in time"


def test_d10_a_ring_nobody_answers_keeps_the_place_and_tells_the_practice() -> None:
    floor = Floor()
    waits = floor.keep(waiting().committed())
    floor.does(waits, NURSE, lambda c, by: queueing.step_away(c, Availability.AWAY, by.at, by.actor))
    floor.does(waits, DOCTOR, lambda c, by: ringing.accept(c, by.at, by.actor))
    told = len(floor.store.rows)
    floor.tick(NOW + timedelta(seconds=59))
    assert floor.now(waits).status is Status.CALLING
    floor.tick(NOW + timedelta(seconds=60))
    back = floor.now(waits)
    assert (back.status, back.entries[-1].place) == (Status.WAITING, waits.entries[-1].place)
    assert (back.availability, back.entries[-1].misses) == (Availability.AWAY, 1)
    assert len(floor.store.rows) == told + 1, "the practice's system is told"


def test_d10_a_page_that_vanishes_is_lost_since_it_was_last_there_and_back_when_it_is_back() -> None:
    floor = Floor()
    waits = floor.keep(waiting().committed())
    presence.page_opened(waits, store=floor.store, book=floor.pages, clock=floor.clock)
    floor.clock.pass_by(seconds=44)
    assert presence.mark_lost(store=floor.store, book=floor.pages, clock=floor.clock) == 0
    floor.clock.pass_by(seconds=2)
    presence.mark_lost(store=floor.store, book=floor.pages, clock=floor.clock)
    lost = floor.now(waits)
    assert (lost.availability, lost.availability_at) == (Availability.LOST, NOW)
    presence.page_opened(lost, store=floor.store, book=floor.pages, clock=floor.clock)
    assert floor.now(waits).availability is Availability.HERE


def test_d10_who_said_that_she_goes_is_away_and_not_lost() -> None:
    floor = Floor()
    waits = floor.keep(waiting().committed())
    floor.pages.seen([waits.id], NOW)
    floor.does(waits, NURSE, lambda c, by: queueing.step_away(c, Availability.AWAY, by.at, by.actor))
    floor.clock.pass_by(minutes=5)
    presence.mark_lost(store=floor.store, book=floor.pages, clock=floor.clock)
    presence.page_opened(floor.now(waits), store=floor.store, book=floor.pages, clock=floor.clock)
    assert floor.now(waits).availability is Availability.AWAY


def test_moving_forward_goes_before_everybody_else_at_the_practice() -> None:
    floor = Floor()
    first, second = (floor.keep(waiting(at=NOW + timedelta(minutes=n)).committed()) for n in (0, 1))
    floor.does(second, DOCTOR, lambda c, by: arranging.move_forward(c, "worse", by))
    assert floor.now(second).entries[-1].place < floor.now(first).entries[-1].place
    placed = floor.now(second).version
    floor.does(second, DOCTOR, lambda c, by: arranging.move_forward(c, "worse", by))
    assert floor.now(second).version == placed, "it is the first already"


def closed(floor: Floor, hours: VideoHours) -> None:
    closing.set_hours(ALL, PRACTICE, hours, acting(None, DOCTOR, memory_ports(floor.store, floor.clock, Hours())))


def test_closing_leaves_a_quarter_of_an_hour_a_pause_takes_nothing_and_an_agreed_time_stands() -> None:
    floor = Floor()
    waits = floor.keep(waiting().committed())
    agreed = floor.keep(replace(waiting().committed(), agreed_at=NOW + timedelta(minutes=10)))
    before = floor.now(agreed).entries[-1].expires_at
    closed(floor, VideoHours(switch=True, paused_until=NOW + timedelta(hours=1)))
    assert floor.now(waits).entries[-1].expires_at == NOW + timedelta(hours=4)
    closed(floor, VideoHours(switch=False))
    assert floor.now(waits).entries[-1].expires_at == NOW + timedelta(minutes=15)
    assert floor.now(agreed).entries[-1].expires_at == before
    closed(floor, VideoHours(switch=True))
    assert floor.now(waits).entries[-1].expires_at == NOW + timedelta(hours=4), "opened again"


def test_all_who_wait_without_an_agreement_are_rejected_with_the_words() -> None:
    floor = Floor()
    waits, rings = floor.keep(waiting().committed()), floor.keep(calling())
    agreed = floor.keep(replace(waiting().committed(), agreed_at=NOW))
    why = RejectReason.NOT_TODAY
    told = closing.reject_all(ALL, PRACTICE, why, "Vi lukker", acting(None, DOCTOR, floor.ports))
    assert told == 1
    assert floor.now(waits).entries[-1].ended_text == "Vi lukker"
    assert (floor.now(rings).status, floor.now(agreed).status) == (Status.CALLING, Status.WAITING)
