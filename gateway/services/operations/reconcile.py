"""Once an hour: what we believe filed is looked for in the record, what we believe queued in the practice's queue."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

from gateway.domain.capability import Capability
from gateway.domain.consultation.events import DebtKind
from gateway.domain.errors import NotFound, PeerError, PeerRefused
from gateway.domain.peers.delivery import Delivery
from gateway.domain.scope import SystemScope
from gateway.ports.peers import ShowingQueue
from gateway.ports.rows import ConsultationStore
from gateway.ports.watch import ComparisonBook, QueueBook
from gateway.services.compose import entry_message, note_message
from gateway.services.deliver import Peers

PAGE = 50  # of one connection in one pass
MISSING_NOTE, MISSING_ENTRY = "not-in-the-record", "not-in-the-queue"


@dataclass(frozen=True, slots=True)
class Comparing:
    """What a comparison needs beside its row."""

    store: ConsultationStore
    book: ComparisonBook
    peers: Peers
    link_base: str


def compare_some(connection: str, use: Comparing, told: Callable[[Delivery, str], None], limit: int = PAGE) -> int:
    """Compare the next page of one connection; how many were compared. A peer that does not answer is asked in the next
    pass; ``told`` hears of each new difference."""
    done = 0
    for one in use.book.page(connection, limit):
        try:
            what = _difference(one, use)
        except PeerRefused as refused:
            what = refused.code
        except PeerError:
            break
        if use.book.compared(one, what) and what:
            told(one, what)
        done += 1
    return done


def compare_queue(connection: str, peers: Peers, book: QueueBook, told: Callable[[UUID, str], None]) -> bool:
    """Hold a practice's whole queue against ours where it can be read and its hour has come; whether it was. ``told``
    hears of each new difference."""
    peer = peers.gp_system(connection)
    if not isinstance(peer, ShowingQueue) or not book.is_due(connection):
        return False
    try:
        shown = peer.waiting_entries()
    except PeerError:
        return False
    for id, what in book.shown(connection, shown):
        told(id, what)
    return True


def _difference(one: Delivery, use: Comparing) -> str:
    """What is wrong, "" where nothing is or the peer cannot be asked."""
    consultation = use.store.load(SystemScope(), one.consultation)
    organisation = use.peers.organisation(one)
    try:
        if one.kind is DebtKind.NOTE:
            eoj = use.peers.eoj(one.connection)
            if Capability.READ_BACK not in eoj.capabilities:
                return ""
            shown = eoj.read_back(note_message(consultation, one, organisation, eoj.capabilities))
            return "" if shown is not None else MISSING_NOTE
        gp = use.peers.gp_system(one.connection)
        if Capability.PROBE not in gp.capabilities:
            return ""
        entry = entry_message(consultation, one.subject, organisation, use.link_base)
        return "" if gp.probe(entry) is not None else MISSING_ENTRY
    except NotFound:
        return ""  # erased meanwhile: there is nothing left to compare
