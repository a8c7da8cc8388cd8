"""What is committed comes back, whole and to nobody else."""

from __future__ import annotations

from dataclasses import asdict, replace
from datetime import timedelta

import pytest
from sqlalchemy import Engine, insert, select
from sqlalchemy.exc import DBAPIError

from gateway.domain.consultation import queueing, ringing, rounds, talking
from gateway.domain.consultation.aggregate import Consultation, Kind, Status
from gateway.domain.consultation.case import CitizenCase
from gateway.domain.consultation.queue_entry import RejectReason
from gateway.domain.errors import ConcurrentChange, NotFound, Replayed
from gateway.domain.launch import UsedToken
from gateway.domain.note import review
from gateway.domain.people import SYSTEM
from gateway.domain.records import AuditRow, StoredAnswer
from gateway.domain.scope import SystemScope, TenantScope
from gateway.store.consultation import tables
from gateway.store.consultation.audit import SqlAuditTrail
from gateway.store.consultation.rows import place_of
from gateway.store.consultation.store import SqlConsultationStore
from gateway.store.ground.crypto import Vault
from gateway.store.ground.engine import transaction
from gateway.store.ground.schema import metadata
from gateway.store.ground.tables_audit import audit
from gateway.store.ground.tables_once import used_token
from tests.support import consultations as make
from tests.support.keys.own_keys import vault_of

A = TenantScope(make.KOMMUNE_A)
CANARIES = ("solsort", "bogfinke", "musvit", "gærdesmutte", "dompap", "stillits")


@pytest.fixture
def store(store_engine: Engine, vault: Vault) -> SqlConsultationStore:
    return SqlConsultationStore(store_engine, vault)


def in_review(store: SqlConsultationStore, consultation: Consultation) -> Consultation:
    talk = ringing.accept(consultation, make.NOW, make.DOCTOR, clinician="Lars Læge")
    talk = ringing.start_talk(ringing.answer(talk, make.NOW, make.NURSE), make.NOW, SYSTEM)
    talk = store.commit(talk)
    for case in talk.cases if talk.kind is Kind.ROUND else ():
        talk = store.commit(rounds.talk_about(talk, case.id, make.NOW, make.NURSE))
    return store.commit(talking.hang_up(talk, make.NOW + timedelta(minutes=9), make.NURSE))


@pytest.mark.parametrize("number_of_cases", [0, 1, 6])
def test_d02_a_consultation_of_no_one_or_six_citizens_comes_back_as_it_was_committed(
    store: SqlConsultationStore, number_of_cases: int
) -> None:
    cases = [replace(make.case(number), reason=f"Kun om {number}") for number in range(number_of_cases)]
    consultation = replace(make.draft(cases=cases), meant_for=make.SECOND)
    committed = store.commit(consultation)
    assert committed.version == 1 and committed.events == ()
    assert store.load(A, consultation.id) == committed


def test_several_entries_keep_their_order_through_rejection_and_a_second_practice(store: SqlConsultationStore) -> None:
    first = store.commit(make.waiting())
    rejected = store.commit(
        queueing.reject(first, RejectReason.NOT_OUR_PATIENT, "Flyttet", make.NOW + timedelta(minutes=1), make.DOCTOR)
    )
    second = store.commit(make.placed(rejected, make.SECOND, at=make.NOW + timedelta(minutes=2)))
    loaded = store.load(A, first.id)
    assert loaded == second and [e.ydernummer for e in loaded.entries] == [make.PRACTICE, make.SECOND]
    assert store.load_by_entry(A, first.entries[0].id) == second


def test_the_whole_way_to_filed_notes_round_trips(store: SqlConsultationStore) -> None:
    consultation = store.commit(make.placed(make.draft(cases=[make.case(0), make.case(1)])))
    reviewed = in_review(store, consultation)
    for case in reviewed.cases:
        reviewed = store.commit(
            review.approve(reviewed, case.id, f"Aftalt plan {case.record_ref}", "Kommune", make.NOW, make.NURSE)
        )
    assert reviewed.status is Status.CLOSED
    assert store.load(A, consultation.id) == reviewed
    notes = [d for d in store.deliveries_of(A, consultation.id) if d.kind == "note"]
    assert {d.subject for d in notes} == {case.id for case in reviewed.cases}


def test_d02_each_citizen_has_one_note_and_no_text_of_another(
    store: SqlConsultationStore, store_engine: Engine, vault: Vault
) -> None:
    cases = [replace(make.case(number), reason=f"Årsag {CANARIES[number]}") for number in range(6)]
    reviewed = in_review(store, store.commit(make.placed(replace(make.draft(cases=cases), agreed_with="X"))))
    for case in reviewed.cases:
        number = [c.id for c in cases].index(case.id)
        reviewed = store.commit(review.write_text(reviewed, case.id, f"Aftalt {CANARIES[number]}"))
        store.record_audit(AuditRow(make.NOW, make.NURSE, "Org", "read", "talk-about", reviewed.id, case.id))
    store.commit(review.send_unreviewed(reviewed, "Kommune", make.NOW, SYSTEM))
    written = {case.id: case for case in store.load(A, reviewed.id).cases}
    assert [len(case.notes) for case in written.values()] == [1] * len(cases)
    outside = rows_without_text(store_engine, vault)
    for number, case in enumerate(cases):
        others = " ".join(document_of(other) for other in written.values() if other.id != case.id)
        assert CANARIES[number] in document_of(written[case.id])
        for said in (CANARIES[number], case.citizen.name, case.citizen.identifier.value):  # type: ignore[union-attr]
            assert said not in others + outside


def document_of(case: CitizenCase) -> str:
    """Everything that is said about that citizen."""
    return str(asdict(case))


def rows_without_text(store_engine: Engine, vault: Vault) -> str:
    """Every row beside the document as it lies: ids, codes, hashes and ciphertext; and what the practice, whose talk
    is over, has left of the round."""
    with transaction(store_engine, SystemScope(), read_only=True) as connection:
        found = " ".join(
            str(tuple(value for name, value in row.items() if name != "document"))
            for table in metadata.sorted_tables
            for row in connection.execute(select(table)).mappings()
        )
        entries = connection.execute(select(tables.queue_entry)).mappings().all()
    for row in entries:
        own = vault_of(store_engine, vault, row["tenant"], row["consultation"])
        place = place_of(own, "queue_entry", row["tenant"], row["consultation"], row["id"])
        found += place.open_bytes(row, "document").decode()
    return found


def test_an_older_version_changes_nothing(store: SqlConsultationStore) -> None:
    committed = store.commit(make.waiting())
    store.commit(queueing.see(committed, committed.entries[0].id, make.NOW, make.DOCTOR))
    with pytest.raises(ConcurrentChange):
        store.commit(queueing.withdraw(committed, "solved", make.NOW, make.NURSE))
    assert store.load(A, committed.id).status is Status.WAITING


def test_a_closed_consultation_frees_its_launch_key(store: SqlConsultationStore) -> None:
    first = store.commit(make.placed(make.draft(key="smart|record-1")))
    assert store.find_by_launch_key(make.KOMMUNE_A, "smart|record-1") == first
    with pytest.raises(ConcurrentChange):
        store.commit(make.draft(key="smart|record-1"))
    store.commit(queueing.withdraw(first, "solved", make.NOW, make.NURSE))
    assert store.find_by_launch_key(make.KOMMUNE_A, "smart|record-1") is None
    again = store.commit(make.draft(key="smart|record-1"))
    assert store.find_by_launch_key(make.KOMMUNE_A, "smart|record-1") == again


def test_what_falls_falls_whole(store: SqlConsultationStore, store_engine: Engine) -> None:
    token = UsedToken("https://eoj.example", "jti-1", make.NOW)
    store.commit(make.draft(), used=[token])
    fallen = make.waiting()
    row = AuditRow(make.NOW, make.NURSE, "Kommune", "write", "launch", fallen.id)
    other = UsedToken("https://eoj.example", "jti-2", make.NOW)
    with pytest.raises(Replayed):
        store.commit(fallen, used=[other, token], audit=[row], answer=StoredAnswer("k", "h", 200, b"{}"))
    with pytest.raises(NotFound):
        store.load(SystemScope(), fallen.id)
    assert store.answer_to(make.KOMMUNE_A, "k") is None
    with transaction(store_engine, SystemScope(), read_only=True) as connection:
        assert connection.execute(select(audit)).all() == []
        assert connection.execute(select(used_token.c.jti)).scalars().all() == ["jti-1"]


def test_a_stored_answer_is_given_again_and_kept_from_others(store: SqlConsultationStore) -> None:
    answer = StoredAnswer("key-1", "hash", 201, '{"id": "æ"}'.encode())
    store.commit(make.draft(), answer=answer)
    assert store.answer_to(make.KOMMUNE_A, "key-1") == answer
    assert store.answer_to(make.KOMMUNE_B, "key-1") is None
    with pytest.raises(ConcurrentChange):
        store.commit(make.draft(), answer=answer)


def test_the_audit_names_the_citizen_by_the_same_hash_in_every_tenant(
    store: SqlConsultationStore, store_engine: Engine
) -> None:
    mine, theirs = store.commit(make.draft()), store.commit(make.draft(make.KOMMUNE_B))
    for consultation in (mine, theirs):
        store.record_audit(AuditRow(make.NOW, make.NURSE, "Org", "read", "note", consultation.id))
    with transaction(store_engine, SystemScope(), read_only=True) as connection:
        rows = connection.execute(select(audit).order_by(audit.c.seq)).mappings().all()
    assert len({bytes(row["case_hash"]) for row in rows}) == 1
    assert [row["tenant"] for row in rows] == [make.KOMMUNE_A, make.KOMMUNE_B]


def test_one_citizens_list_of_who_looked_comes_out_of_one_query(
    store: SqlConsultationStore, store_engine: Engine, vault: Vault
) -> None:
    first, other = store.commit(make.draft()), store.commit(make.draft(cases=[make.case(1)]))
    elsewhere = store.commit(make.draft(make.KOMMUNE_B))
    wanted = [AuditRow(make.NOW, make.DOCTOR, "Klinik", "read", f"pane-{c.short_id}", c.id) for c in (first, elsewhere)]
    for row in (wanted[0], replace(wanted[0], consultation=other.id), wanted[1]):
        store.record_audit(row)
    trail = SqlAuditTrail(store_engine, vault)
    mine = replace(wanted[0], tenant=make.KOMMUNE_A)
    citizen = first.cases[0].citizen.identifier
    assert citizen is not None
    assert trail.of_citizen(citizen) == [mine, replace(wanted[1], tenant=make.KOMMUNE_B)]
    assert trail.of_citizen(citizen, make.KOMMUNE_A) == [mine]


def test_an_error_of_the_database_repeats_no_value(store_engine: Engine) -> None:
    with pytest.raises(DBAPIError) as error, transaction(store_engine, SystemScope()) as connection:
        connection.execute(insert(used_token).values(issuer=None, jti="2512489996", expires_at=make.NOW))
    # PostgreSQL itself names the failing row; its columns hold ciphertext and codes only (test_store_at_rest.py).
    assert "2512489996" not in str(error.value).replace(str(error.value.orig), "")


def test_responsibility_is_a_history(store: SqlConsultationStore, store_engine: Engine) -> None:
    first = store.commit(make.draft())
    second = store.commit(replace(first, responsible="employee-2", responsible_name="Vikar Test"))
    store.commit(replace(second, reason="Samme ansvarlige, ny tekst"))
    with transaction(store_engine, SystemScope(), read_only=True) as connection:
        rows = connection.execute(select(tables.responsibility).order_by("version")).mappings().all()
    assert [(row["version"], row["employee"]) for row in rows] == [(1, "employee-1"), (2, "employee-2")]


def test_a_wrong_citizen_somebody_saw_leaves_a_breach_row(store: SqlConsultationStore, store_engine: Engine) -> None:
    unseen, seen = store.commit(make.waiting()), store.commit(make.waiting())
    seen = store.commit(queueing.see(seen, seen.entries[0].id, make.NOW, make.DOCTOR))
    for consultation in (unseen, seen):
        store.commit(queueing.withdraw(consultation, "wrong-citizen", make.NOW, make.NURSE))
    with transaction(store_engine, SystemScope(), read_only=True) as connection:
        assert connection.execute(select(tables.breach.c.consultation)).scalars().all() == [seen.id]
    assert store.load(A, seen.id).reason == ""
