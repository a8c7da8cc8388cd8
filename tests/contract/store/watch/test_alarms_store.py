"""An alarm begins once and ends once, each edge is owed once to each place, and several who watch agree."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from sqlalchemy import Engine, update

from gateway.domain.alarm import Alarm, AlarmKind, Condition, Edge, Host
from gateway.domain.scope import SystemScope
from gateway.store.ground.engine import db_now, transaction
from gateway.store.watch.alarms import SqlAlarms, beats, hosts
from gateway.store.watch.tables import alarm, alarm_notice
from tests.support.consultations import KOMMUNE_A, KOMMUNE_B, NOW

STUCK = Condition(AlarmKind.STUCK, "eoj", KOMMUNE_A, 3)
OURS = Condition(AlarmKind.OLD_REGISTER, "sor", None)
PLACES = {None: ["mail:drift@example.dk", "webhook:0"], KOMMUNE_A: ["mail:a@example.dk"], KOMMUNE_B: ["mail:b@x.dk"]}
LEASE = timedelta(minutes=1)


@pytest.fixture
def book(store_engine: Engine) -> SqlAlarms:
    return SqlAlarms(store_engine)


def edges(alarms: object) -> list[tuple[str, Edge]]:
    assert isinstance(alarms, list | tuple)
    return [(one.condition.subject, one.edge) for one in alarms if isinstance(one, Alarm)]


def test_one_at_the_start_and_one_at_the_end(book: SqlAlarms) -> None:
    assert edges(book.update([STUCK], PLACES)) == [("eoj", Edge.START)]
    assert book.update([Condition(AlarmKind.STUCK, "eoj", KOMMUNE_A, 9)], PLACES) == []
    assert [one.condition for one in book.active()] == [STUCK]
    assert edges(book.update([], PLACES)) == [("eoj", Edge.END)]
    assert book.update([], PLACES) == [] and book.active() == []
    assert edges(book.update([STUCK], PLACES)) == [("eoj", Edge.START)], "the same again is another alarm"
    assert len(book.recent()) == 2


def test_each_edge_is_owed_to_operations_and_to_its_own_organisation(book: SqlAlarms) -> None:
    book.update([STUCK, OURS], PLACES)
    owed = {(n.alarm.condition.subject, n.target) for n in book.claim_notices(LEASE)}
    assert owed == {("eoj", "mail:drift@example.dk"), ("eoj", "webhook:0"), ("eoj", "mail:a@example.dk"),
                    ("sor", "mail:drift@example.dk"), ("sor", "webhook:0")}  # fmt: skip


def test_a_notice_is_claimed_by_one_and_due_again_until_it_is_told(book: SqlAlarms, store_engine: Engine) -> None:
    book.update([OURS], {None: ["webhook:0"]})
    (notice,) = book.claim_notices(LEASE)
    assert book.claim_notices(LEASE) == [], "whoever claimed it has its time"
    book.told(notice, "http-500")
    with transaction(store_engine, SystemScope()) as connection:
        connection.execute(update(alarm_notice).values(due_at=NOW))
    (again,) = book.claim_notices(LEASE)
    assert again.alarm.id == notice.alarm.id
    book.told(again)
    with transaction(store_engine, SystemScope()) as connection:
        connection.execute(update(alarm_notice).values(due_at=NOW))
    assert book.claim_notices(LEASE) == []


def passed(engine: Engine, book: SqlAlarms, hours: float) -> list[str]:
    """What is told when so many hours have passed since everything that was told."""
    with transaction(engine, SystemScope()) as connection:
        then = db_now(connection) - timedelta(hours=hours)
        connection.execute(update(alarm).values(started_at=then))
        connection.execute(update(alarm_notice).where(alarm_notice.c.sent_at.is_not(None)).values(sent_at=then))
    book.update([OURS], {None: ["webhook:0"]})
    notices = book.claim_notices(LEASE)
    for each in notices:
        book.told(each)
    return [str(each.edge) for each in notices]


def test_what_lasts_is_told_again_every_four_hours(book: SqlAlarms, store_engine: Engine) -> None:
    assert passed(store_engine, book, 0) == ["start"]
    assert passed(store_engine, book, 3.9) == []
    assert [passed(store_engine, book, 4.1) for _ in range(2)] == [["reminder"]] * 2
    assert passed(store_engine, book, 0.1) == []


def test_a_reminder_that_has_not_arrived_is_not_told_after_the_end(book: SqlAlarms, store_engine: Engine) -> None:
    passed(store_engine, book, 0)
    with transaction(store_engine, SystemScope()) as connection:
        connection.execute(update(alarm).values(started_at=db_now(connection) - timedelta(hours=5)))
    book.update([OURS], {None: ["webhook:0"]})
    book.update([], {None: ["webhook:0"]})
    assert [str(each.edge) for each in book.claim_notices(LEASE)] == ["end"]


def test_a_machine_is_as_bad_as_the_worst_its_processes_say(book: SqlAlarms, store_engine: Engine) -> None:
    book.beat("relay", "a", Host("one", timedelta(seconds=3), 40))
    book.beat("worker", "b", Host("one", timedelta(seconds=70), 9))
    book.beat("worker", "c", Host("two"))
    with transaction(store_engine, SystemScope(), read_only=True) as connection:
        found = {host.name: host for host in hosts(connection, NOW)}
        later = hosts(connection, db_now(connection) + timedelta(hours=1))
    assert found == {"one": Host("one", timedelta(seconds=70), 9), "two": Host("two")}
    assert later == [], "of a machine that is silent nothing is known"


def test_many_who_watch_make_one_alarm(book: SqlAlarms) -> None:
    found: list[Alarm] = []

    def watch() -> None:
        found.extend(book.update([STUCK, OURS], PLACES))

    watchers = [threading.Thread(target=watch) for _ in range(6)]
    for one in watchers:
        one.start()
    for one in watchers:
        one.join()
    assert sorted(one.condition.subject for one in found) == ["eoj", "sor"] and len(book.active()) == 2
    assert len(book.claim_notices(LEASE)) == 5


def test_the_youngest_process_of_a_name_speaks_for_it(book: SqlAlarms, store_engine: Engine) -> None:
    for instance in ("a", "b"):
        book.beat("relay", instance)
    book.beat("worker", "c")
    with transaction(store_engine, SystemScope(), read_only=True) as connection:
        assert sorted(one.process for one in beats(connection)) == ["relay", "worker"]
    book.retire("worker")
    with transaction(store_engine, SystemScope(), read_only=True) as connection:
        assert [one.process for one in beats(connection)] == ["relay"]
