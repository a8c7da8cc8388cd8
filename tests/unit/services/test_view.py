"""The nurse's live document and the clinic's rows: what they say, and what they never say."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from gateway.domain.consultation import queueing, ringing, talking
from gateway.domain.consultation.aggregate import Consultation
from gateway.domain.consultation.events import DebtKind
from gateway.domain.consultation.queue_entry import QueueEntry, RejectReason
from gateway.domain.note import review
from gateway.domain.organisation import Organisation
from gateway.domain.peers.delivery import Receipt
from gateway.domain.practice import Attended, PracticeState
from gateway.domain.records import DeliveryRow
from gateway.domain.scope import Scope
from gateway.services.practice_side.clinic_view import clinic_list_view, waiting_counts
from gateway.services.view import consultation_view
from tests.support.consultations import CITIZENS, DOCTOR, NOW, NURSE, REASON, case, draft, new_id, placed, waiting

LATER = NOW + timedelta(minutes=12)


@dataclass
class Shelf:
    """The store's two answers the documents are made from."""

    ahead: int = 0
    rows: list[DeliveryRow] = field(default_factory=list)

    def ahead_of(self, entry: QueueEntry) -> int:
        return self.ahead

    def each_ahead_of(self, entries: Collection[UUID]) -> Mapping[UUID, int]:
        return {id: self.ahead for id in entries}

    def deliveries_of(self, scope: Scope, id: UUID) -> Sequence[DeliveryRow]:
        return self.rows


class Book:
    def state(self, ydernummer: object, now: datetime) -> PracticeState:
        return PracticeState(True, False, Attended.NO, reopens_at=LATER, direct_phone="99001122")


class At:
    def now(self) -> datetime:
        return LATER


def _view(consultation: Consultation, shelf: Shelf | None = None) -> dict[str, Any]:
    kept: Any = shelf or Shelf()
    book: Any = Book()
    return consultation_view(consultation, store=kept, practices=book, clock=At())


def _row(kind: DebtKind, subject: UUID, **changed: Any) -> DeliveryRow:
    row = DeliveryRow(new_id(), str(kind), subject, 1, "peer", "due", False, 0, NOW, None, Receipt(), "")
    return replace(row, **changed)


def test_waiting_says_the_number_what_it_counts_and_how_to_ring() -> None:
    consultation = waiting()
    entry = consultation.entries[-1]
    told = _view(consultation, Shelf(2, [_row(DebtKind.ENQUEUE, entry.id, sent_at=NOW, attempts=1)]))
    assert (told["position"], told["counts"], told["sent_at"]) == (3, "video-calls", NOW.isoformat())
    assert told["practice"]["phone"] == "99001122"
    assert (told["open"], told["attended"], told["reopens_at"]) == (False, "no", LATER.isoformat())
    assert told["settling"] is False


def test_a_draft_without_an_entry_has_the_same_fields() -> None:
    assert set(_view(waiting())) - set(_view(draft())) == {"connected", "reachable"}


def test_no_document_of_the_nurse_names_the_citizen_or_the_reason() -> None:
    for consultation in _course():
        said = json.dumps(_view(consultation), ensure_ascii=False)
        assert not any(name in said or cpr in said for cpr, name in CITIZENS)
        assert REASON not in said


def _course() -> list[Consultation]:
    queued = waiting()
    ringing_now = ringing.accept(queued, LATER, DOCTOR, "Lars Læge")
    talk = ringing.start_talk(ringing_now, LATER, DOCTOR)
    held = talking.hang_up(talk, LATER, NURSE)
    sent = review.approve(held, held.cases[0].id, "", "Fjordby Kommune", LATER, NURSE)
    return [draft(), queued, ringing_now, talk, held, sent]


def test_ringing_says_who_and_how_long_and_has_no_number() -> None:
    told = _view(ringing.accept(waiting(), LATER, DOCTOR, "Lars Læge"))
    assert (told["status"], told["clinician"], told["position"]) == ("calling", "Lars Læge", None)
    assert told["ring_until"] == (LATER + timedelta(seconds=60)).isoformat()


def test_a_rejection_carries_reason_and_text() -> None:
    told = _view(queueing.reject(waiting(), RejectReason.NOT_TODAY, "Ring i morgen", LATER, DOCTOR))
    assert told["rejection"] == {"reason": "not-today", "text": "Ring i morgen"}
    assert told["status"] == "deciding"


def test_a_warning_is_gone_when_what_it_warned_of_has_come() -> None:
    consultation = waiting()
    warned = consultation.with_entry(replace(consultation.entries[-1], told_not_seen=True, told_not_received=True))
    assert _view(warned)["told_not_seen"] is True
    seen = queueing.see(warned, warned.entries[-1].id, LATER, DOCTOR)
    assert (_view(seen)["told_not_seen"], _view(seen)["told_not_received"]) == (False, False)


@pytest.mark.parametrize(
    ("changed", "state"),
    [
        ({"due_at": LATER}, "waiting"),
        ({"due_at": LATER - timedelta(minutes=2)}, "held-up"),
        ({"attempts": 1, "sent_at": LATER}, "sent"),
        ({"attempts": 1, "fault": "locked"}, "retrying"),
        ({"attempts": 1, "unknown": True, "fault": "unavailable"}, "unknown"),
        ({"attempts": 1, "status": "stuck", "fault": "http-403"}, "refused"),
        ({"attempts": 1, "status": "done", "receipt": Receipt("x", LATER)}, "received"),
        ({"attempts": 1, "status": "done", "receipt": Receipt("x", LATER, LATER)}, "filed"),
    ],
)
def test_the_rail_of_a_note_follows_its_delivery(changed: dict[str, Any], state: str) -> None:
    sent = _course()[-1]
    rail = _view(sent, Shelf(0, [_row(DebtKind.NOTE, sent.cases[0].id, **changed)]))["note"]
    assert [each["state"] for each in rail] == [state]


def test_a_note_on_its_way_may_move_without_an_event() -> None:
    sent = _course()[-1]
    assert _view(sent, Shelf(0, [_row(DebtKind.NOTE, sent.cases[0].id)]))["settling"] is True
    assert _view(sent)["settling"] is False  # waits for a hand


def test_a_note_without_a_record_waits_for_a_hand_and_a_draft_is_a_draft() -> None:
    course = _course()
    assert _view(course[-1])["note"][0]["state"] == "by-hand"
    assert _view(course[-2])["note"][0]["state"] == "draft"


def _rows(*consultations: Consultation) -> list[dict[str, Any]]:
    shelf: Any = Shelf()
    organisation = Organisation(new_id(), "Fjordby Kommune", "99110007")
    return clinic_list_view(consultations, store=shelf, clock=At(), organisation_of=lambda _: organisation)


def test_the_clinic_sees_the_citizen_masked_and_the_whole_reason() -> None:
    (row,) = _rows(waiting())
    assert row["citizen"] == {
        "name": "Nancy Ann Berggren",
        "protected": False,
        "age": 77,
        "gender": "female",
        "masked": "251248-••••",
    }
    assert (row["reason"], row["organisation"], row["registered"]) == (REASON, "Fjordby Kommune", True)
    assert (row["waiting_minutes"], row["urgency"]) == (12, "long")


def test_in_a_round_no_citizen_is_named() -> None:
    (row,) = _rows(placed(draft(cases=[case(0), case(1)])))
    assert (row["citizen"], row["kind"], row["discussed"]) == (None, "round", None)
    assert not any(name in json.dumps(row, ensure_ascii=False) for _, name in CITIZENS)


def test_an_ended_entry_is_not_on_the_list_and_not_counted() -> None:
    gone = queueing.reject(waiting(), RejectReason.URGENT, "", LATER, DOCTOR)
    seen = waiting()
    seen = queueing.see(seen, seen.entries[-1].id, LATER, DOCTOR)
    assert len(_rows(gone, seen)) == 1
    assert waiting_counts([gone, seen, waiting()]) == (2, 1)
