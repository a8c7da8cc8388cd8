"""Letters over real sockets: announced, acknowledged, answered, cancelled; and the door against whatever comes."""

from __future__ import annotations

import json
import os
import random
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest

from adapters.gp_system.medcom import Settings
from gateway.domain.peers.delivery import DeliveryStatus
from gateway.domain.peers.letter import Answer
from gateway.domain.scope import TenantScope
from gateway.services import queue
from tests.support.acting import press
from tests.support.consultations import KOMMUNE_A, NURSE
from tests.support.doors import medcom_samples as samples
from tests.support.doors.medcom_samples import NAME
from tests.support.doors.medcom_world import WAITING_ROOM, MedcomWorld, medcom_world
from tests.support.processes.relaying import until
from tests.support.repairing import repairs
from tests.support.spoiling.mutated_messages import mutated

MUTANTS = int(os.environ.get("LAEGEBRO_MEDCOM_FUZZ", "250"))
DONE, STUCK = str(DeliveryStatus.DONE), str(DeliveryStatus.STUCK)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path) -> Iterator[MedcomWorld]:
    with medcom_world(tmp_path_factory.mktemp("medcom"), sqlite_template) as made:
        yield made


def settings(world: MedcomWorld) -> Settings:
    system = world.gateway.peers.gp_system(NAME)
    found: Settings = system.settings  # type: ignore[attr-defined]
    return found


def brought(world: MedcomWorld, message: object, **headers: str) -> int:
    client = world.app.test_client()
    body = message if isinstance(message, bytes) else json.dumps(message).encode()
    answer = client.post(f"/medcom/{NAME}/messages", data=body, headers=world.headers() | headers)
    return answer.status_code


def announced(world: MedcomWorld):  # type: ignore[no-untyped-def]
    """A planned consultation whose announcement the practice has acknowledged."""
    consultation = world.place()
    until("announced", lambda: world.attempt() is not None and "announced" in world.history(consultation))
    return world.now(consultation)


def test_a_planned_consultation_is_announced_and_received(world: MedcomWorld) -> None:
    consultation = announced(world)
    assert [row.status for row in world.rows(consultation)] == [DONE]
    assert consultation.entry.received_at is not None
    _, thread = world.thread(consultation)
    assert thread["activities"] == ["new-message"]
    link = thread["texts"][0].split("Venteværelset: ")[1]
    assert link.endswith(str(consultation.entry.id)), "the entry's own id, and nobody's number"
    assert world.history(consultation).count("announced") == 1


def test_a_live_call_and_one_without_a_citizen_go_by_the_other_door(world: MedcomWorld) -> None:
    live = world.place(in_hours=None, doors_of=(NAME, WAITING_ROOM))
    planned = world.place(doors_of=(NAME, WAITING_ROOM))
    assert live.entry is not None and live.entry.connections == (WAITING_ROOM,)
    assert planned.entry is not None and planned.entry.connections == (NAME, WAITING_ROOM)
    until("told by both", lambda: world.attempt() is not None and {r.status for r in world.rows(planned)} == {DONE})


def test_a_refusal_stands_still_with_its_code_and_a_retry_is_a_new_message(world: MedcomWorld) -> None:
    world.plan(answer="fatal-error", error="MSG_Receiver_Identifier_UNKNOWN")
    consultation = world.place()
    until("stuck", lambda: world.attempt() is not None and world.rows(consultation)[0].status == STUCK)
    row = world.rows(consultation)[0]
    assert row.fault == "fatal-error: MSG_Receiver_Identifier_UNKNOWN"
    repairs(world.gateway.engine).replay(row.id)
    until("done", lambda: world.attempt() is not None and world.rows(consultation)[0].status == DONE)
    letters = world.letters(consultation.entry.id)  # type: ignore[union-attr]
    assert [letter.answer for letter in letters] == [Answer.FATAL, Answer.OK]
    assert letters[0].id != letters[1].id


def test_a_reply_reaches_the_nurse_once_and_is_acknowledged_each_time(world: MedcomWorld) -> None:
    consultation = announced(world)
    name, _ = world.thread(consultation)
    reply = world.at_practice.post(f"/threads/{name}/reply", data={"text": "Vi ses. Æblegrød!", "times": "2"}).text
    scope = TenantScope(KOMMUNE_A)
    until("it is read", lambda: world.gateway.letters.written_to_us(scope, consultation.id))
    answers = lambda: [each for each in world.log()["acknowledged"] if each["identifier"] == reply]  # noqa: E731
    until("acknowledged", lambda: world.attempt() is not None and len(answers()) >= 1)
    assert {each["code"] for each in answers()} == {"ok"}
    (letter,) = world.gateway.letters.written_to_us(scope, consultation.id)
    assert json.loads(letter.content)["text"] == "Vi ses. Æblegrød!"
    assert world.history(consultation).count("practice-wrote") == 1


def test_the_same_message_again_gets_the_same_answer_in_a_new_envelope(world: MedcomWorld) -> None:
    consultation = announced(world)
    letter = world.letters(consultation.entry.id)[0]
    message = samples.reply(settings(world), letter.id, "Ja tak", entry=letter.entry)
    wanted = message["entry"][0]["resource"]["id"]
    for _ in range(2):
        assert brought(world, message) == 202
        count = len(_answers_to(world, wanted))
        until("answered", lambda count=count: world.attempt() is not None and len(_answers_to(world, wanted)) > count)
    first, again = _answers_to(world, wanted)[:2]
    assert first == again
    assert len(set(world.log()["in"])) == len(world.log()["in"]), "no envelope is used twice"


def _answers_to(world: MedcomWorld, header: str) -> list[dict[str, str]]:
    return [each for each in world.log()["acknowledged"] if each["identifier"] == header]


def test_what_cannot_be_taken_is_refused_by_an_acknowledgement(world: MedcomWorld) -> None:
    consultation = announced(world)
    letter = world.letters(consultation.entry.id)[0]
    stranger = samples.reply(settings(world), uuid4(), "Hvem?")
    broken = samples.reply(settings(world), letter.id, "To patienter")
    patient = next(each for each in broken["entry"] if each["resource"]["resourceType"] == "Patient")
    broken["entry"].append(patient)
    wanted = [each["entry"][0]["resource"]["id"] for each in (stranger, broken)]
    assert [brought(world, each) for each in (stranger, broken)] == [202, 202]
    until("refused", lambda: world.attempt() is not None and all(_answers_to(world, each) for each in wanted))
    assert {_answers_to(world, each)[0]["code"] for each in wanted} == {"fatal-error"}
    assert "practice-wrote" not in world.history(consultation)


def test_an_acknowledgement_is_never_acknowledged(world: MedcomWorld) -> None:
    consultation = announced(world)
    letter = world.letters(consultation.entry.id)[0]
    for answered in (letter.id, uuid4()):
        assert brought(world, samples.acknowledged(settings(world), answered)) == 202
    assert brought(world, samples.acknowledged(settings(world), letter.id, Answer.FATAL, "MSG_Datatype_Wrong")) == 202
    assert world.letters(consultation.entry.id)[0].answer is Answer.OK, "the first definite answer stays"
    assert not world.gateway.letter_answers.claim_due()


def test_a_cancellation_stays_in_the_thread_and_erases_what_was_said(world: MedcomWorld) -> None:
    consultation = announced(world)
    g = world.gateway
    press(g.ports, consultation.id, NURSE, lambda c, by: queue.withdraw(c, "wrong-citizen", by))
    until("told", lambda: world.attempt() is not None and [r.status for r in world.rows(consultation)] == [DONE, DONE])
    _, thread = world.thread(consultation)
    assert thread["activities"] == ["new-message", "reply-message"]
    assert thread["texts"][-1].startswith("Aflyst") and "forkert borger" in thread["texts"][-1]
    assert {letter.content for letter in world.letters(consultation.entry.id)} == {""}


def test_only_the_access_point_gets_in(world: MedcomWorld) -> None:
    message = samples.acknowledged(settings(world), uuid4())
    door = world.gateway.peers.door_address(NAME)
    stranger = samples.authorisation(samples.new_key(), door)
    elsewhere = samples.authorisation(samples.new_key(), "https://other.example/messages")
    assert brought(world, message, Authorization="") == 401
    assert [brought(world, message, Authorization=each) for each in (stranger, elsewhere, "Basic x")] == [401] * 3
    client = world.app.test_client()
    answer = client.post("/medcom/waiting-room/messages", data=b"{}", headers=world.headers())
    assert answer.status_code == 404
    assert client.post("/medcom/nobody/messages", data=b"{}", headers=world.headers()).status_code == 404
    assert brought(world, message, **{"Content-Type": "text/plain"}) == 415


@pytest.mark.timeless("spoilt input")
def test_whatever_comes_is_answered_and_nothing_breaks(world: MedcomWorld) -> None:
    """Mutants of good messages, and the bombs: no 5xx."""
    consultation = announced(world)
    letter = world.letters(consultation.entry.id)[0]
    good = [samples.reply(settings(world), letter.id, "Æ"), samples.acknowledged(settings(world), uuid4())]
    chance = random.Random(4)
    statuses = {brought(world, each) for each in mutated(good, MUTANTS, chance)}
    assert statuses <= {202, 400, 413, 422}
    bombs = [b"[" * 500_000, b'{"a":' * 100_000, b'{"resourceType":"Bundle","entry":' + b"[" * 90_000, b"\xff" * 1_000]
    assert {brought(world, bomb) for bomb in bombs} <= {400, 422}
    assert brought(world, b"x" * 15_000_001) == 413
