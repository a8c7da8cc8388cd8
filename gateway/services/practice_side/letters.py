"""A message from a practice that is reached by messages only: an acknowledgement, or a text to the nurse.

Weighed by MedCom's rules for reliable messaging (043 §1): every message is acknowledged, an acknowledgement never; what
was received before gets its first answer again and changes nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from gateway.domain.consultation.queue_entry import QueueEntry
from gateway.domain.errors import NotFound
from gateway.domain.peers.letter import Answer, IncomingLetter, Letter, LetterKind
from gateway.domain.people import PEER_ROLE, Actor, ActorKind
from gateway.domain.scope import SystemScope
from gateway.ports.base import Clock
from gateway.ports.letters import AnswerBook, LetterBook
from gateway.ports.rows import ConsultationStore
from gateway.services.changing import change

Answering = Callable[[Answer, str], bytes]  # the acknowledgement in the peer's language
NOT_TAKEN_HERE = "MSG_RECEIVER_UNABLE_TO_RECEIVE_MSG_TYPE"
ENVELOPE_USED = "MSG_DUPLICATE_ID"


@dataclass(frozen=True, slots=True)
class Correspondence:
    """What weighing needs, for one connection."""

    connection: str
    letters: LetterBook
    answers: AnswerBook
    store: ConsultationStore
    clock: Clock


def take(incoming: IncomingLetter, answering: Answering | None, use: Correspondence) -> str:
    """What became of it, as a code for the log. ``answering`` None: it is an acknowledgement itself."""
    if answering is None:
        return note_acknowledgement(incoming, use.connection, use.letters, use.clock.now())
    now = use.clock.now()
    known, is_reused = use.answers.find(use.connection, incoming.envelope, incoming.header)
    if known is not None:
        use.answers.owe(use.connection, incoming.envelope, incoming.header, known, now)
        return "repeated"
    fault = ENVELOPE_USED if is_reused else incoming.fault or _refused(incoming, use)
    answer = answering(Answer.FATAL if fault else Answer.OK, fault)
    use.answers.owe(use.connection, incoming.envelope, incoming.header, answer, now)
    return fault or "taken"


def note_acknowledgement(incoming: IncomingLetter, connection: str, letters: LetterBook, at: datetime) -> str:
    """What became of it; it is never answered itself."""
    if incoming.answers is None or incoming.answer is None:
        return "unreadable-acknowledgement"
    known = letters.note_answer(connection, incoming.answers, incoming.answer, incoming.code, at)
    return "acknowledged" if known else "unknown-message"


def _refused(incoming: IncomingLetter, use: Correspondence) -> str:
    """Why it is not taken; "" where it stands with the consultation now. A text that nobody would read is refused:
    one outside our threads, from another practice, or about a consultation that is closed."""
    entry_id = use.letters.entry_of(use.connection, incoming.thread)
    if entry_id is None or not _keep(incoming, entry_id, use):
        return NOT_TAKEN_HERE
    return ""


def _keep(incoming: IncomingLetter, entry_id: UUID, use: Correspondence) -> bool:
    try:
        consultation = use.store.load_by_entry(SystemScope(), entry_id)
    except NotFound:
        return False
    entry = next(each for each in consultation.entries if each.id == entry_id)
    if not consultation.is_open or not _is_from(entry, incoming, use.connection):
        return False
    now = use.clock.now()
    letter = Letter(
        incoming.header, entry_id, LetterKind.WRITTEN, now, incoming.segment, incoming.content, sent_at=incoming.at
    )
    if use.letters.keep(use.connection, letter):
        actor = Actor(ActorKind.CLINIC, use.connection, "", PEER_ROLE)
        noted = {"entry": str(entry_id)}
        change(use.store, SystemScope(), consultation.id, lambda c: c.noting("practice-wrote", now, actor, **noted))
    return True


def _is_from(entry: QueueEntry, incoming: IncomingLetter, connection: str) -> bool:
    return str(entry.ydernummer) == incoming.practice and connection in entry.connections
