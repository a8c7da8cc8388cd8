"""Replaying many: what would happen is said first, and a stop leaves every row done, due, or as it was."""

from __future__ import annotations

from dataclasses import replace
from threading import Event, Thread
from uuid import UUID

from gateway.domain.errors import TransitionRefused
from gateway.domain.peers.delivery import DeliveryStatus
from gateway.domain.peers.owed import OwedRow, Standing
from gateway.services.operations.repair import preview, replay_many
from tests.support.consultations import KOMMUNE_A, NOW


def stuck(number: int, **other: object) -> OwedRow:
    row = OwedRow(
        UUID(int=number), KOMMUNE_A, UUID(int=1), "LB-TEST-2", "note", UUID(int=2), 1, "eoj", DeliveryStatus.STUCK,
        Standing.STUCK, "http-422", "http-422", False, 3, NOW, NOW, False,
    )  # fmt: skip
    return replace(row, **other)  # type: ignore[arg-type]


class Book:
    """Rows that were made due; those in ``gone`` are done, those in ``taken`` are attempted at once."""

    def __init__(self, stop: Event, stop_after: int = 99, gone: tuple[int, ...] = (), taken: tuple[int, ...] = ()):
        self.stop, self.stop_after, self.gone, self.taken = stop, stop_after, gone, taken
        self.due: list[UUID] = []

    def replay(self, id: UUID, *, not_received: bool = False) -> OwedRow:
        if id.int in self.gone:
            raise TransitionRefused("replay", "done", "done")
        self.due.append(id)
        if len(self.due) == self.stop_after:
            self.stop.set()
        return stuck(id.int)

    def recall(self, row: OwedRow) -> bool:
        if row.id.int in self.taken:
            return False
        self.due.remove(row.id)
        return True

    def close(self, id: UUID, status: DeliveryStatus) -> OwedRow:
        raise NotImplementedError


def numbers(ids: object) -> list[int]:
    return [id.int for id in ids]  # type: ignore[attr-defined]


def test_the_preview_tells_acknowledged_doubtful_and_the_rest_apart() -> None:
    seen = preview([stuck(1), stuck(2, received=True), stuck(3, unknown=True), stuck(4, unknown=True, received=True)])
    assert [row.id.int for row in seen.received] == [2]
    assert [row.id.int for row in seen.asked_first] == [3, 4]
    assert [row.id.int for row in seen.replayed] == [3, 4, 1]


def test_every_row_is_replayed_once_and_what_was_done_meanwhile_is_passed_over() -> None:
    book = Book(Event(), gone=(2,))
    done = replay_many([stuck(n) for n in (1, 2, 3)], 1000.0, book.stop, book)
    assert (numbers(done.replayed), numbers(done.passed_over), done.left) == ([1, 3], [2], ())
    assert numbers(book.due) == [1, 3]


def test_a_stop_calls_back_what_nobody_has_attempted_and_reaches_no_more() -> None:
    book = Book(Event(), stop_after=3, taken=(2,))
    done = replay_many([stuck(n) for n in range(1, 10)], 1000.0, book.stop, book)
    assert numbers(done.replayed) == [2] == numbers(book.due)
    assert numbers(done.recalled) == [1, 3] and numbers(done.left) == [4, 5, 6, 7, 8, 9]


def test_a_stop_acts_while_the_next_row_is_far_off() -> None:
    """At one row in ten seconds the pause is not slept through."""
    book = Book(Event())
    ended: list[object] = []
    rows = [stuck(1), stuck(2)]
    thread = Thread(target=lambda: ended.append(replay_many(rows, 0.0001, book.stop, book)), daemon=True)
    thread.start()
    book.stop.set()
    thread.join(30)
    assert ended and numbers(book.due) == []
