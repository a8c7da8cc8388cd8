"""On to another practice while she waits: asked on the same terms as at the first placing (D1, D8, D18)."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from gateway.domain.consultation.aggregate import Consultation
from gateway.domain.consultation.queue_entry import EntryStatus, RejectReason
from gateway.domain.errors import InvalidField, PracticeNotFound
from gateway.domain.identifiers import Ydernummer
from gateway.domain.practice import Attended, PracticeState
from gateway.domain.scope import ClinicScope
from gateway.services import transferring
from gateway.services.act import acting
from gateway.services.practice_side import closing
from tests.support.acting import memory_ports, press
from tests.support.consultations import DOCTOR, NOW, NURSE, PRACTICE, SECOND, new_id
from tests.support.memory import HandClock, MemoryStore
from tests.support.peers.memory_peers import MemoryPractices
from tests.unit.domain.stories import received, transfer

OPEN = PracticeState(True, True, Attended.UNKNOWN)


class Routed(MemoryPractices):
    """One practice with these doors, in this state."""

    def __init__(self, *routes: str, state: PracticeState = OPEN) -> None:
        self._routes, self._state = routes, state

    def routes(self, ydernummer: Ydernummer) -> tuple[str, ...]:
        return self._routes

    def state(self, ydernummer: Ydernummer, now: object) -> PracticeState:
        return self._state


class Floor:
    def __init__(self, consultation: Consultation) -> None:
        self.clock = HandClock(NOW)
        self.store = MemoryStore(self.clock)
        self.keep(consultation)
        self.id = consultation.id

    def keep(self, consultation: Consultation) -> None:
        self.store.kept[consultation.id] = replace(consultation, events=(), debts=())
        self.store.lines.setdefault(consultation.id, [])

    def transferred(self, practices: Routed, to: Ydernummer = SECOND) -> Consultation:
        ports = memory_ports(self.store, self.clock, practices, "post")
        return press(ports, self.id, NURSE, lambda c, by: transferring.transfer(c, to, by))


def test_d01_a_live_call_handed_on_goes_by_no_door_that_only_announces() -> None:
    moved = Floor(received()).transferred(Routed("post", "gp-two"))
    assert moved.entries[-1].connections == ("gp-two",), "a message may not carry what is acute"
    floor = Floor(received())
    with pytest.raises(PracticeNotFound) as refusal:
        floor.transferred(Routed("post"))
    assert refusal.value.reason == "only-by-message"
    assert floor.store.kept[floor.id].entries[-1].status is EntryStatus.RECEIVED, "she keeps the place she has"


def test_d08_a_call_without_agreement_is_not_handed_to_a_closed_practice() -> None:
    shut = Routed("gp-two", state=replace(OPEN, open=False))
    with pytest.raises(InvalidField) as refusal:
        Floor(received()).transferred(shut)
    assert (refusal.value.field, refusal.value.reason) == ("agreed_at", "closed-now")
    agreed = replace(received(), agreed_at=NOW + timedelta(minutes=10))
    assert Floor(agreed).transferred(shut).entries[-1].ydernummer == SECOND


def test_d18_a_real_citizen_is_not_handed_to_an_invented_practice() -> None:
    with pytest.raises(InvalidField) as refusal:
        Floor(received()).transferred(Routed("gp-two", state=replace(OPEN, synthetic=True)))
    assert refusal.value.reason == "synthetic-mismatch"


def test_a_second_press_changes_nothing_whatever_has_become_of_the_practice() -> None:
    floor = Floor(received())
    shut = Routed("post", state=replace(OPEN, open=False))
    assert floor.transferred(shut, to=PRACTICE) == floor.store.kept[floor.id]


def test_one_that_went_to_another_practice_holds_up_no_other_rejection() -> None:
    floor = Floor(received())
    other = received()
    floor.keep(other)
    listed = list(floor.store.at_clinic([PRACTICE], NOW))
    floor.keep(replace(transfer(listed[0], NOW, NURSE), version=listed[0].version))
    floor.store.at_clinic = lambda *_: listed  # type: ignore[method-assign, assignment, misc]  # read a moment before
    clinic, by = ClinicScope(new_id(), (PRACTICE,)), acting(None, DOCTOR, memory_ports(floor.store, floor.clock))
    told = closing.reject_all(clinic, PRACTICE, RejectReason.NOT_TODAY, "", by)
    assert told == 1
