"""Pictures on their way into the record: with their note, once, and gone from here when they stand there."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest

from gateway.domain.capability import Capability
from gateway.domain.consultation import talking
from gateway.domain.errors import PeerUnavailable, PicturesRefused
from gateway.domain.note import picturing, review
from gateway.domain.note.still import Still, StillRefusal
from gateway.domain.peers.delivery import DeliveryStatus, Outcome, Receipt
from gateway.domain.peers.messages import NoteMessage, Picture
from gateway.domain.scope import SystemScope
from gateway.services.changing import change
from tests.support.consultations import NOW, NURSE, new_id
from tests.support.peers.memory_peers import ALL, MemoryPeer
from tests.unit.domain.stories import LATER, ORGANISATION, fresh, in_call
from tests.unit.services.test_delivering import Desk, status_of

JPEGS = (b"the first", b"the second")


@dataclass
class Keeping(MemoryPeer):
    """Remembers the pictures it was given; ``meanwhile`` happens while it is writing them down."""

    given: list[tuple[Picture, ...]] = field(default_factory=list)
    meanwhile: Callable[[], Any] = lambda: None

    def file_note(self, message: NoteMessage) -> Receipt:
        self.given.append(message.pictures)
        self.meanwhile()
        return super().file_note(message)


def owed(peer: MemoryPeer, *chosen: int) -> Desk:
    stills = [Still(new_id(), NOW, NURSE.name, 64, 48) for _ in JPEGS]
    talk = picturing.allow(in_call(), "words", LATER, NURSE)
    for still in stills:
        talk = picturing.take(talk, still, LATER, NURSE)
    talk = fresh(talking.hang_up(talk, LATER, NURSE))
    case = talk.cases[0].id
    attached = picturing.attach(talk, case, [stills[number].id for number in chosen])
    desk = Desk(review.approve(attached, case, "Aftalt", ORGANISATION, LATER, NURSE), peer)
    desk.shelf.kept.update({still.id: jpeg for still, jpeg in zip(stills, JPEGS, strict=True)})
    return desk


def stills_of(desk: Desk) -> tuple[Still, ...]:
    return desk.store.kept[desk.consultation.id].cases[0].stills


def test_the_chosen_ones_go_with_their_note_and_the_consultation_is_told() -> None:
    peer = Keeping()
    desk = owed(peer, 1)
    assert desk.attempt() is Outcome.DONE
    ((picture,),) = peer.given
    assert (picture.jpeg, picture.taken_by) == (JPEGS[1], NURSE.name)
    assert NURSE.name in picture.consent and "sagt ja" in picture.consent
    assert [still.filed_at is not None for still in stills_of(desk)] == [True]
    assert picturing.held(desk.store.kept[desk.consultation.id]) == frozenset()


def test_a_retry_says_the_same_and_a_later_version_brings_nothing_twice() -> None:
    peer = Keeping(before=[PeerUnavailable("eoj", "connecting")])
    desk = owed(peer, 0, 1)
    assert desk.attempt() is Outcome.NOT_DONE
    assert [still.filed_at for still in stills_of(desk)] == [None, None]
    desk.clock.pass_by(minutes=10)
    assert desk.attempt() is Outcome.DONE
    assert peer.given[0] == peer.given[1] and len({picture.key for picture in peer.given[1]}) == 2
    case = desk.consultation.cases[0].id
    scope, id = SystemScope(), desk.consultation.id
    change(desk.store, scope, id, lambda c: review.add_clinic_text(c, case, "Recept", desk.clock.now(), NURSE))
    assert desk.attempt() is Outcome.DONE
    assert peer.given[-1] == ()


def test_a_record_that_takes_no_pictures_any_more_gets_no_note_without_them() -> None:
    peer = Keeping(capabilities=ALL - {Capability.STILLS})
    desk = owed(peer, 0)
    assert desk.attempt() is Outcome.REFUSED
    assert status_of(desk) == (DeliveryStatus.STUCK, False, "no-stills")
    assert peer.given == []
    nothing_chosen = owed(peer)
    assert nothing_chosen.attempt() is Outcome.DONE
    assert peer.given == [()]


@dataclass
class WithoutPictures(Keeping):
    """Takes the note, and of its pictures all but the first; all of them where there is no ``why``."""

    why: StillRefusal | None = StillRefusal.TOO_LARGE

    def file_note(self, message: NoteMessage) -> Receipt:
        receipt = super().file_note(message)
        if message.pictures and self.why is not None:
            raise PicturesRefused("eoj", self.why, (message.pictures[0].still,))
        return receipt


def test_a_refused_picture_waits_for_a_person_and_the_note_stands_once() -> None:
    peer = WithoutPictures()
    desk = owed(peer, 0, 1)
    assert desk.attempt() is Outcome.REFUSED
    assert status_of(desk) == (DeliveryStatus.STUCK, False, "picture-too-large")
    assert peer.asked[-1] == "read-back"
    first, second = stills_of(desk)
    assert (first.refused, first.filed_at) == (StillRefusal.TOO_LARGE, None) and second.filed_at is not None
    assert picturing.held(desk.store.kept[desk.consultation.id]) == {first.id}
    assert desk.kinds()[-2:] == ["note-filed", "still-refused"]


def test_left_out_it_is_gone_and_the_note_is_neither_sent_nor_told_twice() -> None:
    peer = WithoutPictures()
    desk = owed(peer, 0)
    desk.attempt()
    change(desk.store, SystemScope(), desk.consultation.id, lambda c: picturing.leave_out(c, LATER, NURSE))
    row: Any = desk.row
    row.status, row.fault, row.due_at = DeliveryStatus.DUE, "", desk.clock.now()
    assert desk.attempt() is Outcome.DONE
    assert stills_of(desk) == () and peer.given[-1] == ()
    assert len(peer.held) == 1 and desk.kinds().count("note-filed") == 1


@pytest.mark.parametrize("late", [True, False])
def test_what_was_withdrawn_on_its_way_is_said_aloud_and_before_it_not_sent(late: bool) -> None:
    peer = Keeping()
    desk = owed(peer, 0)

    def withdraw() -> None:
        change(desk.store, SystemScope(), desk.consultation.id, lambda c: picturing.withdraw(c, LATER, NURSE))
        desk.shelf.kept.clear()

    if late:
        peer.meanwhile = withdraw
    else:
        withdraw()
    assert desk.attempt() is Outcome.DONE
    assert len(peer.given[0]) == int(late)
    assert ("still-filed-though-withdrawn" in desk.kinds()) is late
