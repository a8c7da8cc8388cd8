"""What colleagues share, on both databases: open about one citizen, undone and waiting at one workplace, taken over."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine, update

from gateway.domain.citizen.citizen import Citizen
from gateway.domain.consultation import queueing, ringing, talking, transferring, undoing
from gateway.domain.consultation.aggregate import Consultation
from gateway.domain.consultation.case import CitizenCase
from gateway.domain.identifiers import Cpr
from gateway.domain.launch import Launch, LaunchChannel
from gateway.domain.note import review
from gateway.domain.peers.delivery import Outcome
from gateway.domain.people import SYSTEM, Actor, ActorKind, EmployeeIdentity, Workstation
from gateway.domain.scope import SystemScope
from gateway.store.consultation.outbox import SqlOutbox
from gateway.store.consultation.store import SqlConsultationStore
from gateway.store.consultation.tables import consultation as root
from gateway.store.consultation.workplaces import SqlWorkplaceBook
from gateway.store.ground.crypto import Vault
from gateway.store.ground.engine import db_now, transaction
from tests.support import consultations as make

RELIEF = Actor(ActorKind.EMPLOYEE, "employee-2", "Vera Vikar", "Sygeplejerske")
HERE = make.draft().workstation
LONG_AGO = make.NOW - timedelta(days=3650)
ELSEWHERE = replace(HERE, workplace_id=None, workplace="Et andet sted") if HERE else None


@pytest.fixture
def store(store_engine: Engine, vault: Vault) -> SqlConsultationStore:
    return SqlConsultationStore(store_engine, vault)


@pytest.fixture
def book(store_engine: Engine, vault: Vault) -> SqlWorkplaceBook:
    return SqlWorkplaceBook(store_engine, vault)


def launch_of(case: CitizenCase, *, connection: str = "", record: str = "") -> Launch:
    identity = EmployeeIdentity("subject-9", "Vera Vikar", True)
    return Launch(make.KOMMUNE_A, LaunchChannel.SMART, connection, "key", identity, case.citizen, record)


def test_d07_what_is_open_about_a_citizen_is_found_by_number_and_by_record_in_its_own_tenant_only(
    store: SqlConsultationStore, book: SqlWorkplaceBook
) -> None:
    case = make.case(1)
    mine = store.commit(make.draft(cases=[case]))
    store.commit(make.draft(make.KOMMUNE_B, cases=[make.case(1)]))
    store.commit(queueing.withdraw(make.draft(cases=[make.case(1)]), "solved", make.NOW, make.NURSE))
    store.commit(make.draft(cases=[make.case(2)]))
    store.commit(make.draft(cases=[make.case(1), make.case(2)]))  # a round is opened on purpose
    by_record = Citizen(None, "Uden nummer")
    for asked in (
        launch_of(case),
        launch_of(replace(case, citizen=by_record), connection=case.eoj_connection, record=case.record_ref),
    ):
        assert [one.id for one in book.open_about(asked)] == [mine.id]
    assert book.open_about(launch_of(replace(case, citizen=by_record))) == []
    other = launch_of(replace(case, citizen=Citizen(Cpr(make.CITIZENS[5][0]), "En anden")))
    assert book.open_about(other) == []


def held(*cases: CitizenCase, clinician: str = "Lars Læge") -> Consultation:
    rung = ringing.accept(make.placed(make.draft(cases=cases or [make.case()])), make.NOW, make.DOCTOR, clinician)
    talk = ringing.start_talk(ringing.answer(rung, make.NOW, make.NURSE), make.NOW, SYSTEM)
    return talking.hang_up(talk, make.NOW, make.NURSE)


def sent(consultation: Consultation) -> Consultation:
    return review.send_unreviewed(consultation, "Kommune", make.NOW, SYSTEM)


def stuck(store: SqlConsultationStore, engine: Engine) -> Consultation:
    kept = store.commit(sent(held()))
    outbox = SqlOutbox(engine)
    for owed in store.deliveries_of(SystemScope(), kept.id):
        mine = outbox.claim(timedelta(minutes=1), owed.id)
        assert mine is not None and outbox.settle(mine, Outcome.REFUSED, pause=timedelta(0))
    return kept


def by_hand(store: SqlConsultationStore, engine: Engine) -> Consultation:
    kept = store.commit(sent(held(replace(make.case(), eoj_connection="", record_ref=""))))
    assert HERE is not None
    book = SqlWorkplaceBook(engine, store._vault)
    approved_hours_ago(engine, kept, 1)
    assert book.undone_of_workplace(make.KOMMUNE_A, HERE) == [], "for a day it is the employee's own to see to"
    approved_hours_ago(engine, kept, 25)
    return kept


def approved_hours_ago(engine: Engine, consultation: Consultation, hours: int) -> None:
    """By the database's own clock, which decides whose hand is waited for."""
    with transaction(engine, SystemScope()) as connection:
        at = db_now(connection) - timedelta(hours=hours)
        connection.execute(update(root).where(root.c.id == consultation.id).values(hand_since=at))


def retract(store: SqlConsultationStore, engine: Engine) -> Consultation:
    return store.commit(undoing.wrong_citizen(sent(held()), make.NOW, make.NURSE))


def nameless(store: SqlConsultationStore, engine: Engine) -> Consultation:
    return store.commit(sent(held(clinician="")))


def finished(consultation: Consultation) -> Consultation:
    """By a person's hand, whatever was missing."""
    case = consultation.cases[0]
    if case.current_note is not None and str(case.current_note.status) == "retract":
        return undoing.confirm_retracted(consultation, case.id, make.NOW, RELIEF)
    return undoing.written_by_hand(consultation, case.id, make.NOW, RELIEF)


@pytest.mark.parametrize("undone", [stuck, by_hand, retract, nameless])
def test_d07_an_undone_note_stands_on_its_workplaces_list_until_a_person_has_seen_to_it(
    store: SqlConsultationStore,
    store_engine: Engine,
    book: SqlWorkplaceBook,
    undone: Callable[[SqlConsultationStore, Engine], Consultation],
) -> None:
    assert HERE is not None and ELSEWHERE is not None
    store.commit(sent(held()))  # on its way: nothing for a person to do
    kept = undone(store, store_engine)
    assert [one.id for one in book.undone_of_workplace(make.KOMMUNE_A, HERE)] == [kept.id]
    assert [one.id for one in book.undone_of_employee(make.KOMMUNE_A, make.NURSE.id)] == [kept.id]
    renamed = replace(HERE, workplace="Nyt navn")
    assert [one.id for one in book.undone_of_workplace(make.KOMMUNE_A, renamed)] == [kept.id]
    assert book.undone_of_workplace(make.KOMMUNE_A, ELSEWHERE) == []
    assert book.undone_of_workplace(make.KOMMUNE_B, HERE) == []
    store.commit(finished(kept))
    assert book.undone_of_workplace(make.KOMMUNE_A, HERE) == []


def test_d07_colleagues_see_what_waits_and_whoever_had_it_is_told(
    store: SqlConsultationStore, book: SqlWorkplaceBook, store_engine: Engine
) -> None:
    assert HERE is not None
    waiting = store.commit(make.waiting())
    store.commit(make.draft())  # nobody shares a draft
    assert [one.id for one in book.waiting_at_workplace(make.KOMMUNE_A, HERE, RELIEF.id)] == [waiting.id]
    assert book.waiting_at_workplace(make.KOMMUNE_A, HERE, make.NURSE.id) == []
    assert book.waiting_at_workplace(make.KOMMUNE_A, Workstation("", HERE.category, None, "", ""), RELIEF.id) == []
    store.commit(transferring.take_over(waiting, HERE, make.NOW, RELIEF))
    told = book.taken_from(make.KOMMUNE_A, make.NURSE.id, LONG_AGO)
    assert [(one.consultation, one.by) for one in told] == [(waiting.id, RELIEF.name)]
    assert book.taken_from(make.KOMMUNE_A, RELIEF.id, LONG_AGO) == []
    assert book.taken_from(make.KOMMUNE_A, make.NURSE.id, datetime(2999, 1, 1, tzinfo=UTC)) == []
