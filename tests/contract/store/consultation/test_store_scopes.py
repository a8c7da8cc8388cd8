"""Who sees what: a tenant its own, a clinic its entries from all tenants, and neither anything else (D13)."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import Engine

from gateway.domain.consultation import queueing, ringing, talking
from gateway.domain.consultation.aggregate import Consultation, Status
from gateway.domain.consultation.queue_entry import RejectReason
from gateway.domain.errors import NotFound, TransitionRefused
from gateway.domain.identifiers import Ydernummer
from gateway.domain.note import review
from gateway.domain.people import SYSTEM
from gateway.domain.scope import ClinicScope, Scope, SystemScope, TenantScope
from gateway.store.consultation.store import SqlConsultationStore
from gateway.store.ground.crypto import Vault
from tests.support import consultations as make

A, B = TenantScope(make.KOMMUNE_A), TenantScope(make.KOMMUNE_B)
HOUSE = ClinicScope(UUID(int=7), (make.PRACTICE, make.SECOND))  # one house, two ydernumre
OTHER = ClinicScope(UUID(int=8), (make.ELSEWHERE,))
LONG_AGO = make.NOW - timedelta(days=1)


@pytest.fixture
def store(store_engine: Engine, vault: Vault) -> SqlConsultationStore:
    return SqlConsultationStore(store_engine, vault)


def ways_to_read(store: SqlConsultationStore, of: Consultation) -> list[Callable[[Scope], object]]:
    return [
        lambda scope: store.load(scope, of.id),
        lambda scope: store.load_by_entry(scope, of.entries[0].id),
        lambda scope: store.timeline(scope, of.id),
        lambda scope: store.deliveries_of(scope, of.id),
        lambda scope: store.find_by_short_id(scope, of.short_id),
    ]


def test_d13_every_way_of_reading_finds_nothing_of_another_tenant_or_clinic(store: SqlConsultationStore) -> None:
    theirs = store.commit(make.placed(make.draft(make.KOMMUNE_B, key="k")))
    for read in ways_to_read(store, theirs):
        assert read(B) is not None and read(HOUSE) is not None and read(SystemScope()) is not None
        for stranger in (A, OTHER, ClinicScope(UUID(int=9), ())):
            with pytest.raises(NotFound):
                read(stranger)
    assert store.find_by_launch_key(make.KOMMUNE_A, "k") is None
    assert store.open_of_employee(make.KOMMUNE_A, make.NURSE.id) == []
    assert store.at_clinic([make.ELSEWHERE], LONG_AGO) == [] == store.at_clinic([], LONG_AGO)


def test_d13_a_house_with_two_numbers_sees_two_municipalities_and_a_region_in_one_list(
    store: SqlConsultationStore,
) -> None:
    minute = timedelta(minutes=1)
    first = store.commit(make.waiting(make.KOMMUNE_B, make.SECOND, at=make.NOW))
    second = store.commit(make.waiting(make.KOMMUNE_A, make.PRACTICE, at=make.NOW + minute))
    third = store.commit(make.waiting(make.REGION, make.PRACTICE, at=make.NOW + 2 * minute))
    store.commit(make.waiting(make.KOMMUNE_A, make.ELSEWHERE))
    seen = store.at_clinic(HOUSE.ydernumre, LONG_AGO)
    assert [c.id for c in seen] == [first.id, second.id, third.id]


def test_the_position_crosses_tenants_as_a_number_only(store: SqlConsultationStore) -> None:
    early = store.commit(make.waiting(make.KOMMUNE_B))
    late = store.commit(make.waiting(make.KOMMUNE_A, at=make.NOW + timedelta(seconds=1)))
    planned = make.draft(make.REGION, at=make.NOW - timedelta(hours=1))
    planned = store.commit(
        make.placed(replace(planned, agreed_at=make.NOW), at=make.NOW - timedelta(hours=1))
    )  # an earlier place, but not in the queue before its time
    assert planned.status is Status.PLANNED
    assert counted(store, early, late) == (0, 1)
    store.commit(queueing.come_forward(planned, make.NOW - timedelta(minutes=15), SYSTEM))
    assert counted(store, early, late) == (1, 2)
    store.commit(queueing.withdraw(early, "solved", make.NOW, make.NURSE))
    assert counted(store, late) == (1,)


def counted(store: SqlConsultationStore, *consultations: Consultation) -> tuple[int, ...]:
    """How many are before each, asked one by one and of all at once."""
    entries = [one.entries[0] for one in consultations]
    each = store.each_ahead_of([entry.id for entry in entries])
    found = tuple(store.ahead_of(entry) for entry in entries)
    assert found == tuple(each[entry.id] for entry in entries)
    return found


def talked(store: SqlConsultationStore) -> Consultation:
    talk = ringing.accept(store.commit(make.waiting()), make.NOW, make.DOCTOR, clinician="Lars Læge")
    talk = ringing.start_talk(ringing.answer(talk, make.NOW, make.NURSE), make.NOW, SYSTEM)
    ended = talking.hang_up(talk, make.NOW + timedelta(minutes=5), make.NURSE)
    return store.commit(review.write_text(ended, ended.cases[0].id, "Sygeplejerskens egne ord"))


def test_a_clinic_never_reads_what_the_employee_wrote_and_never_loses_it_either(store: SqlConsultationStore) -> None:
    whole = talked(store)
    case = whole.cases[0].id
    whole = store.commit(review.approve(whole, case, "Sygeplejerskens egne ord", "Kommune", make.NOW, make.NURSE))
    view = store.load(HOUSE, whole.id)
    note = view.cases[0].notes[0]
    assert (note.employee_text, note.facts, note.approved_by, view.launch_key) == ("", None, "", "")
    store.commit(review.add_clinic_text(view, case, "Klinikkens tilføjelse", make.NOW, make.DOCTOR))
    later = store.load(A, whole.id).cases[0].notes[-1]
    assert (later.version, later.employee_text, later.clinic_text) == (
        2,
        "Sygeplejerskens egne ord",
        "Klinikkens tilføjelse",
    )
    assert later.facts == whole.cases[0].notes[0].facts and later.approved_by == make.NURSE.name
    assert store.load(HOUSE, whole.id).cases[0].notes[-1].clinic_text == "Klinikkens tilføjelse"
    assert store.load(A, whole.id).launch_key == whole.launch_key


def moved_on(store: SqlConsultationStore) -> Consultation:
    """Rejected by one practice, then waiting at another."""
    first = store.commit(make.waiting(practice=make.ELSEWHERE))
    rejected = queueing.reject(first, RejectReason.NOT_OUR_PATIENT, "", make.NOW, make.DOCTOR)
    return store.commit(make.placed(store.commit(rejected), make.PRACTICE, at=make.NOW + timedelta(minutes=1)))


def test_d13_each_clinic_sees_its_own_entry_and_no_other_practices_history(store: SqlConsultationStore) -> None:
    whole = moved_on(store)
    for scope, practice in ((OTHER, make.ELSEWHERE), (HOUSE, make.PRACTICE)):
        view = store.load(scope, whole.id)
        assert [e.ydernummer for e in view.entries] == [practice]
        kinds = [line.kind for line in store.timeline(scope, whole.id)]
        assert ("rejected" in kinds) is (practice == make.ELSEWHERE)
        assert {d.subject for d in store.deliveries_of(scope, whole.id)} == {view.entries[0].id}
    former = store.load(OTHER, whole.id)
    assert (former.room, former.reason, former.seats, former.participants) == ("", "", (), ())
    with pytest.raises(NotFound):
        store.load_by_entry(OTHER, whole.entries[1].id)


def test_only_the_holder_of_the_current_entry_changes_anything(store: SqlConsultationStore) -> None:
    whole = moved_on(store)
    former = store.load(OTHER, whole.id)
    with pytest.raises(TransitionRefused):
        store.commit(former.noting("tried", make.NOW, make.DOCTOR))
    view = store.load(HOUSE, whole.id)
    store.commit(ringing.accept(view, make.NOW + timedelta(minutes=2), make.DOCTOR, clinician="Lars Læge"))
    after = store.load(A, whole.id)
    assert after.status is Status.CALLING
    assert after.entries[0] == whole.entries[0] and after.reason == whole.reason


def test_the_employees_list_keeps_what_was_closed_today(store: SqlConsultationStore) -> None:
    now = datetime.now(UTC)
    today, before = (
        store.commit(queueing.withdraw(make.waiting(at=at), "solved", at, make.NURSE))
        for at in (now, now - timedelta(days=2))
    )
    still_open = store.commit(make.waiting(at=now - timedelta(days=3)))
    listed = [c.id for c in store.open_of_employee(make.KOMMUNE_A, make.NURSE.id)]
    assert listed == [today.id, still_open.id] and before.id not in listed


def test_clocks_rooms_and_the_event_log(store: SqlConsultationStore) -> None:
    before = store.latest_seq()
    waiting = store.commit(make.waiting())
    assert store.due_clocks(make.NOW) == []
    assert store.due_clocks(make.NOW + timedelta(seconds=15)) == [waiting.id]
    assert store.load_by_room(waiting.room) == waiting
    with pytest.raises(NotFound):
        store.load_by_room("")
    events = store.events_after(before)
    assert [(e.kind, e.ydernummer) for e in events] == [("launched", "012345"), ("placed", "012345")]
    assert store.latest_seq() == events[-1].seq and store.events_after(events[-1].seq) == []
    assert [e.seq for e in store.events_after(before, limit=1)] == [events[0].seq]


def test_a_practice_number_is_no_pattern(store: SqlConsultationStore, store_engine: Engine) -> None:
    """No sign of it is a wildcard. PostgreSQL's transaction does not even begin with what is no number."""
    store.commit(make.waiting())
    refuses = pytest.raises(ValueError, match="codes") if store_engine.dialect.name == "postgresql" else nullcontext()
    with refuses:
        assert store.at_clinic([Ydernummer("01234_")], LONG_AGO) == []
