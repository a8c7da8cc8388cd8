"""Texts go when their time is up, and not before their note is filed."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import Engine, RowMapping, Table, select

from gateway.domain.consultation import opening, queueing, ringing, talking
from gateway.domain.consultation.aggregate import Consultation
from gateway.domain.consultation.case import Consent, ConsentAnswer, Representative
from gateway.domain.launch import UsedToken
from gateway.domain.note import review
from gateway.domain.peers.delivery import Outcome
from gateway.domain.people import SYSTEM
from gateway.domain.scope import SystemScope, TenantScope
from gateway.store.consultation import tables
from gateway.store.consultation.erasure import SqlErasure
from gateway.store.consultation.outbox import SqlOutbox
from gateway.store.consultation.rows import place_of
from gateway.store.consultation.store import SqlConsultationStore
from gateway.store.consultation.tables_deliveries import delivery_attempt
from gateway.store.ground.crypto import Vault
from gateway.store.ground.engine import db_now, transaction
from gateway.store.ground.schema import metadata
from gateway.store.ground.tables_once import used_token
from tests.support import consultations as make
from tests.support.keys.own_keys import vault_of

A = TenantScope(make.KOMMUNE_A)


@pytest.fixture
def store(store_engine: Engine, vault: Vault) -> SqlConsultationStore:
    return SqlConsultationStore(store_engine, vault, erase_after=timedelta(days=-36500))  # long due


@pytest.fixture
def erasure(store_engine: Engine, vault: Vault) -> SqlErasure:
    return SqlErasure(store_engine, vault)


def closed(
    store: SqlConsultationStore, consultation: Consultation | None = None, at: datetime = make.NOW
) -> Consultation:
    talk = ringing.accept(consultation or make.waiting(), at, make.DOCTOR, clinician="Lars Læge")
    talk = ringing.start_talk(ringing.answer(talk, at, make.NURSE), at, SYSTEM)
    talk = store.commit(talking.hang_up(talk, at, make.NURSE))
    for case in talk.cases:
        talk = review.approve(talk, case.id, "Egne ord", "Kommune", at, make.NURSE)
    return store.commit(talk)


def settle_all(engine: Engine) -> None:
    outbox = SqlOutbox(engine)
    while (mine := outbox.claim(timedelta(minutes=1))) is not None:
        outbox.settle(mine, Outcome.DONE, pause=timedelta(0))


def days_ago(engine: Engine, days: int) -> datetime:
    """By the database's own clock, which decides what is due."""
    with transaction(engine, SystemScope(), read_only=True) as connection:
        return db_now(connection) - timedelta(days=days)


PERSONS = (
    "Berggren",
    "2512489996",
    "Sanne",
    "Lars",
    "åndenød",
    "Egne ord",
    "Patient/0",
    "Datter",
    "70112233",
    "smart|",
)


def words_left(engine: Engine, vault: Vault, consultation: Consultation) -> list[str]:
    """What is still said about a person in any sealed value and any index of the consultation's rows, wherever a
    text could lie: audit and timeline keep by whom something was done."""
    found: list[str] = []
    own = vault_of(engine, vault, consultation.tenant, consultation.id)
    with transaction(engine, SystemScope(), read_only=True) as connection:
        for table in metadata.sorted_tables:
            key = table.c.id if table.name == "consultation" else table.c.get("consultation")
            if key is None or table.name in ("audit", "consultation_event", "responsibility"):
                continue
            for row in connection.execute(select(table).where(key == consultation.id)).mappings():
                by = vault if table.name == "consultation_key" else own
                found += [word for word in PERSONS if word.encode() in opened(by, table, row)]
                found += [name for name in ("identifier_index", "record_index") if row.get(name)]
    return found


def opened(vault: Vault, table: Table, row: RowMapping) -> bytes:
    parts = {"consultation": (row.get("id"),), "consultation_key": (row.get("consultation"),)}.get(
        table.name, (row.get("consultation"), row.get("id"))
    )
    place = place_of(vault, table.name, row["tenant"], *parts)
    sealed = [name for name, value in row.items() if isinstance(value, bytes) and not name.endswith("_index")]
    return b" ".join(place.open_bytes(row, str(name)) for name in sealed)


def test_texts_wait_for_the_note_to_be_filed_and_then_go(
    store: SqlConsultationStore, erasure: SqlErasure, store_engine: Engine, vault: Vault
) -> None:
    done, open_one = closed(store), store.commit(make.waiting())
    assert erasure.erase_texts() == 0
    settle_all(store_engine)
    assert erasure.erase_texts() == 1 and erasure.erase_texts() == 0
    assert words_left(store_engine, vault, done) == []
    assert set(words_left(store_engine, vault, open_one)) >= {"Berggren", "2512489996", "åndenød", "identifier_index"}
    bare = store.load(A, done.id)
    assert (bare.reason, bare.cases[0].citizen.identifier, bare.cases[0].notes[0].facts) == ("", None, None)
    assert (bare.status, bare.ending, bare.entries[0].ydernummer) == (done.status, done.ending, make.PRACTICE)
    assert "texts-erased" in [line.kind for line in store.timeline(A, done.id)]


def test_a_note_that_waits_for_a_hand_is_kept(
    store: SqlConsultationStore, erasure: SqlErasure, store_engine: Engine
) -> None:
    by_hand = replace(make.case(), eoj_connection="", record_ref="")
    since = days_ago(store_engine, 1)
    kept = closed(store, make.placed(make.draft(cases=[by_hand], at=since), at=since), since)
    settle_all(store_engine)
    before = store.load(A, kept.id)
    assert erasure.erase_texts() == 0 and store.load(A, kept.id) == before


def test_a_note_nobody_put_into_the_record_is_erased_after_a_week_and_the_omission_stays(
    store: SqlConsultationStore, erasure: SqlErasure, store_engine: Engine
) -> None:
    for days, erased in ((6, 0), (8, 1)):
        by_hand, since = replace(make.case(), eoj_connection="", record_ref=""), days_ago(store_engine, days)
        kept = closed(store, make.placed(make.draft(cases=[by_hand], at=since), at=since), since)
        settle_all(store_engine)
        assert erasure.erase_texts() == erased
    assert store.load(A, kept.id).cases[0].notes[0].facts is None
    assert [r.detail for r in store.timeline(A, kept.id) if r.kind == "note-omitted"] == [{"case": str(by_hand.id)}]


@pytest.mark.parametrize(
    "consent",
    [
        Consent(
            ConsentAnswer.REPRESENTATIVE, "Sanne", "e", make.NOW, "1", Representative.GUARDIAN, "Værge Test Madsen"
        ),
        Consent(ConsentAnswer.URGENT, "Sanne", "e", make.NOW, "1", reason="Kan ikke svare"),
    ],
)
def test_a_consent_stays_readable_when_its_names_are_gone(
    store: SqlConsultationStore, erasure: SqlErasure, store_engine: Engine, consent: Consent
) -> None:
    done = closed(store, make.placed(make.draft(cases=[replace(make.case(), consents=(consent,))])))
    settle_all(store_engine)
    assert erasure.erase_texts() == 1
    left = store.load(A, done.id).cases[0].consents[0]
    assert left.answer is consent.answer and "Madsen" not in left.representative_name and "svare" not in left.reason


def test_an_abandoned_draft_is_erased_in_its_time(store: SqlConsultationStore, erasure: SqlErasure) -> None:
    store.commit(opening.abandon(make.draft(), make.NOW, SYSTEM))
    assert erasure.erase_texts() == 1


def test_a_draft_that_was_never_sent_goes_in_its_own_time(store_engine: Engine, vault: Vault) -> None:
    """As its organisation says, no later than other texts; what was sent to a practice keeps the time of texts."""
    said = {make.KOMMUNE_A: timedelta(days=2), make.KOMMUNE_B: timedelta(days=60)}
    store = SqlConsultationStore(store_engine, vault, drafts_kept=said.get)
    ends = [
        opening.abandon(make.draft(), make.NOW, SYSTEM),
        opening.leave_unstarted(make.draft(), "closed", make.NOW, SYSTEM),
        opening.abandon(make.draft(make.KOMMUNE_B), make.NOW, SYSTEM),
        queueing.withdraw(make.waiting(), "solved", make.NOW, make.NURSE),
    ]
    ids = [store.commit(each).id for each in ends]
    with transaction(store_engine, SystemScope(), read_only=True) as connection:
        query = select(tables.consultation.c.id, tables.consultation.c.erase_after)
        due = {row.id: (row.erase_after - make.NOW).days for row in connection.execute(query)}
    assert [due[id] for id in ids] == [2, 2, 30, 30]


def test_drafts_go_a_few_at_a_time_and_the_next_pass_goes_on(
    store_engine: Engine, vault: Vault, erasure: SqlErasure
) -> None:
    store = SqlConsultationStore(store_engine, vault, drafts_kept=lambda _tenant: timedelta(days=1))
    for _ in range(5):
        store.commit(opening.abandon(make.draft(), days_ago(store_engine, 2), SYSTEM))
    assert [erasure.erase_texts(limit=2) for _ in range(2)] == [2, 2]
    assert [SqlErasure(store_engine, vault).erase_texts(limit=2) for _ in range(2)] == [1, 0], "another process goes on"


def test_nothing_is_erased_before_its_time(store_engine: Engine, vault: Vault, erasure: SqlErasure) -> None:
    store = SqlConsultationStore(store_engine, vault, erase_after=timedelta(days=36500))
    store.commit(opening.abandon(make.draft(), make.NOW, SYSTEM))
    assert erasure.erase_texts() == 0
    with transaction(store_engine, SystemScope(), read_only=True) as connection:
        assert connection.execute(select(tables.consultation.c.erase_after)).scalar_one() is not None


def test_each_organisation_says_how_long_its_texts_are_kept(store_engine: Engine, vault: Vault) -> None:
    """From the end on; whoever has said nothing keeps them for the product's thirty days."""
    said = {make.KOMMUNE_A: timedelta(days=2)}
    store = SqlConsultationStore(store_engine, vault, kept=said.get)
    ended = [
        store.commit(opening.abandon(make.draft(tenant), make.NOW, SYSTEM))
        for tenant in (make.KOMMUNE_A, make.KOMMUNE_B)
    ]
    with transaction(store_engine, SystemScope(), read_only=True) as connection:
        query = select(tables.consultation.c.tenant, tables.consultation.c.erase_after)
        due = {row.tenant: row.erase_after for row in connection.execute(query)}
    kept = {each.tenant: due[each.tenant] - each.closed_at for each in ended if each.closed_at}
    assert kept == {make.KOMMUNE_A: timedelta(days=2), make.KOMMUNE_B: timedelta(days=30)}


def test_attempts_at_what_is_done_go_when_their_time_is_up_and_others_stay(
    store: SqlConsultationStore, erasure: SqlErasure, store_engine: Engine
) -> None:
    done = closed(store)
    settle_all(store_engine)
    stuck, outbox = store.commit(make.waiting()), SqlOutbox(store_engine)
    mine = outbox.claim(timedelta(minutes=1))
    assert mine is not None and mine.consultation == stuck.id
    outbox.settle(mine, Outcome.REFUSED, pause=timedelta(0))

    def attempts() -> set[UUID]:
        with transaction(store_engine, SystemScope(), read_only=True) as connection:
            return set(connection.execute(select(delivery_attempt.c.consultation)).scalars())

    assert attempts() == {done.id, stuck.id}
    assert erasure.forget_attempts({make.KOMMUNE_B: timedelta(0), make.KOMMUNE_A: timedelta(days=7)}) == 0
    assert erasure.forget_attempts({make.KOMMUNE_A: -timedelta(days=1)}) > 0
    assert attempts() == {stuck.id}


def test_spent_tokens_are_dropped_and_live_ones_kept(
    store: SqlConsultationStore, erasure: SqlErasure, store_engine: Engine
) -> None:
    far = make.NOW + timedelta(days=36500)
    spent, live = UsedToken("i", "spent", make.NOW - timedelta(days=9000)), UsedToken("i", "live", far)
    store.commit(make.draft(), used=[spent, live])
    assert erasure.forget_spent() == 1
    with transaction(store_engine, SystemScope(), read_only=True) as connection:
        assert connection.execute(select(used_token.c.jti)).scalars().all() == ["live"]
