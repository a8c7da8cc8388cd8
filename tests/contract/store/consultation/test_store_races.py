"""Sixteen at once: exactly one wins, and every other learns it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from typing import TypeVar

import pytest
from sqlalchemy import Engine

from gateway.domain.consultation import queueing, ringing
from gateway.domain.errors import ConcurrentChange, LaegebroError, Replayed, TransitionRefused
from gateway.domain.launch import UsedToken
from gateway.domain.people import Actor, ActorKind
from gateway.domain.scope import TenantScope
from gateway.store.consultation.store import SqlConsultationStore
from gateway.store.ground.crypto import Vault
from gateway.store.ground.engine import UNAVAILABLE
from tests.support import consultations as make

pytestmark = pytest.mark.timeless("who wins a race")

A = TenantScope(make.KOMMUNE_A)
THREADS = 16
Result = TypeVar("Result")
REPEATS = 20


def patiently(act: Callable[[int], Result], number: int) -> Result:
    """A lock that was waited for too long on a busy machine is a 503 with Retry-After: the caller comes again."""
    for _ in range(REPEATS):
        try:
            return act(number)
        except UNAVAILABLE:
            continue
    return act(number)


def together(act: Callable[[int], Result]) -> list[Result | LaegebroError]:
    """Run ``act`` in all threads from the same starting line; domain errors are results, others fail the test."""
    line = threading.Barrier(THREADS)
    results: list[Result | LaegebroError] = []
    failures: list[BaseException] = []

    def run(number: int) -> None:
        line.wait()
        try:
            results.append(patiently(act, number))
        except LaegebroError as refusal:
            results.append(refusal)
        except BaseException as failure:
            failures.append(failure)

    threads = [threading.Thread(target=run, args=(number,)) for number in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    return results


@pytest.fixture
def store(store_engine: Engine, vault: Vault) -> SqlConsultationStore:
    return SqlConsultationStore(store_engine, vault)


def test_sixteen_clinicians_accept_and_one_wins(store: SqlConsultationStore) -> None:
    waiting = store.commit(make.waiting())

    def accept(number: int) -> str:
        doctor = Actor(ActorKind.CLINIC, f"user-{number}", f"Læge {number}", "Læge")
        seen = waiting
        while True:
            try:
                return store.commit(ringing.accept(seen, make.NOW, doctor)).entries[0].accepted_name
            except ConcurrentChange:
                seen = store.load(A, waiting.id)

    results = together(accept)
    winner = store.load(A, waiting.id).entries[0].accepted_name
    refused = [r for r in results if isinstance(r, TransitionRefused)]
    assert [r for r in results if isinstance(r, str)] == [winner]
    assert len(refused) == THREADS - 1 and {r.who for r in refused} == {winner}
    assert len(store.deliveries_of(A, waiting.id)) == 2  # enqueue, and one update about the one winner


def test_the_same_launch_sixteen_times_is_one_consultation(store: SqlConsultationStore) -> None:
    def launch(_number: int) -> object:
        try:
            return store.commit(make.draft(key="smart|same")).id
        except ConcurrentChange:
            found = store.find_by_launch_key(make.KOMMUNE_A, "smart|same")
            return found.id if found else None

    results = together(launch)
    assert len(set(results)) == 1 and None not in results
    assert len(store.open_of_employee(make.KOMMUNE_A, make.NURSE.id)) == 1


def test_one_token_is_good_for_one_launch(store: SqlConsultationStore) -> None:
    token = UsedToken("https://eoj.example", "jti", make.NOW)
    results = together(lambda number: store.commit(make.draft(key=f"k{number}"), used=[token]))
    assert sum(isinstance(result, Replayed) for result in results) == THREADS - 1
    assert len(store.open_of_employee(make.KOMMUNE_A, make.NURSE.id)) == 1


def test_sixteen_changes_of_one_consultation_lose_none(store: SqlConsultationStore) -> None:
    first = store.commit(make.waiting())

    def correct(number: int) -> int:
        while True:
            seen = store.load(A, first.id)
            try:
                return store.commit(
                    queueing.correct_reason(seen, f"Rettet tekst nummer {number}", make.NOW, make.NURSE)
                ).version
            except ConcurrentChange:
                continue

    versions = together(correct)
    assert sorted(v for v in versions if isinstance(v, int)) == list(range(2, THREADS + 2))
    kinds = [line.kind for line in store.timeline(A, first.id)]
    assert kinds.count("reason-corrected") == THREADS


def test_a_reader_of_the_event_log_misses_nothing_while_sixteen_write(store: SqlConsultationStore) -> None:
    start, seen, done = store.latest_seq(), [], threading.Event()

    def follow() -> None:
        cursor = start
        while True:
            over = done.is_set()
            batch = store.events_after(cursor)
            seen.extend(event.seq for event in batch)
            cursor = batch[-1].seq if batch else cursor
            if over and not batch:
                return

    reader = threading.Thread(target=follow)
    reader.start()
    together(lambda number: [store.commit(make.waiting()) for _ in range(3)])
    done.set()
    reader.join()
    assert seen == [event.seq for event in store.events_after(start)] and len(seen) == THREADS * 3 * 2


def test_a_picture_is_of_one_moment(store: SqlConsultationStore) -> None:
    """State and children change together, so a reader never sees a version with another version's entry."""
    current = store.commit(make.waiting())
    stop, torn = threading.Event(), []

    def watch() -> None:
        while not stop.is_set():
            seen = store.load(A, current.id)
            if seen.entries[0].revision != seen.version or not seen.reason.endswith(str(seen.version)):
                torn.append((seen.version, seen.entries[0].revision))

    current = store.commit(replace(current, reason="Version 2", entries=(replace(current.entries[0], revision=2),)))
    watchers = [threading.Thread(target=watch) for _ in range(4)]
    for watcher in watchers:
        watcher.start()
    for version in range(3, 25):
        entry = replace(current.entries[0], revision=version)
        current = store.commit(replace(current, reason=f"Version {version}", entries=(entry,)))
    stop.set()
    for watcher in watchers:
        watcher.join()
    assert torn == []
