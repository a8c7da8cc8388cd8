"""A note that a person sees to by hand says so to its nurse; one that is given up stays on its workplace's list."""

from __future__ import annotations

from uuid import UUID

import pytest
from sqlalchemy import Engine, select, update

from gateway.domain.consultation import ringing, talking, undoing
from gateway.domain.consultation.aggregate import Consultation
from gateway.domain.errors import TransitionRefused
from gateway.domain.note import review
from gateway.domain.note.note import NoteStatus
from gateway.domain.peers.delivery import DeliveryStatus
from gateway.domain.peers.owed import Choice
from gateway.domain.people import SYSTEM, Actor, ActorKind
from gateway.domain.scope import SystemScope, TenantScope
from gateway.services.operations.repair import give_up, write_by_hand
from gateway.store.consultation import undone
from gateway.store.consultation.store import SqlConsultationStore
from gateway.store.consultation.tables_deliveries import delivery
from gateway.store.consultation.workplaces import SqlWorkplaceBook
from gateway.store.ground import signing
from gateway.store.ground.crypto import Vault
from gateway.store.ground.engine import transaction
from gateway.store.ground.tables_audit import audit
from gateway.store.watch.owed import SqlOwedBook
from tests.support import consultations as make
from tests.support.memory import HandClock
from tests.support.repairing import SIGNED, repairs

A = TenantScope(make.KOMMUNE_A)
ADMIN = Actor(ActorKind.ADMIN, SIGNED.by)


@pytest.fixture
def store(store_engine: Engine, vault: Vault) -> SqlConsultationStore:
    return SqlConsultationStore(signing.signed(store_engine, SIGNED), vault)


def stuck(store: SqlConsultationStore, engine: Engine) -> tuple[Consultation, UUID]:
    """A note the record refused, and its delivery."""
    rung = ringing.accept(make.placed(make.draft()), make.NOW, make.DOCTOR, "Lars Læge")
    talk = ringing.start_talk(ringing.answer(rung, make.NOW, make.NURSE), make.NOW, SYSTEM)
    over = review.send_unreviewed(talking.hang_up(talk, make.NOW, make.NURSE), "Kommune", make.NOW, SYSTEM)
    kept = store.commit(over)
    note = (delivery.c.consultation == kept.id, delivery.c.kind == "note")
    with transaction(engine, SystemScope()) as connection:
        connection.execute(update(delivery).where(delivery.c.consultation == kept.id).values(status="done"))
        connection.execute(update(delivery).where(*note).values(status="stuck", fault="http-422"))
        id: UUID = connection.execute(select(delivery.c.id).where(*note)).scalar_one()
        undone.weigh(connection, kept.id)
    return kept, id


def test_a_note_written_by_hand_is_finished_for_everybody(
    store: SqlConsultationStore, store_engine: Engine, vault: Vault
) -> None:
    kept, id = stuck(store, store_engine)
    book, owed = SqlWorkplaceBook(store_engine, vault), SqlOwedBook(store_engine)
    assert kept.workstation is not None
    assert [one.id for one in book.undone_of_workplace(kept.tenant, kept.workstation)] == [kept.id]
    write_by_hand(owed.row(id), ADMIN, store=store, clock=HandClock(make.NOW), repairs=repairs(store_engine))
    note = store.load(A, kept.id).cases[0].current_note
    assert note is not None and note.status is NoteStatus.BY_HAND
    assert owed.row(id).status is DeliveryStatus.BY_HAND and owed.rows(Choice()) == []
    assert book.undone_of_workplace(kept.tenant, kept.workstation) == []
    assert "note-written-by-hand" in [line.kind for line in store.timeline(A, kept.id)]
    with transaction(store_engine, SystemScope(), read_only=True) as connection:
        mine = select(audit.c.basis).where(audit.c.consultation == kept.id, audit.c.actor_kind == "admin")
        assert set(connection.execute(mine).scalars()) == {SIGNED.reason}


def test_a_note_that_was_given_up_waits_for_somebodys_hand(
    store: SqlConsultationStore, store_engine: Engine, vault: Vault
) -> None:
    kept, id = stuck(store, store_engine)
    give_up(SqlOwedBook(store_engine).row(id), repairs=repairs(store_engine))
    assert SqlOwedBook(store_engine).rows(Choice()) == []
    book = SqlWorkplaceBook(store_engine, vault)
    assert kept.workstation is not None
    assert [one.id for one in book.undone_of_workplace(kept.tenant, kept.workstation)] == [kept.id]
    case = kept.cases[0].id
    store.commit(undoing.written_by_hand(store.load(A, kept.id), case, make.NOW, make.NURSE))
    assert book.undone_of_workplace(kept.tenant, kept.workstation) == []


def test_a_note_in_a_wrong_citizens_record_is_not_closed_by_a_word(
    store: SqlConsultationStore, store_engine: Engine
) -> None:
    kept, id = stuck(store, store_engine)
    store.commit(undoing.wrong_citizen(store.load(A, kept.id), make.NOW, make.NURSE))
    row = SqlOwedBook(store_engine).row(id)
    with pytest.raises(TransitionRefused):
        write_by_hand(row, ADMIN, store=store, clock=HandClock(make.NOW), repairs=repairs(store_engine))
    assert SqlOwedBook(store_engine).row(id).status is DeliveryStatus.STUCK


def test_the_nurses_own_hand_ends_it_for_operations_too(store: SqlConsultationStore, store_engine: Engine) -> None:
    kept, _ = stuck(store, store_engine)
    case = kept.cases[0].id
    store.commit(undoing.written_by_hand(store.load(A, kept.id), case, make.NOW, make.NURSE))
    assert SqlOwedBook(store_engine).rows(Choice()) == []
