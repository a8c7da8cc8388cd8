"""When a note goes: at once where it is approved, at its deadline where nobody came, and in either case once (D12)."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from gateway.domain.consultation.aggregate import Status
from gateway.domain.note import review
from gateway.domain.note.note import NoteStatus, NoteVersion
from gateway.domain.organisation import Organisation
from gateway.domain.peers.delivery import Delivery, DeliveryStatus, Outcome
from gateway.domain.scope import SystemScope
from gateway.services import clocks, deliver
from gateway.services.changing import change
from tests.support.consultations import DOCTOR, NURSE
from tests.support.memory import HandClock, MemoryOutbox, MemoryStore
from tests.support.peers.memory_peers import ORGANISATION as MUNICIPALITY
from tests.support.peers.memory_peers import MemoryPeer, MemoryPeers, MemoryShelf
from tests.unit.domain.stories import LATER, ORGANISATION, in_review

QUARTER = timedelta(minutes=15)


class Afterwards:
    """A talk is over; the clock, the deliveries and the record run by hand."""

    def __init__(self) -> None:
        self.clock = HandClock(LATER)
        self.store = MemoryStore(self.clock)
        talk = in_review()
        self.store.kept[talk.id], self.store.lines[talk.id] = talk, []
        self.id, self.case = talk.id, talk.cases[0].id
        self.outbox, self.peer = MemoryOutbox(self.store), MemoryPeer()

    def approve(self) -> None:
        at = self.clock.now()
        change(
            self.store,
            SystemScope(),
            self.id,
            lambda c: review.approve(c, self.case, "Ny forbinding dagligt", ORGANISATION, at, NURSE),
        )

    def clinic_writes(self, text: str) -> None:
        at = self.clock.now()
        change(self.store, SystemScope(), self.id, lambda c: review.add_clinic_text(c, self.case, text, at, DOCTOR))

    def tick(self) -> int:
        return clocks.run_due(_organisation, store=self.store, clock=self.clock)

    def deliver_all(self) -> list[Outcome]:
        use = deliver.Attempting(
            self.store,
            self.outbox,
            MemoryPeers(self.peer),
            self.clock,
            "http://gateway.localhost",
            lambda: 1.0,
            MemoryShelf(),
        )
        return [deliver.attempt(debt, use) for debt in iter(self._claim, None)]

    def _claim(self) -> Delivery | None:
        return self.outbox.claim(timedelta(seconds=30))

    @property
    def note(self) -> NoteVersion:
        return self.store.kept[self.id].cases[0].notes[-1]

    def filed(self) -> int:
        return [line.kind for line in self.store.lines[self.id]].count("note-filed")


def _organisation(_: UUID) -> Organisation:
    return MUNICIPALITY


def test_d12_filed_at_once_after_approve() -> None:
    """No moment passes on the clock between the click and the record's own answer."""
    after = Afterwards()
    after.approve()
    assert after.deliver_all() == [Outcome.DONE]
    (row,) = after.store.rows.values()
    assert (row.status, row.delivery.receipt.filed_at is not None) == (DeliveryStatus.DONE, True)
    assert (after.note.status, after.note.approved_by, after.filed()) == (NoteStatus.APPROVED, NURSE.name, 1)
    assert after.clock.now() == LATER
    after.clock.pass_by(hours=1)
    assert (after.tick(), after.deliver_all(), after.filed()) == (0, [], 1)


def test_d12_walked_away_from_it_is_filed_once_at_the_deadline_marked() -> None:
    after = Afterwards()
    after.clock.time = LATER + QUARTER - timedelta(seconds=1)
    assert (after.tick(), after.deliver_all()) == (0, []), "nothing goes a second before"
    after.clock.time = LATER + QUARTER
    assert (after.tick(), after.deliver_all()) == (1, [Outcome.DONE])
    assert (after.note.status, after.note.approved_by, after.filed()) == (NoteStatus.UNREVIEWED, "", 1)
    assert after.store.kept[after.id].status is Status.CLOSED
    assert (after.tick(), after.deliver_all(), after.filed()) == (0, [], 1)


def test_d12_the_clinics_text_after_that_replaces_what_was_filed() -> None:
    after = Afterwards()
    after.clock.time = LATER + QUARTER
    after.tick()
    after.deliver_all()
    after.clinic_writes("Set på video, penicillin i syv dage.")
    assert after.deliver_all() == [Outcome.DONE]
    assert (after.note.version, after.filed(), len(after.peer.held)) == (2, 2, 2)
    assert [n.version for n in after.store.kept[after.id].cases[0].notes] == [1, 2]
