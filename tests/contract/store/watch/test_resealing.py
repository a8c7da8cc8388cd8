"""A new data key: everything that can be rewritten is sealed under it in the end, and can be read at every moment."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from contextlib import suppress
from uuid import UUID

import pytest
from sqlalchemy import Engine, LargeBinary, select, update

from gateway.domain.scope import SystemScope, TenantScope
from gateway.domain.session import Grant
from gateway.store.consultation import tables
from gateway.store.consultation.store import SqlConsultationStore
from gateway.store.ground.crypto import Unreadable, Vault
from gateway.store.ground.engine import transaction
from gateway.store.ground.schema import metadata
from gateway.store.migrations.steps import import_tables
from gateway.store.people.employees import SqlEmployeeBook
from gateway.store.watch import resealing
from gateway.store.watch.resealing import SqlResealing
from tests.support import consultations as make

A = TenantScope(make.KOMMUNE_A)
GRANT = Grant("FJ-1", "Mette Holm", "Sygeplejerske", "Fjordby Kommune", True, "idp")
INDEX = secrets.token_bytes(32)
KEYS = {name: secrets.token_bytes(32) for name in ("1", "2")}
FORMER, PRESENT = Vault({"1": KEYS["1"]}, "1", INDEX), Vault(KEYS, "2", INDEX)
ONLY_NEW = Vault({"2": KEYS["2"]}, "2", INDEX)
# Why a value of octets is not sealed anew: what it is, or that it is over before anybody could wait for it.
STAYS: Mapping[str, str] = {
    "audit.case_hash": "a keyed hash",
    "audit.actor_name": "append-only: it stays under the key of its time until the audit's time is up",
    "audit_seal.content": "digests",
    "audit_seal.head": "a digest",
    "citizen_case.identifier_index": "a keyed hash",
    "citizen_case.record_index": "a keyed hash",
    "consultation.document": "by the consultation's own key, which is sealed anew itself",
    "consultation.launch_index": "a keyed hash",
    "consultation_event.actor_name": "append-only, as the audit",
    "letter.content": "by the consultation's own key",
    "queue_entry.document": "by the consultation's own key",
    "fhir_token.token_hash": "a hash",
    "onetime.binding_hash": "a hash",
    "onetime.payload": "lives minutes",
    "onetime.token_hash": "a hash",
    "log_review.name": "append-only, as the audit",
    "log_review.note": "append-only, as the audit",
    "outside_room.host_pin": "gone two days after the call",
    "outside_room.link": "gone two days after the call",
    "responsibility.name": "append-only, as the audit",
    "return_code.code_hash": "a keyed hash",
    "session.credentials": "lives ten hours",
    "session.id_token": "lives ten hours",
    "session.login_index": "a keyed hash",
    "session.sid_index": "a keyed hash",
    "session.subject_index": "a keyed hash",
    "session.token_hash": "a hash",
    "still.picture": "by the consultation's own key",
    "stored_answer.answer": "gone after a day",
    "stored_answer.request": "gone after a day",
}


def test_every_sealed_column_is_sealed_anew_or_has_its_reason() -> None:
    import_tables()
    octets = {
        f"{c.table.name}.{c.name}" for t in metadata.sorted_tables for c in t.c if isinstance(c.type, LargeBinary)
    }
    octets = {name for name in octets if not name.startswith("insured_")}  # a register is imported whole each month
    anew = {f"{name}.{column}" for name, sealed in resealing.TABLES.items() for column in sealed.columns}
    assert octets - set(STAYS) == anew and set(STAYS) <= octets


def filled(engine: Engine, many: int) -> list[UUID]:
    """So many consultations under the former key, and an employee."""
    store = SqlConsultationStore(engine, FORMER)
    SqlEmployeeBook(engine, FORMER).recognise(make.KOMMUNE_A, GRANT, make.NOW)
    return [store.commit(make.waiting()).id for _ in range(many)]


def counts(engine: Engine) -> dict[str, int]:
    """Values under each key, all tables together."""
    found = SqlResealing(engine, PRESENT).count(["1", "2"])
    return {key: sum(table[key] for table in found.values()) for key in ("1", "2")}


class KilledHere(Exception):
    """Stands for the end of the process in the middle of a pass."""


class Dying(Vault):
    """Ends its process at the ``last`` value it seals."""

    def __init__(self, last: int) -> None:
        super().__init__(KEYS, "2", INDEX)
        self._left = last

    def seal_bytes(self, plain: bytes, *, table: str, column: str, row: object, tenant: UUID | None) -> bytes:
        self._left -= 1
        if not self._left:
            raise KilledHere
        return super().seal_bytes(plain, table=table, column=column, row=row, tenant=tenant)


def test_a_rotation_that_is_killed_again_and_again_ends_and_everything_is_read_meanwhile(store_engine: Engine) -> None:
    """Each pass is another process's; one before it dies in its middle; consultations go on."""
    ids = filled(store_engine, 12)
    store = SqlConsultationStore(store_engine, PRESENT)
    SqlResealing(store_engine, PRESENT).start()
    assert SqlResealing(store_engine, FORMER).run_pass() == 0, "it does not know the new key"
    for _ in range(100):
        with suppress(KilledHere):
            SqlResealing(store_engine, Dying(3)).run_pass(limit=5)
        if not SqlResealing(store_engine, PRESENT).run_pass(limit=5):
            break
        assert all(store.load(A, id).cases for id in ids)
        ids.append(store.commit(make.waiting()).id)
    assert counts(store_engine)["1"] == 0 and counts(store_engine)["2"] == len(ids) + 1
    alone = SqlConsultationStore(store_engine, ONLY_NEW)
    assert all(alone.load(A, id).cases[0].citizen.name for id in ids)
    assert all(each.done and not each.unreadable for each in SqlResealing(store_engine, PRESENT).progress())


def test_a_pass_that_dies_in_its_middle_changes_nothing(store_engine: Engine) -> None:
    filled(store_engine, 3)
    book = SqlResealing(store_engine, PRESENT)
    book.start()
    while {each.table: each.done for each in book.progress()}["clinic_user"] is False:
        book.run_pass()
    before = counts(store_engine), book.progress()
    with pytest.raises(KilledHere):
        SqlResealing(store_engine, Dying(2)).run_pass()
    assert (counts(store_engine), book.progress()) == before


def test_what_nobody_can_open_is_counted_and_left(store_engine: Engine) -> None:
    one, other = filled(store_engine, 2)
    table = tables.consultation_key
    with transaction(store_engine, SystemScope()) as connection:
        kept = connection.execute(select(table.c.wrapped).where(table.c.consultation == other)).scalar_one()
        connection.execute(update(table).where(table.c.consultation == one).values(wrapped=kept))
    book = SqlResealing(store_engine, PRESENT)
    book.start()
    while book.run_pass():
        pass
    assert {each.table: each.unreadable for each in book.progress()}["consultation_key"] == 1
    assert book.count(["1"])["consultation_key"]["1"] == 1
    assert SqlConsultationStore(store_engine, ONLY_NEW).load(A, other)


def test_names_in_the_audit_stay_under_the_key_of_their_time(store_engine: Engine) -> None:
    """Nothing rewrites the trail; so the former key stays known as long as its rows are kept."""
    filled(store_engine, 1)
    with transaction(store_engine, SystemScope(), read_only=True) as connection:
        events = select(tables.consultation_event.c.actor_name).where(tables.consultation_event.c.actor_name != b"")
        names = connection.execute(events).scalars().all()
    assert names and all(not PRESENT.is_current(name) for name in names)


def test_what_is_no_sealed_value_is_said() -> None:
    with pytest.raises(Unreadable):
        PRESENT.is_current(b"\x07nothing of ours")
