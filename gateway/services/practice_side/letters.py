"""A message from a practice that is reached by messages only: an acknowledgement, or a text to the nurse.

Weighed by MedCom's rules for reliable messaging (043 §1): every message is acknowledged, an acknowledgement never; what
was received before gets its first answer again and changes nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from gateway.domain.consultation.aggregate import Consultation
from gateway.domain.consultation.queue_entry import QueueEntry
from gateway.domain.errors import NotFound
from gateway.domain.identifiers import Ydernummer
from gateway.domain.peers.letter import Answer, IncomingLetter, Letter, LetterKind, is_about
from gateway.domain.people import PEER_ROLE, Actor, ActorKind
from gateway.domain.records import AuditRow
from gateway.domain.scope import SystemScope
from gateway.ports.base import Clock
from gateway.ports.letters import AnswerBook, LetterBook
from gateway.ports.rows import ConsultationStore
from gateway.services.changing import change

Answering = Callable[[Answer, str], bytes]  # the acknowledgement in the peer's language
NOT_TAKEN_HERE = "MSG_RECEIVER_UNABLE_TO_RECEIVE_MSG_TYPE"
ENVELOPE_USED = "MSG_DUPLICATE_ID"
OTHER_CITIZEN = "MSG_INVALID_ID"
INCIDENT = "message-about-another-citizen"  # its row in the audit trail


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
    one outside our threads (unless it may open one), from another practice, or about a consultation that is closed.
    So is one about another citizen than the consultation's, whatever thread it follows: it is read by nobody."""
    threads = use.letters.entries_of(use.connection, incoming.thread)
    if not threads and incoming.may_open:
        threads = _open_about(incoming, use)
    found = [each for each in (_consultation(entry, use) for entry in threads) if each is not None]
    strange = [each for each in found if _citizen(each) and not _is_hers(incoming, each)]
    if strange:
        _note_incident(strange[0], use)
        return OTHER_CITIZEN
    if not found or not _keep(incoming, threads[0], found[0], use):
        return NOT_TAKEN_HERE
    return ""


def _consultation(entry_id: UUID, use: Correspondence) -> Consultation | None:
    try:
        return use.store.load_by_entry(SystemScope(), entry_id)
    except NotFound:
        return None


def _is_hers(incoming: IncomingLetter, consultation: Consultation) -> bool:
    citizen = _citizen(consultation)
    return citizen is not None and is_about(incoming.about, citizen)


def _citizen(consultation: Consultation) -> tuple[str, str] | None:
    """The consultation's only citizen; None where the number is erased, and in a round, which no message is about."""
    numbers = [case.citizen.identifier for case in consultation.cases if case.citizen.identifier is not None]
    return (numbers[0].system, numbers[0].value) if len(numbers) == 1 else None


def _note_incident(consultation: Consultation, use: Correspondence) -> None:
    """On the consultation whose thread it came in, and about its citizen; nothing of the other one is kept."""
    now = use.clock.now()
    row = AuditRow(now, _peer(use), "", "write", INCIDENT, consultation.id, basis="", channel="medcom")
    change(
        use.store,
        SystemScope(),
        consultation.id,
        lambda c: c.noting("practice-message-refused", now, _peer(use)),
        audit=[row],
    )


def _open_about(incoming: IncomingLetter, use: Correspondence) -> list[UUID]:
    """The newest open entry there that is about the same citizen; what nobody has open here, nobody would read."""
    waiting = use.store.at_clinic([Ydernummer.parse(incoming.practice)], use.clock.now())
    mine = [each for each in waiting if each.is_open and each.entry and use.connection in each.entry.connections]
    hers = [each for each in mine if _is_hers(incoming, each)]
    return [each.entry.id for each in hers[-1:] if each.entry is not None]


def _peer(use: Correspondence) -> Actor:
    return Actor(ActorKind.CLINIC, use.connection, "", PEER_ROLE)


def _keep(incoming: IncomingLetter, entry_id: UUID, consultation: Consultation, use: Correspondence) -> bool:
    """The attachments first: a text is shown with all of its own."""
    entry = next(each for each in consultation.entries if each.id == entry_id)
    if not consultation.is_open or _citizen(consultation) is None or not _is_from(entry, incoming, use.connection):
        return False
    now = use.clock.now()
    letter = Letter(
        incoming.header, entry_id, LetterKind.WRITTEN, now, incoming.segment, incoming.content, sent_at=incoming.at
    )
    for each in incoming.enclosures:
        kept = replace(letter, id=each.id, kind=LetterKind.ENCLOSED, segment=each.id, content=each.content)
        use.letters.keep(use.connection, kept)
    if use.letters.keep(use.connection, letter):
        noted = {"entry": str(entry_id)}
        change(
            use.store, SystemScope(), consultation.id, lambda c: c.noting("practice-wrote", now, _peer(use), **noted)
        )
    return True


def _is_from(entry: QueueEntry, incoming: IncomingLetter, connection: str) -> bool:
    return str(entry.ydernummer) == incoming.practice and connection in entry.connections
