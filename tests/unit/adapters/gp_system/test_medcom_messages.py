"""What is said by message: the golden pairs, the governance's rules for sending, and what must not be said at all."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest

from adapters.contract import samples
from adapters.gp_system.medcom.mapping import next_saying
from adapters.gp_system.medcom.words import TOPIC
from adapters.wire.fhir import is_valid
from adapters.wire.medcom.exchange.acknowledgement import sent_anew
from adapters.wire.medcom.exchange.care import Between, care_message
from adapters.wire.medcom.judging import judged
from adapters.wire.medcom.table import generations
from gateway.domain.consultation.queue_entry import EntryStatus
from gateway.domain.errors import PeerCannot
from gateway.domain.peers.letter import Answer, Letter, LetterKind, Step, next_step, said_last
from tests.support.doors import medcom_examples as golden

EXAMPLES = Path(__file__).parents[4] / "adapters" / "gp_system" / "medcom" / "examples"
NOW = golden.NOW
HALF_AN_HOUR = timedelta(minutes=30)


def letter(**fields: Any) -> Letter:
    basis = Letter(uuid4(), uuid4(), LetterKind.ANNOUNCED, NOW, uuid4(), "{}")
    return replace(basis, **fields)


@pytest.mark.parametrize("name", sorted(golden.examples()))
def test_the_golden_messages_are_what_is_said(name: str) -> None:
    made = golden.examples()[name]
    assert made == json.loads((EXAMPLES / f"{name}.json").read_text(encoding="utf-8"))
    assert is_valid("Bundle", made)


@pytest.mark.parametrize("phone", ["", "99000101", "+45 99 00 01 01", "lokal 4", "ring til vagten"])
def test_what_is_said_keeps_every_rule_of_the_profile(phone: str) -> None:
    said = replace(golden.message(), phone=phone)
    saying = next_saying([], said, "c")
    assert saying is not None
    known = golden.settings()
    between = Between(known.senders["99110007"], known.practices["034835"], "034835", "c", TOPIC)
    bundle = care_message([], saying.written(said, "c", 0, NOW), between, uuid4(), NOW)
    assert judged(bundle, generations()["care-communication-message"]) == []


def test_golden_messages_keep_every_rule_of_the_profiles() -> None:
    for name, bundle in golden.examples().items():
        event = bundle["entry"][0]["resource"]["eventCoding"]["code"]
        assert (name, judged(bundle, generations()[event])) == (name, [])


def test_the_thread_travels_along_and_is_one() -> None:
    made = golden.examples()
    announced, corrected, cancelled = (made[name] for name in ("announced", "corrected", "cancelled"))
    threads = {_one(bundle, "Communication")["identifier"][0]["value"] for bundle in (announced, corrected, cancelled)}
    assert len(threads) == 1
    assert [_activities(bundle) for bundle in (announced, corrected, cancelled)] == [
        ["new-message"],
        ["new-message", "reply-message"],
        ["new-message", "reply-message", "reply-message"],
    ]
    assert len(_one(corrected, "Communication")["payload"]) == 2


def test_about_the_wrong_citizen_nothing_is_said_again() -> None:
    payload = _one(golden.examples()["cancelled"], "Communication")["payload"]
    assert len(payload) == 1 and "forkert borger" in payload[0]["contentString"]


def test_no_address_names_anybody() -> None:
    text = _one(golden.examples()["announced"], "Communication")["payload"][0]["contentString"]
    link = text.rpartition("Venteværelset: ")[2]
    assert link == f"https://laegebro.example/klinik/kald/{golden.ENTRY}"


STEPS = [
    ({}, 0, Step.SEND),
    ({"sends": 1, "sent_at": NOW}, 29, Step.WAIT),
    ({"sends": 1, "sent_at": NOW}, 30, Step.SEND),
    ({"sends": 2, "sent_at": NOW, "answer": Answer.TRANSIENT}, 29, Step.WAIT),
    ({"sends": 2, "sent_at": NOW, "answer": Answer.TRANSIENT}, 30, Step.SEND),
    ({"sends": 3, "sent_at": NOW}, 29, Step.WAIT),
    ({"sends": 3, "sent_at": NOW}, 30, Step.GIVE_UP),
    ({"sends": 3, "sent_at": NOW, "given_up": True}, 30, Step.SEND),
    ({"sends": 1, "sent_at": NOW, "answer": Answer.OK}, 0, Step.DONE),
    ({"sends": 1, "sent_at": NOW, "answer": Answer.FATAL}, 0, Step.GIVE_UP),
]


@pytest.mark.parametrize(("fields", "minutes", "step"), STEPS)
def test_a_letter_goes_again_after_half_an_hour_and_at_most_twice(
    fields: dict[str, Any], minutes: int, step: Step
) -> None:
    assert next_step(letter(**fields), NOW + timedelta(minutes=minutes), HALF_AN_HOUR) is step


def test_what_was_refused_for_good_was_never_said() -> None:
    refused = letter(answer=Answer.FATAL, given_up=True)
    assert said_last([letter(kind=LetterKind.WRITTEN), refused]) is None


@pytest.mark.parametrize(
    ("status", "reason", "kind"),
    [
        (EntryStatus.RECEIVED, None, None),
        (EntryStatus.RECEIVED, "Rettet", LetterKind.CORRECTED),
        (EntryStatus.ACCEPTED, None, None),
        (EntryStatus.IN_PROGRESS, None, None),
        (EntryStatus.COMPLETED, None, None),
        (EntryStatus.WITHDRAWN, None, LetterKind.CANCELLED),
        (EntryStatus.EXPIRED, None, LetterKind.CANCELLED),
        (EntryStatus.TRANSFERRED, None, LetterKind.CANCELLED),
    ],
)
def test_only_what_a_person_must_know_is_said(status: EntryStatus, reason: str | None, kind: LetterKind | None) -> None:
    message = golden.message()
    moved = samples.moved(message, status)
    said = next_saying(golden.thread()[:1], replace(moved, reason=reason or message.reason), "c")
    assert (said.kind if said else None) == kind


def test_another_time_agreed_in_the_waiting_room_is_said() -> None:
    """Or the doctor sits there at the wrong hour."""
    announced = next_saying([], golden.message(), "c")
    assert announced is not None
    thread = [announced.written(golden.message(), "c", 0, NOW)]
    received = samples.moved(golden.message(), EntryStatus.RECEIVED)
    assert next_saying(thread, received, "c") is None
    assert received.agreed_at is not None
    said = next_saying(thread, replace(received, agreed_at=received.agreed_at + timedelta(days=1, hours=2)), "c")
    assert said is not None and said.kind is LetterKind.CORRECTED
    before = json.loads(thread[0].content)["when"]
    assert before not in said.content["text"] and said.content["when"] in said.content["text"]


def test_after_a_cancellation_nothing_more() -> None:
    late = samples.moved(replace(golden.message(), reason="Rettet"), EntryStatus.RECEIVED)
    assert next_saying(golden.thread(), late, "c") is None


@pytest.mark.parametrize(
    ("fields", "what"),
    [
        ({"agreed_at": None}, "acute"),
        ({"agreed_at": NOW + timedelta(minutes=15)}, "acute"),
        ({"citizen": None}, "citizen-without-number"),
        ({"citizen": samples.citizen(protected=True)}, "citizen-without-name"),
    ],
)
def test_what_must_not_go_by_message_is_refused(fields: dict[str, Any], what: str) -> None:
    with pytest.raises(PeerCannot) as refused:
        next_saying([], replace(golden.message(), **fields), "c")
    assert refused.value.capability == what


def test_an_answer_given_again_is_the_same_in_a_new_envelope() -> None:
    stored = golden.examples()["acknowledged-ok"]
    again = sent_anew(stored, datetime(2026, 11, 24, 9, 0, tzinfo=UTC))
    assert UUID(again["id"]) != UUID(stored["id"]) and again["timestamp"] != stored["timestamp"]
    assert again["entry"][0] == stored["entry"][0]


def _one(bundle: dict[str, Any], kind: str) -> dict[str, Any]:
    (found,) = (each["resource"] for each in bundle["entry"] if each["resource"]["resourceType"] == kind)
    return dict(found)


def _activities(bundle: dict[str, Any]) -> list[str]:
    found = [each["resource"] for each in bundle["entry"] if each["resource"]["resourceType"] == "Provenance"]
    return [each["activity"]["coding"][0]["code"] for each in found]
