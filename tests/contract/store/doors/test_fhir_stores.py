"""What our FHIR door stands on, on both databases: entries found by page, events numbered without gaps."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import Engine, func, select

from gateway.domain.consultation import queueing
from gateway.domain.consultation.queue_entry import EntryStatus, RejectReason
from gateway.domain.errors import ConcurrentChange, NotFound, Replayed
from gateway.domain.launch import UsedToken
from gateway.domain.peers.entry_search import EntrySearch
from gateway.domain.peers.subscription import Subscription, SubscriptionStatus
from gateway.domain.people import Actor, ActorKind
from gateway.domain.records import AuditRow
from gateway.domain.scope import ClinicScope, SystemScope
from gateway.store.consultation.entry_shelf import SHOWN_AFTER_END, SqlEntryShelf
from gateway.store.consultation.store import SqlConsultationStore
from gateway.store.doors.subscriptions import SqlSubscriptionBook
from gateway.store.doors.tokens import SqlFhirTokens
from gateway.store.ground.crypto import Vault
from gateway.store.ground.engine import transaction
from gateway.store.ground.tables_audit import audit
from gateway.store.peers.connections import SqlConnectionBook, Stanza
from tests.support import consultations as make
from tests.unit.domain.stories import transfer

PULL = "torvet-pull"
HERE = (make.PRACTICE,)
LEASE = timedelta(minutes=5)
NOW = datetime.now(UTC)
MACHINE = Actor(ActorKind.PEER, PULL)
# Where the two databases cannot differ, one is enough.
one_database = pytest.mark.parametrize("store_url", ["sqlite"], indirect=True)


@pytest.fixture
def shelf(store_engine: Engine, vault: Vault) -> SqlEntryShelf:
    return SqlEntryShelf(store_engine, vault)


@pytest.fixture
def store(store_engine: Engine, vault: Vault) -> SqlConsultationStore:
    return SqlConsultationStore(store_engine, vault)


@pytest.fixture
def book(store_engine: Engine, vault: Vault) -> SqlSubscriptionBook:
    SqlConnectionBook(store_engine).apply(Stanza(PULL, "gp_system", "fhir_pull", None, {}), "anna", "go", NOW)
    return SqlSubscriptionBook(store_engine, vault)


def placed(store: SqlConsultationStore, minutes: int, connection: str = PULL) -> UUID:
    at = NOW - timedelta(minutes=minutes)
    entry = store.commit(make.placed(make.draft(at=at), make.PRACTICE, at=at, connections=(connection,))).entry
    assert entry is not None
    return entry.id


def row_of(consultation: object, entry: UUID) -> AuditRow:
    return AuditRow(NOW, MACHINE, "Lægerne Torvet", "read", "fhir-task", getattr(consultation, "id", None))


def test_one_that_was_sent_to_another_practice_has_changed_here(
    shelf: SqlEntryShelf, store: SqlConsultationStore
) -> None:
    """Whoever asks for what is new since yesterday learns that it is over here, and not where it went."""
    entry = placed(store, 10)
    before = shelf.find(PULL, HERE, EntrySearch())[1][0].changed_at
    found = store.load_by_entry(SystemScope(), entry)
    moved = store.commit(transfer(found, NOW, make.NURSE))
    news = EntrySearch(changed=(("gt", before),), statuses=frozenset([EntryStatus.TRANSFERRED]))
    assert [each.id for each in shelf.find(PULL, HERE, news)[1]] == [entry]
    seen = store.timeline(ClinicScope(UUID(int=7), HERE), moved.id)
    assert [row.kind for row in seen][-1] == "transferred"
    assert make.ELSEWHERE.digits not in str([row.detail for row in seen])
    there = store.timeline(ClinicScope(UUID(int=8), (make.ELSEWHERE,)), moved.id)
    assert [row.kind for row in there] == ["placed"]


def test_entries_are_found_shown_and_written_down(
    shelf: SqlEntryShelf, store: SqlConsultationStore, store_engine: Engine
) -> None:
    oldest, middle, newest = [placed(store, minutes) for minutes in (30, 20, 10)]
    placed(store, 5, "another-connection")
    total, first = shelf.find(PULL, HERE, EntrySearch(count=2))
    assert (total, [each.id for each in first]) == (3, [oldest, middle, newest]), "a page and the first of the next"
    _, rest = shelf.find(PULL, HERE, EntrySearch(count=2, after=(first[1].changed_at, first[1].id)))
    assert [each.id for each in rest] == [newest]
    late = EntrySearch(changed=(("gt", first[0].changed_at), ("le", first[1].changed_at)))
    assert [each.id for each in shelf.find(PULL, HERE, late)[1]] == [middle]
    back = EntrySearch(newest_first=True, statuses=frozenset([EntryStatus.REQUESTED]), ids=frozenset([oldest, newest]))
    assert [each.id for each in shelf.find(PULL, HERE, back)[1]] == [newest, oldest]
    assert shelf.find(PULL, (make.SECOND,), EntrySearch()) == (0, [])
    assert shelf.find(PULL, (), EntrySearch()) == (0, [])
    shown = shelf.show(PULL, HERE, [newest, oldest], row_of)
    assert [each.entry for each in shown] == [newest, oldest]
    assert shown[0].consultation.reason == make.REASON
    with transaction(store_engine, SystemScope(), read_only=True) as db:
        assert db.execute(select(func.count()).select_from(audit)).scalar_one() == 2


@one_database
def test_a_practice_that_was_away_learns_the_end_and_sees_nothing_after_it(
    shelf: SqlEntryShelf, store: SqlConsultationStore
) -> None:
    """Rejected here and placed elsewhere: the rejection is still shown, what came after is not this practice's."""
    entry = placed(store, 10)
    consultation = store.load_by_entry(SystemScope(), entry)
    rejected = queueing.reject(consultation, RejectReason.NOT_TODAY, "", NOW, make.DOCTOR)
    elsewhere = make.placed(store.commit(rejected), make.SECOND, at=NOW, connections=(PULL,))
    store.commit(elsewhere)
    [shown] = shelf.show(PULL, HERE, [entry], None)
    assert [each.id for each in shown.consultation.entries] == [entry]
    assert shown.consultation.reason == "", "the text belongs to whoever holds the entry now"
    old = placed(store, 10)
    long_ago = NOW - SHOWN_AFTER_END - timedelta(hours=1)
    ended = queueing.reject(store.load_by_entry(SystemScope(), old), RejectReason.NOT_TODAY, "", long_ago, make.DOCTOR)
    store.commit(ended)
    assert shelf.find(PULL, HERE, EntrySearch(ids=frozenset([old])))[0] == 0


def asked(book: SqlSubscriptionBook, **fields: object) -> Subscription:
    basis = Subscription(
        make.new_id(), PULL, SubscriptionStatus.REQUESTED, "https://gp.example/n", ("X: y",), 60, 5, 20, True, NOW
    )
    wanted = replace(basis, **fields)  # type: ignore[arg-type]
    book.add(wanted)
    return wanted


def shaken(book: SqlSubscriptionBook) -> Subscription:
    wanted = asked(book)
    claimed = book.claim(LEASE)
    assert claimed is not None and book.acknowledged(claimed, 0)
    return book.find(PULL, wanted.id)


def test_numbers_have_no_gaps_however_many_publish(book: SqlSubscriptionBook) -> None:
    subscription = shaken(book)
    entries = [make.new_id() for _ in range(12)]
    with ThreadPoolExecutor(4) as pool:
        told = list(pool.map(lambda entry: book.publish(PULL, entry, 1, NOW), entries + entries))
    assert sum(told) == 12, "each change is one event, however often it is delivered"
    events = book.events(subscription.id, 1, None, 100)
    assert [event.number for event in events] == list(range(1, 13))
    assert {event.entry for event in events} == set(entries)
    assert [event.number for event in book.events(subscription.id, 4, 6, 100)] == [4, 5, 6]


def test_one_process_notifies_at_a_time(book: SqlSubscriptionBook) -> None:
    asked(book)
    with ThreadPoolExecutor(4) as pool:
        claims = list(pool.map(lambda _: book.claim(LEASE), range(4)))
    assert sum(each is not None for each in claims) == 1
    assert book.claim(LEASE) is None


def test_what_happens_while_a_notification_is_under_way_is_owed_at_once(book: SqlSubscriptionBook) -> None:
    shaken(book)
    book.publish(PULL, make.new_id(), 1, NOW)
    first = book.claim(LEASE)
    assert first is not None
    book.publish(PULL, make.new_id(), 1, NOW)
    assert book.acknowledged(first, 1)
    second = book.claim(LEASE)
    assert second is not None and (second.sent, second.events) == (1, 2)
    assert book.acknowledged(second, 2) and book.claim(LEASE) is None
    assert not book.acknowledged(first, 1), "a lease is settled once"


def test_whoever_asks_again_ends_the_attempt_under_way(book: SqlSubscriptionBook) -> None:
    known = shaken(book)
    book.publish(PULL, make.new_id(), 1, NOW)
    under_way = book.claim(LEASE)
    assert under_way is not None
    again = book.ask_again(replace(known, status=SubscriptionStatus.REQUESTED, endpoint="https://gp.example/new"))
    assert (again.status, again.version, again.events) == (SubscriptionStatus.REQUESTED, known.version + 1, 1)
    assert not book.acknowledged(under_way, 1) and not book.failed(under_way)
    with pytest.raises(ConcurrentChange):
        book.ask_again(known)
    handshake = book.claim(LEASE)
    assert handshake is not None and handshake.endpoint == "https://gp.example/new"


@one_database
def test_a_failure_waits_and_the_last_one_is_an_error(book: SqlSubscriptionBook) -> None:
    wanted = asked(book, attempts=0)
    claimed = book.claim(LEASE)
    assert claimed is not None and not book.failed(claimed)
    assert book.find(PULL, wanted.id).attempts == 1
    assert book.claim(LEASE) is None, "not before its pause"


@one_database
def test_headers_are_sealed_and_neighbours_see_nothing(book: SqlSubscriptionBook, store_engine: Engine) -> None:
    wanted = asked(book, headers=("Authorization: Bearer very-secret",))
    assert book.find(PULL, wanted.id).headers == wanted.headers
    with transaction(store_engine, SystemScope(), read_only=True) as db:
        row = db.exec_driver_sql("SELECT headers FROM fhir_subscription").scalar_one()
    assert b"very-secret" not in bytes(row)
    with pytest.raises(NotFound):
        book.find("another", wanted.id)
    assert not book.remove("another", wanted.id) and book.count(PULL) == 1
    book.publish(PULL, make.new_id(), 1, NOW)
    assert book.remove(PULL, wanted.id) and book.of(PULL) == []
    with pytest.raises(ConcurrentChange):
        book.add(asked(book))


@one_database
def test_a_token_is_bought_with_an_assertion_used_once(book: SqlSubscriptionBook, store_engine: Engine) -> None:
    tokens = SqlFhirTokens(store_engine)
    used = UsedToken("fhir:client", "jti-1", NOW + LEASE)
    tokens.issue("first", PULL, "system/Task.rs", NOW + LEASE, used)
    with pytest.raises(Replayed):
        tokens.issue("second", PULL, "system/Task.rs", NOW + LEASE, used)
    assert tokens.holder("first", NOW) == (PULL, "system/Task.rs")
    assert tokens.holder("second", NOW) is None and tokens.holder("first", NOW + LEASE) is None
    assert tokens.forget_expired(NOW + LEASE) == 1
