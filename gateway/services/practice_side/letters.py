"""A message from a practice that is reached by messages only: an acknowledgement, or a text to the nurse.

Weighed by MedCom's rules for reliable messaging (043 §1): every message is acknowledged, an acknowledgement never; what
was received before gets its first answer again and changes nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from gateway.domain.consultation.aggregate import Consultation
from gateway.domain.consultation.queue_entry import QueueEntry
from gateway.domain.errors import NotFound
from gateway.domain.identifiers import Ydernummer
from gateway.domain.peers.letter import Answer, IncomingLetter, Letter, LetterKind, is_about, names_another
from gateway.domain.people import PEER_ROLE, Actor, ActorKind
from gateway.domain.records import AuditRow
from gateway.domain.scope import SystemScope
from gateway.ports.base import Clock
from gateway.ports.letters import AnswerBook, LetterBook
from gateway.ports.rows import ConsultationStore
from gateway.services.changing import Along, change

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
        return note_acknowledgement(incoming, use)
    now = use.clock.now()
    known, is_reused = use.answers.find(use.connection, incoming.envelope, incoming.header)
    if known is not None:
        use.answers.owe(use.connection, incoming.envelope, incoming.header, known, now)
        return "repeated"
    fault = ENVELOPE_USED if is_reused else _refused(incoming, use)
    answer = answering(Answer.FATAL if fault else Answer.OK, fault)
    use.answers.owe(use.connection, incoming.envelope, incoming.header, answer, now)
    return fault or "taken"


def note_acknowledgement(incoming: IncomingLetter, use: Correspondence) -> str:
    """What became of it; it is never answered itself. It counts where it comes from the practice the letter went to: a
    connection may carry the messages of several."""
    if incoming.answers is None or incoming.answer is None:
        return "unreadable-acknowledgement"
    told = _entries(use.letters.entries_of(use.connection, [incoming.answers]), use)
    if not any(_is_from(entry, incoming, use.connection) for entry, _ in told):
        return "unknown-message"
    at = use.clock.now()
    known = use.letters.note_answer(use.connection, incoming.answers, incoming.answer, incoming.code, at)
    return "acknowledged" if known else "unknown-message"


def _refused(incoming: IncomingLetter, use: Correspondence) -> str:
    """Why it is not taken; "" where it stands with the consultation now. A text that nobody would read is refused:
    one outside our threads (unless it may open one), from another practice, or about a consultation that is closed.
    So is one about another citizen than the consultation's, whatever thread it follows and whatever else is wrong with
    it: it is read by nobody."""
    threads = use.letters.entries_of(use.connection, incoming.thread)
    if not threads and incoming.may_open:
        threads = _open_about(incoming, use)
    found = _entries(threads, use)
    strange = [each for _, each in found if _is_about_another(incoming, each)]
    if strange:
        _note_incident(strange[0], use)
        return incoming.fault or OTHER_CITIZEN
    if incoming.fault:
        return incoming.fault
    if not found or not _keep(incoming, *found[0], use):
        return NOT_TAKEN_HERE
    return ""


def _entries(ids: Sequence[UUID], use: Correspondence) -> list[tuple[QueueEntry, Consultation]]:
    """Those that still stand, with their consultations."""
    found = ((id, _consultation(id, use)) for id in ids)
    return [(_entry(each, id), each) for id, each in found if each is not None]


def _entry(consultation: Consultation, id: UUID) -> QueueEntry:
    return next(each for each in consultation.entries if each.id == id)


def _consultation(entry_id: UUID, use: Correspondence) -> Consultation | None:
    try:
        return use.store.load_by_entry(SystemScope(), entry_id)
    except NotFound:
        return None


def _is_hers(incoming: IncomingLetter, consultation: Consultation) -> bool:
    citizen = _citizen(consultation)
    return citizen is not None and is_about(incoming.about, citizen)


def _is_about_another(incoming: IncomingLetter, consultation: Consultation) -> bool:
    """A message that breaks its profile may name nobody; it is about another only where it says so."""
    citizen = _citizen(consultation)
    if citizen is None:
        return False
    if incoming.fault:
        return names_another(incoming.about, citizen)
    return not is_about(incoming.about, citizen)


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
        along=Along([row]),
    )


def _open_about(incoming: IncomingLetter, use: Correspondence) -> list[UUID]:
    """The newest open entry there that is about the same citizen; what nobody has open here, nobody would read."""
    waiting = use.store.at_clinic([Ydernummer.parse(incoming.practice)], use.clock.now())
    mine = [each for each in waiting if each.is_open and each.entry and use.connection in each.entry.connections]
    hers = [each for each in mine if _is_hers(incoming, each)]
    return [each.entry.id for each in hers[-1:] if each.entry is not None]


def _peer(use: Correspondence) -> Actor:
    return Actor(ActorKind.CLINIC, use.connection, "", PEER_ROLE)


def _keep(incoming: IncomingLetter, entry: QueueEntry, consultation: Consultation, use: Correspondence) -> bool:
    """The attachments first: a text is shown with all of its own."""
    if not consultation.is_open or _citizen(consultation) is None or not _is_from(entry, incoming, use.connection):
        return False
    now = use.clock.now()
    letter = Letter(
        incoming.header, entry.id, LetterKind.WRITTEN, now, incoming.segment, incoming.content, sent_at=incoming.at
    )
    for each in incoming.enclosures:
        kept = replace(letter, id=each.id, kind=LetterKind.ENCLOSED, segment=each.id, content=each.content)
        use.letters.keep(use.connection, kept)
    if use.letters.keep(use.connection, letter):
        noted = {"entry": str(entry.id)}
        change(
            use.store, SystemScope(), consultation.id, lambda c: c.noting("practice-wrote", now, _peer(use), **noted)
        )
    return True


def _is_from(entry: QueueEntry, incoming: IncomingLetter, connection: str) -> bool:
    return str(entry.ydernummer) == incoming.practice and connection in entry.connections
