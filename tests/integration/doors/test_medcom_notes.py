"""Notes to a municipality on the MedCom net, over real sockets: what each acknowledgement comes to, corrections in the
same thread, and what the municipality writes back."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import update

from adapters.contract.note_samples import KARLA
from adapters.wire.medcom.exchange.care import Between, care_message
from gateway.certify.eoj.medcom import NAME
from gateway.certify.placing import NURSE
from gateway.domain.citizen.citizen import Citizen
from gateway.domain.consultation.aggregate import Consultation
from gateway.domain.identifiers import Cpr
from gateway.domain.note import replies
from gateway.domain.peers.delivery import DeliveryStatus
from gateway.domain.peers.letter import Letter, LetterKind
from gateway.services.practice_side.letters import INCIDENT
from gateway.store.consultation.audit import SqlAuditTrail
from gateway.store.consultation.tables import consultation
from tests.support.doors.medcom_note_examples import MOVED
from tests.support.doors.medcom_note_world import NoteWorld, note_world
from tests.support.processes.relaying import until
from tests.support.repairing import repairs

DONE, STUCK = str(DeliveryStatus.DONE), str(DeliveryStatus.STUCK)
NOBODY = Citizen(Cpr("3101229995"), "Ingen Hjemme")
Json = dict[str, Any]


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path) -> Iterator[NoteWorld]:
    with note_world(tmp_path_factory.mktemp("notes"), sqlite_template, resend_after=1.0) as made:
        yield made


@pytest.fixture
def filed(world: NoteWorld) -> Consultation:
    consultation = world.owe()
    world.comes("filed", consultation, "note-filed")
    return consultation


def brought(world: NoteWorld, message: Json) -> int:
    client = world.app.test_client()
    path = f"/medcom/eoj/{NAME}/messages"
    return client.post(path, data=json.dumps(message).encode(), headers=world.headers()).status_code


def test_ok_says_filed_and_nothing_is_sent_twice(world: NoteWorld, filed: Consultation) -> None:
    (row,) = world.rows(filed)
    assert (row.status, row.receipt.filed_at is not None) == (DONE, True)
    _, thread = world.thread(filed)
    assert thread["activities"] == ["new-message"]
    assert world.log()["received"][row.receipt.reference] == 1
    assert world.history(filed).count("note-filed") == 1


def test_until_it_is_acknowledged_nothing_is_claimed(world: NoteWorld) -> None:
    world.plan(answer="none")
    consultation = world.owe()
    until("sent", lambda: world.attempt() is None and world.rows(consultation)[0].fault == "awaits-acknowledgement")
    assert not {"note-filed", "note-received"} & set(world.history(consultation))
    world.comes("filed by the second send", consultation, "note-filed")
    _, thread = world.thread(consultation)
    assert len(thread["headers"]) == 1, "sent again, and there twice"
    assert world.log()["received"][thread["headers"][0]] == 2


def test_a_transient_error_is_sent_again(world: NoteWorld) -> None:
    world.plan(answer="transient-error")
    consultation = world.owe()
    world.comes("filed at last", consultation, "note-filed")
    _, thread = world.thread(consultation)
    assert world.log()["received"][thread["headers"][0]] == 2
    assert world.rows(consultation)[0].status == DONE


def test_a_fatal_error_is_refused_with_its_reason_until_somebody_sends_anew(world: NoteWorld) -> None:
    world.plan(answer="fatal-error", error="MSG_Mailbox_Out_Of_Operation")
    consultation = world.owe()
    until("stuck", lambda: world.attempt() is None and world.rows(consultation)[0].status == STUCK)
    (row,) = world.rows(consultation)
    assert row.fault == "fatal-error: MSG_Mailbox_Out_Of_Operation"
    assert world.thread(consultation)[1]["texts"] == []
    repairs(world.gateway.engine).replay(row.id)
    world.comes("filed anew", consultation, "note-filed")
    assert world.thread(consultation)[1]["activities"] == ["new-message"], "what was refused was never said"


def test_a_citizen_without_a_record_there_is_refused(world: NoteWorld) -> None:
    consultation = world.owe(NOBODY)
    until("stuck", lambda: world.attempt() is None and world.rows(consultation)[0].status == STUCK)
    assert world.rows(consultation)[0].fault == "fatal-error: MSG_NO_MATCH"


def test_a_correction_is_a_new_version_in_the_same_thread(world: NoteWorld, filed: Consultation) -> None:
    world.correct(filed)
    until("corrected", lambda: world.attempt() is None and [r.status for r in world.rows(filed)] == [DONE, DONE])
    _, thread = world.thread(filed)
    assert thread["activities"] == ["new-message", "reply-message"]
    assert "Recept er sendt" in thread["texts"][-1]
    page = world.there.get("/records/r-1002").text
    assert 'data-versions="2"' in page and "Recept er sendt" in page


def test_a_correction_waits_for_a_former_version_that_is_under_way(world: NoteWorld) -> None:
    world.plan(answer="none")
    consultation = world.owe()
    until("sent", lambda: world.attempt() is None and world.rows(consultation)[0].fault != "")
    world.correct(consultation)
    world.attempt()
    assert len(world.thread(consultation)[1]["headers"]) == 1, "sent before its former version was acknowledged"
    until("both", lambda: world.attempt() is None and {r.status for r in world.rows(consultation)} == {DONE})
    assert world.thread(consultation)[1]["activities"] == ["new-message", "reply-message"]


def _unit(world: NoteWorld) -> Json:
    system: Any = world.gateway.peers.eoj(NAME)
    return dict(system.settings.municipality.model_dump())


def _set_up(world: NoteWorld, unit: Json) -> None:
    """A new revision, as soon as this process believes it."""
    world.connect(str(world.there.base_url).rstrip("/"), resend_after=1.0, municipality=unit)
    until("the new revision", lambda: _unit(world) == unit)


def test_where_the_unit_is_set_up_no_longer_the_thread_is_forwarded(world: NoteWorld, filed: Consultation) -> None:
    known = _unit(world)
    _set_up(world, MOVED)
    try:
        world.correct(filed)
        until("forwarded", lambda: world.attempt() is None and {r.status for r in world.rows(filed)} == {DONE})
    finally:
        _set_up(world, known)
    _, thread = world.thread(filed)
    assert thread["activities"] == ["new-message", "forward-message"]


def test_what_the_municipality_writes_reaches_timeline_and_nurse(world: NoteWorld, filed: Consultation) -> None:
    world.reply(filed, "Hvem tilser såret på torsdag?")
    world.comes("the reply", filed, "care-system-wrote")
    (content,) = world.written(filed)
    said = json.loads(content)
    assert (said["text"], said["author"]) == ("Hvem tilser såret på torsdag?", "Hanne Dahl")
    assert said["unit"]["name"] == "Fjordby Kommune, journalen"
    _asks_to_be_read(world, filed)
    until("acknowledged", lambda: world.attempt() is None and bool(world.log()["acknowledged"]))
    assert world.log()["acknowledged"][-1]["code"] == "ok"
    world.correct(filed)
    until("corrected", lambda: world.attempt() is None and {r.status for r in world.rows(filed)} == {DONE})
    assert world.thread(filed)[1]["activities"][-1] == "reply-message"


def _asks_to_be_read(world: NoteWorld, filed: Consultation) -> None:
    """On her own list and her workplace's, until somebody says that she has read it: all of it."""
    known = world.now(filed)
    undone = partial(world.gateway.workplaces.undone_of_employee, known.tenant, known.responsible)
    [case] = known.cases
    assert case.reply_at is not None and filed.id in [each.id for each in undone()]
    store, at = world.gateway.store, case.reply_at
    store.commit(replies.read(known, at - timedelta(seconds=1), at, NURSE))
    assert filed.id in [each.id for each in undone()], "what came after she looked is taken for read"
    store.commit(replies.read(world.now(filed), at, at, NURSE))
    assert filed.id not in [each.id for each in undone()]


def test_a_message_about_another_citizen_is_read_by_nobody(world: NoteWorld, filed: Consultation) -> None:
    assert brought(world, _reply_about(world, filed, "0504909995")) == 202
    assert world.written(filed) == []
    assert world.history(filed).count("care-system-message-refused") == 1
    assert KARLA.citizen.identifier is not None
    rows = SqlAuditTrail(world.gateway.engine, world.gateway.vault).of_citizen(KARLA.citizen.identifier)
    assert [row.what for row in rows if row.consultation == filed.id].count(INCIDENT) == 1


def _reply_about(world: NoteWorld, filed: Consultation, number: str) -> Json:
    """In the note's thread, as the municipality writes it, about whoever has that number."""
    letter, now = world.letters(filed.cases[0].id)[0], world.gateway.clock.now()
    system: Any = world.gateway.peers.eoj(NAME)
    said = json.loads(letter.content)
    said["patient"]["value"] = number
    answer = Letter(uuid4(), letter.entry, LetterKind.NOTE, now, uuid4(), json.dumps(said))
    turned = Between(system.settings.municipality, system.settings.sender, "", NAME, said["topic"])
    return care_message([letter], answer, turned, uuid4(), now)


def test_an_acknowledgement_of_somebody_elses_key_counts_for_nothing(world: NoteWorld) -> None:
    client = world.app.test_client()
    path = f"/medcom/eoj/{NAME}/messages"
    answer = client.post(path, data=b"{}", headers={"Authorization": "Bearer x", "Content-Type": "application/json"})
    assert answer.status_code == 401


def test_after_the_texts_are_erased_a_reply_is_refused_aloud(world: NoteWorld, filed: Consultation) -> None:
    with world.gateway.engine.begin() as db:
        long_ago = datetime(2020, 1, 1, tzinfo=UTC)
        db.execute(update(consultation).where(consultation.c.id == filed.id).values(erase_after=long_ago))
    until("erased", lambda: world.gateway.erasure.erase_texts() == 0 and "texts-erased" in world.history(filed))
    before = len(world.log()["acknowledged"])
    world.reply(filed, "Hvem tilser såret på torsdag?")
    until("answered", lambda: world.attempt() is None and len(world.log()["acknowledged"]) > before)
    assert world.log()["acknowledged"][-1]["code"] == "fatal-error"
    assert "care-system-wrote" not in world.history(filed) and world.written(filed) == []
