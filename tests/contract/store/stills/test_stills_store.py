"""Pictures for notes: sealed where they stand, and gone with the change after which nothing needs them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import Engine, select

from gateway.domain.consultation import ringing, talking, undoing
from gateway.domain.consultation.aggregate import Consultation
from gateway.domain.errors import InvalidField, NotFound, TransitionRefused
from gateway.domain.note import picturing, review
from gateway.domain.note.still import MOST_STILLS, Still
from gateway.domain.people import SYSTEM, Form
from gateway.domain.scope import ClinicScope, SystemScope, TenantScope
from gateway.store.consultation.erasure import SqlErasure
from gateway.store.consultation.store import SqlConsultationStore
from gateway.store.consultation.tables import still as table
from gateway.store.ground.crypto import Unreadable, Vault
from gateway.store.ground.engine import transaction
from gateway.store.stills.shelf import SqlStillShelf
from tests.support import consultations as make
from tests.support.keys.own_keys import octets_in
from tests.support.pages.jpegs import jpeg

A, B = TenantScope(make.KOMMUNE_A), TenantScope(make.KOMMUNE_B)
WORDS = "Borgeren har sagt ja."
PICTURE = jpeg()
STAMP = (make.NOW, make.NURSE)


@dataclass
class Talk:
    """A talk in which pictures are taken."""

    store: SqlConsultationStore
    shelf: SqlStillShelf
    engine: Engine

    def begun(self, consultation: Consultation | None = None) -> Consultation:
        talk = ringing.accept(consultation or make.waiting(), make.NOW, make.DOCTOR, clinician="Lars Læge")
        return self.store.commit(ringing.start_talk(ringing.answer(talk, *STAMP), make.NOW, SYSTEM))

    def allowed(self) -> Consultation:
        return self.store.commit(picturing.allow(self.begun(), WORDS, *STAMP))

    def taken(self, talk: Consultation, count: int = 2) -> Consultation:
        for _ in range(count):
            one = Still(make.new_id(), make.NOW, make.NURSE.name, 64, 48)
            beside = [self.shelf.putting(talk.id, one.id, make.NOW, PICTURE)]
            talk = self.store.commit(picturing.take(talk, one, *STAMP), beside=beside)
        return talk

    def reviewed(self, count: int = 2) -> Consultation:
        return self.store.commit(talking.hang_up(self.taken(self.allowed(), count), *STAMP))

    def approved(self, talk: Consultation, *chosen: UUID) -> Consultation:
        case = talk.cases[0].id
        changed = picturing.attach(talk, case, chosen)
        return self.store.commit(review.approve(changed, case, "Egne ord", "Kommune", *STAMP))

    def kept(self) -> set[UUID]:
        with transaction(self.engine, SystemScope(), read_only=True) as connection:
            return set(connection.execute(select(table.c.id)).scalars())


@pytest.fixture
def talk(store_engine: Engine, vault: Vault) -> Talk:
    store = SqlConsultationStore(store_engine, vault, erase_after=timedelta(days=-36500))
    return Talk(store, SqlStillShelf(store_engine, vault), store_engine)


def ids(consultation: Consultation) -> list[UUID]:
    return [still.id for still in consultation.cases[0].stills]


def test_a_picture_is_read_back_and_stands_in_no_row_as_it_is(talk: Talk, store_engine: Engine) -> None:
    taken = talk.taken(talk.allowed())
    for scope in (A, SystemScope(), ClinicScope(UUID(int=7), (make.PRACTICE,))):
        assert talk.shelf.pictures(scope, taken.id, ids(taken)) == dict.fromkeys(ids(taken), PICTURE)
    assert not any(b"JFIF" in value for value in octets_in(store_engine))


def test_a_picture_belongs_to_its_consultation(talk: Talk) -> None:
    mine, other = talk.taken(talk.allowed(), 1), talk.taken(talk.allowed(), 1)
    assert talk.shelf.pictures(A, other.id, ids(mine)) == {}
    with transaction(talk.engine, SystemScope()) as connection:
        stolen = select(table.c.picture).where(table.c.id == ids(mine)[0])
        moved = table.update().where(table.c.id == ids(other)[0])
        connection.execute(moved.values(picture=connection.execute(stolen).scalar_one()))
    with pytest.raises(Unreadable):
        talk.shelf.pictures(A, other.id, ids(other))


Ending = Callable[[Talk, Consultation], Consultation]
ENDINGS: dict[str, Ending] = {
    "withdrawn": lambda t, c: picturing.withdraw(c, *STAMP),
    "sent-unreviewed": lambda t, c: review.send_unreviewed(c, "Kommune", make.NOW, SYSTEM),
    "wrong-citizen": lambda t, c: undoing.wrong_citizen(c, *STAMP),
    "none-chosen": lambda t, c: t.approved(c),
    "by-hand": lambda t, c: undoing.written_by_hand(t.approved(c, *ids(c)), c.cases[0].id, *STAMP),
    "filed": lambda t, c: picturing.filed(t.approved(c, *ids(c)), c.cases[0].id, ids(c), make.NOW, SYSTEM),
    "withdrawn-after": lambda t, c: picturing.withdraw(t.approved(c, *ids(c)), *STAMP),
}


@pytest.mark.parametrize("name", ENDINGS)
def test_whatever_ends_the_need_for_them_drops_them_at_once(talk: Talk, name: str) -> None:
    reviewed = talk.reviewed()
    assert talk.kept() == set(ids(reviewed)) != set()
    ended = ENDINGS[name](talk, reviewed)
    if ended.events or ended != ended.stored:
        talk.store.commit(ended)
    assert talk.kept() == set()


def test_only_what_was_chosen_waits_for_the_record(talk: Talk) -> None:
    reviewed = talk.reviewed()
    first, second = ids(reviewed)
    approved = talk.approved(reviewed, second)
    assert talk.kept() == {second} == set(ids(approved)) and first not in talk.kept()
    later = review.add_clinic_text(approved, approved.cases[0].id, "Recept sendt", make.NOW, make.DOCTOR)
    talk.store.commit(later)
    assert talk.kept() == {second}, "a later version of the note drops nothing"


def test_one_of_them_is_removed_alone(talk: Talk) -> None:
    reviewed = talk.reviewed()
    first, second = ids(reviewed)
    left = talk.store.commit(picturing.remove(reviewed, first, *STAMP))
    assert talk.kept() == {second}
    with pytest.raises(NotFound):
        picturing.remove(left, first, *STAMP)


def test_nothing_is_left_when_texts_are_erased(talk: Talk, vault: Vault) -> None:
    reviewed = talk.reviewed()
    approved = talk.approved(reviewed, *ids(reviewed))
    stray = make.new_id()
    with transaction(talk.engine, SystemScope()) as connection:
        talk.shelf.putting(approved.id, stray, make.NOW, PICTURE)(connection)
        connection.exec_driver_sql("UPDATE delivery SET status = 'done'")
    assert SqlErasure(talk.engine, vault).erase_texts() == 1
    bare = talk.store.load(A, approved.id).cases[0]
    assert (talk.kept(), bare.stills, bare.stills_consent) == (set(), (), None)


def test_without_consent_or_beyond_four_nothing_is_taken(talk: Talk) -> None:
    begun = talk.begun()
    with pytest.raises(TransitionRefused):
        talk.taken(begun, 1)
    full = talk.taken(talk.store.commit(picturing.allow(begun, WORDS, *STAMP)), MOST_STILLS)
    with pytest.raises(InvalidField):
        talk.taken(full, 1)
    again = talk.store.commit(picturing.withdraw(full, *STAMP))
    with pytest.raises(TransitionRefused):
        talk.taken(again, 1)
    assert talk.kept() == set()
    said = [row.kind for row in talk.store.timeline(A, full.id) if "still" in row.kind]
    assert said == ["stills-allowed", *["still-taken"] * MOST_STILLS, "stills-withdrawn"]


def test_who_is_not_at_the_camera_with_a_record_takes_none(talk: Talk) -> None:
    begun = talk.begun()
    case = begun.cases[0]
    alone = replace(begun, form=Form.CITIZEN_ALONE)
    unfiled = begun.with_case(replace(case, record_ref=""))
    assert [picturing.pictured_case(each) for each in (alone, unfiled)] == [None, None]
    assert picturing.pictured_case(begun) == case


def test_a_withdrawal_that_comes_too_late_is_said_aloud(talk: Talk) -> None:
    reviewed = talk.reviewed()
    approved = talk.approved(reviewed, *ids(reviewed))
    withdrawn = talk.store.commit(picturing.withdraw(approved, *STAMP))
    talk.store.commit(picturing.filed(withdrawn, withdrawn.cases[0].id, ids(reviewed), make.NOW, SYSTEM))
    assert "still-filed-though-withdrawn" in [row.kind for row in talk.store.timeline(A, approved.id)]
    other = talk.reviewed()
    in_record = talk.approved(other, *ids(other))
    filed = talk.store.commit(picturing.filed(in_record, other.cases[0].id, ids(other), make.NOW, SYSTEM))
    with pytest.raises(TransitionRefused):
        picturing.withdraw(filed, *STAMP)
