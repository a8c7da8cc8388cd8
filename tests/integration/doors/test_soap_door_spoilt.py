"""What no practice's system sends but anybody can, at our SOAP door: a fault or a 4xx, and never one of our own."""

from __future__ import annotations

import random
from collections.abc import Iterator

import pytest

from tests.support.doors.soap_world import BY, Practice, Said, SoapWorld, as_counted, request
from tests.support.spoiling.mutations import BOMBS, mutated

pytestmark = pytest.mark.timeless("spoilt input")

INPUTS = 250  # bench/mutated_inputs.py does 20,000
ASKED = "<lb:GetQueueRequest><lb:Cursor>q1</lb:Cursor></lb:GetQueueRequest>"


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SoapWorld]:
    made = SoapWorld(tmp_path_factory.mktemp("soap"))
    yield made
    made.gateway.engine.dispose()


@pytest.fixture(scope="module")
def practice(world: SoapWorld) -> Practice:
    return Practice(world)


def test_hundreds_of_spoilt_messages_are_each_answered(
    world: SoapWorld, practice: Practice, caplog: pytest.LogCaptureFixture
) -> None:
    chance, entry = random.Random(7), world.entry()
    act = f"<lb:PutBackConsultationRequest><lb:EntryId>{entry}</lb:EntryId>{BY}</lb:PutBackConsultationRequest>"
    messages = [request(ASKED), request(act)]
    statuses = []
    for number in range(INPUTS):
        head, body, rest = chance.choice(messages).partition(b"<soapenv:Body>")
        spoilt = head + body + mutated(rest, chance) if number % 2 else mutated(head + body + rest, chance)
        statuses.append(as_counted(practice.post(spoilt)))
    assert set(statuses) <= {200, 400, 413}, sorted(set(statuses))
    assert statuses.count(400) > INPUTS / 2
    assert "Traceback" not in caplog.text and "2512489996" not in caplog.text


@pytest.mark.parametrize("name", BOMBS)
def test_a_document_made_to_harm_is_refused(practice: Practice, name: str) -> None:
    bomb = BOMBS[name]
    head, body, rest = request(ASKED).partition(b"<soapenv:Body>")
    worn = bomb.partition(b"<x")[0] + head + body + rest if b"<!" in bomb else head + body + bomb + rest
    for content in (bomb, worn):
        answer = practice.post(content)
        assert (as_counted(answer), Said(500, answer.data).fault) == (400, "syntax_error")


def test_what_is_too_large_is_not_read(practice: Practice) -> None:
    assert practice.post(request(ASKED) + b" " * 200_000).status_code == 413
    assert as_counted(practice.post(b"")) == 400


@pytest.mark.parametrize(
    "content",
    [
        "<lb:EnqueueConsultationRequest></lb:EnqueueConsultationRequest>",  # the other side's
        "<lb:GetQueueRequest><lb:Cursor></lb:Cursor></lb:GetQueueRequest>",
        "<lb:GetQueueResponse></lb:GetQueueResponse>",
        "<lb:MarkSeenRequest><lb:EntryId>2512489996</lb:EntryId></lb:MarkSeenRequest>",
        "<lb:Consultation></lb:Consultation>",
    ],
)
def test_a_body_the_schema_does_not_know_is_refused(practice: Practice, content: str) -> None:
    said = practice.says(content)
    assert (said.side, said.fault) == ("Client", "syntax_error")
