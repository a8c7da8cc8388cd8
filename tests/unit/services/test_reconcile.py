"""What we believe filed or queued is looked for at the peer; a silent peer is asked later, and nothing is skipped."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from gateway.domain.capability import Capability
from gateway.domain.consultation.events import DebtKind
from gateway.domain.errors import PeerRefused, PeerUnavailable
from gateway.domain.peers.delivery import Delivery, Outcome
from gateway.services.operations.reconcile import MISSING_ENTRY, MISSING_NOTE, Comparing, compare_some
from tests.support.peers.memory_peers import ALL, MemoryPeers
from tests.unit.services.test_note_goes_when import Afterwards


class Book:
    """Pages over what was done, with the place they have got to."""

    def __init__(self, done: Sequence[Delivery]) -> None:
        self.left, self.found = list(done), dict[str, str]()

    def page(self, name: str, limit: int) -> Sequence[Delivery]:
        return self.left[:limit]

    def compared(self, one: Delivery, what: str) -> bool:
        self.left.remove(one)
        news = self.found.get(str(one.id)) != what
        self.found[str(one.id)] = what
        return news


def filed() -> tuple[Afterwards, Comparing, Book]:
    """A note that was filed, and what compares it."""
    after = Afterwards()
    after.approve()
    assert after.deliver_all() == [Outcome.DONE]
    (row,) = after.store.rows.values()
    book = Book([row.delivery])
    return after, Comparing(after.store, book, MemoryPeers(after.peer), "http://gateway.localhost"), book


def test_a_note_that_stands_there_is_no_difference() -> None:
    _, use, book = filed()
    told: list[str] = []
    assert compare_some("eoj", use, lambda one, what: told.append(what)) == 1
    assert (told, list(book.found.values())) == ([], [""])


def test_a_note_that_is_gone_is_told_once() -> None:
    after, use, book = filed()
    after.peer.held.clear()
    told: list[str] = []
    one = book.left[0]
    for _ in range(2):
        book.left = [one]
        compare_some("eoj", use, lambda one, what: told.append(what))
    assert told == [MISSING_NOTE]


def test_a_refusal_is_a_difference_with_its_code() -> None:
    after, use, book = filed()
    after.peer.before.append(PeerRefused("eoj", "other-record"))
    compare_some("eoj", use, lambda *_: None)
    assert list(book.found.values()) == ["other-record"]


def test_a_peer_that_does_not_answer_is_asked_in_the_next_pass() -> None:
    after, use, book = filed()
    after.peer.before.append(PeerUnavailable("eoj", "connecting"))
    assert compare_some("eoj", use, lambda *_: None) == 0 and len(book.left) == 1
    assert compare_some("eoj", use, lambda *_: None) == 1 and book.left == []


def test_a_record_that_cannot_be_read_is_not_called_different() -> None:
    after, use, book = filed()
    after.peer.held.clear()
    after.peer.capabilities = ALL - {Capability.READ_BACK}
    compare_some("eoj", use, lambda *_: None)
    assert list(book.found.values()) == [""]


def test_a_page_is_bounded_and_the_next_goes_on() -> None:
    _, use, book = filed()
    one = book.left[0]
    book.left = [replace(one, version=1, id=one.id) for _ in range(3)]
    assert compare_some("eoj", use, lambda *_: None, limit=2) == 2 and len(book.left) == 1
    assert compare_some("eoj", use, lambda *_: None, limit=2) == 1


def test_an_entry_that_left_the_practices_queue_is_a_difference() -> None:
    after, use, book = filed()
    consultation = after.store.kept[after.id]
    assert consultation.entry is not None
    entry = replace(book.left[0], kind=DebtKind.ENQUEUE, subject=consultation.entry.id, connection="gp-one")
    book.left = [entry]
    told: list[str] = []
    compare_some("gp-one", use, lambda one, what: told.append(what))
    assert told == [MISSING_ENTRY]
