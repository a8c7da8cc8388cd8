"""Words between two sides, parked places and open pages, on both databases (D10, D13)."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import Engine

from gateway.domain.consultation import arranging, queueing
from gateway.domain.consultation.aggregate import Availability, Consultation
from gateway.domain.consultation.queue_entry import RejectReason
from gateway.domain.scope import ClinicScope, SystemScope, TenantScope
from gateway.store.consultation.store import SqlConsultationStore
from gateway.store.ground.crypto import Vault
from gateway.store.people.presence import SqlPresenceBook
from tests.support import consultations as make

HOUSE = ClinicScope(UUID(int=7), (make.PRACTICE,))
OTHER = ClinicScope(UUID(int=8), (make.ELSEWHERE,))
LATER = make.NOW + timedelta(minutes=1)


@pytest.fixture
def store(store_engine: Engine, vault: Vault) -> SqlConsultationStore:
    return SqlConsultationStore(store_engine, vault)


def said(store: SqlConsultationStore, consultation: Consultation, text: str) -> Consultation:
    return store.commit(arranging.remark(consultation, make.new_id(), text, LATER, make.DOCTOR))


def test_words_are_kept_in_order_and_the_next_practice_never_sees_them(store: SqlConsultationStore) -> None:
    first = said(store, said(store, store.commit(make.waiting()), "Hav medicinlisten klar"), "Vi er på vej")
    rejected = store.commit(queueing.reject(first, RejectReason.NOT_TODAY, "", LATER, make.DOCTOR))
    moved = store.commit(make.placed(rejected, make.ELSEWHERE, at=LATER))
    mine = store.load(TenantScope(make.KOMMUNE_A), moved.id)
    assert [remark.text for remark in mine.remarks] == ["Hav medicinlisten klar", "Vi er på vej"]
    assert store.load(OTHER, moved.id).remarks == ()
    assert store.load(HOUSE, moved.id).remarks == (), "a clinic whose entry is over keeps its history, not the words"


def test_a_clinic_sees_its_own_words_and_changes_nothing_it_cannot_see(store: SqlConsultationStore) -> None:
    waiting = said(store, store.commit(make.waiting()), "Hav medicinlisten klar")
    view = store.load(HOUSE, waiting.id)
    assert [remark.text for remark in view.remarks] == ["Hav medicinlisten klar"]
    store.commit(queueing.see(view, view.entries[-1].id, LATER, make.DOCTOR))
    assert len(store.load(SystemScope(), waiting.id).remarks) == 1


def test_a_proposal_and_a_parked_place_come_back_as_they_were_written(store: SqlConsultationStore) -> None:
    wanted = make.NOW + timedelta(days=1)
    waiting = store.commit(arranging.propose_time(make.waiting(), wanted, LATER, make.DOCTOR))
    entry = replace(waiting.entries[-1], parked_at=LATER, past_agreed_at=LATER)
    parked = store.commit(replace(waiting, entries=(entry,), availability_at=LATER))
    again = store.load(SystemScope(), parked.id)
    assert (again.entries, again.availability_at) == ((entry,), LATER)
    behind = store.commit(make.waiting(make.KOMMUNE_B, at=LATER))
    assert store.ahead_of(behind.entries[-1]) == 0, "who is parked is not counted before anybody"


def test_d10_only_a_page_that_was_there_and_is_gone_is_missed(store_engine: Engine, vault: Vault) -> None:
    store, book = SqlConsultationStore(store_engine, vault), SqlPresenceBook(store_engine)
    open_page, gone, never, away = (store.commit(make.waiting(at=make.NOW)) for _ in range(4))
    book.seen([open_page.id, gone.id, away.id], make.NOW)
    book.seen([open_page.id], LATER)
    store.commit(queueing.step_away(away, Availability.AWAY, make.NOW, make.NURSE))
    assert book.gone_since(LATER) == [(gone.id, make.NOW)]
    assert never.id not in dict(book.gone_since(LATER + timedelta(days=1)))
    book.forget(LATER)
    assert dict(book.gone_since(LATER + timedelta(days=1))) == {open_page.id: LATER}
