"""A message from a practice or a care system that is reached by messages only: an acknowledgement, or a text to the
nurse.

Weighed by MedCom's rules for reliable messaging (043 §1): every message is acknowledged, an acknowledgement never; what
was received before gets its first answer again and changes nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from gateway.domain.consultation.aggregate import Consultation
from gateway.domain.consultation.case import CitizenCase
from gateway.domain.consultation.queue_entry import QueueEntry
from gateway.domain.errors import NotFound
from gateway.domain.identifiers import Ydernummer
from gateway.domain.note import replies
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
    """What became of it; it is never answered itself. It counts where it comes from whom the letter went to: a
    connection may carry the messages of several."""
    if incoming.answers is None or incoming.answer is None:
        return "unreadable-acknowledgement"
    told = _threads(use.letters.entries_of(use.connection, [incoming.answers]), incoming, use)
    if not any(each.is_from(incoming, use.connection) for each in told):
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
    found = _threads(threads, incoming, use)
    strange = [each for each in found if _is_about_another(incoming, each.citizen)]
    if strange:
        _note_incident(strange[0], use)
        return incoming.fault or OTHER_CITIZEN
    if incoming.fault:
        return incoming.fault
    if not found or not _keep(incoming, found[0], use):
        return NOT_TAKEN_HERE
    return ""


@dataclass(frozen=True, slots=True)
class _Thread:
    """Of a practice: about an entry, and closed with its consultation. Of a care system: about a citizen's note, and
    open for as long as her number is kept."""

    id: UUID
    consultation: Consultation
    entry: QueueEntry | None = None
    case: CitizenCase | None = None

    @property
    def citizen(self) -> tuple[str, str] | None:
        """The only citizen it is about; None where the number is erased, and in a round, which no practice is written
        to about."""
        if self.case is None:
            return _citizen(self.consultation)
        number = self.case.citizen.identifier
        return (number.system, number.value) if number is not None else None

    @property
    def is_open(self) -> bool:
        return self.citizen is not None and (self.case is not None or self.consultation.is_open)

    def is_from(self, incoming: IncomingLetter, connection: str) -> bool:
        if self.entry is not None:
            return str(self.entry.ydernummer) == incoming.practice and connection in self.entry.connections
        return self.case is not None and self.case.eoj_connection == connection and not incoming.practice


def _threads(ids: Sequence[UUID], incoming: IncomingLetter, use: Correspondence) -> list[_Thread]:
    """Those that still stand."""
    found = (_of_entry(id, use) if incoming.practice else _of_case(id, use) for id in ids)
    return [each for each in found if each is not None]


def _of_entry(id: UUID, use: Correspondence) -> _Thread | None:
    try:
        consultation = use.store.load_by_entry(SystemScope(), id)
    except NotFound:
        return None
    return _Thread(id, consultation, entry=next(each for each in consultation.entries if each.id == id))


def _of_case(id: UUID, use: Correspondence) -> _Thread | None:
    holder = use.letters.consultation_of(use.connection, id)
    if holder is None:
        return None
    consultation = use.store.load(SystemScope(), holder)
    return _Thread(id, consultation, case=consultation.case(id))


def _is_about_another(incoming: IncomingLetter, citizen: tuple[str, str] | None) -> bool:
    """A message that breaks its profile may name nobody; it is about another only where it says so."""
    if citizen is None:
        return False
    if incoming.fault:
        return names_another(incoming.about, citizen)
    return not is_about(incoming.about, citizen)


def _citizen(consultation: Consultation) -> tuple[str, str] | None:
    numbers = [case.citizen.identifier for case in consultation.cases if case.citizen.identifier is not None]
    return (numbers[0].system, numbers[0].value) if len(numbers) == 1 else None


def _note_incident(thread: _Thread, use: Correspondence) -> None:
    """On the consultation whose thread it came in, and about its citizen; nothing of the other one is kept."""
    now, peer, consultation = use.clock.now(), _peer(thread, use), thread.consultation
    row = AuditRow(now, peer, "", "write", INCIDENT, consultation.id, basis="", channel="medcom")
    change(
        use.store,
        SystemScope(),
        consultation.id,
        lambda c: c.noting("practice-message-refused" if thread.entry else "care-system-message-refused", now, peer),
        along=Along([row]),
    )


def _open_about(incoming: IncomingLetter, use: Correspondence) -> list[UUID]:
    """The newest open entry there that is about the same citizen; what nobody has open here, nobody would read."""
    waiting = use.store.at_clinic([Ydernummer.parse(incoming.practice)], use.clock.now())
    mine = [each for each in waiting if each.is_open and each.entry and use.connection in each.entry.connections]
    hers = [each for each in mine if _is_hers(incoming, each)]
    return [each.entry.id for each in hers[-1:] if each.entry is not None]


def _is_hers(incoming: IncomingLetter, consultation: Consultation) -> bool:
    citizen = _citizen(consultation)
    return citizen is not None and is_about(incoming.about, citizen)


def _peer(thread: _Thread, use: Correspondence) -> Actor:
    if thread.entry is None:
        return Actor(ActorKind.PEER, use.connection)
    return Actor(ActorKind.CLINIC, use.connection, "", PEER_ROLE)


def _keep(incoming: IncomingLetter, thread: _Thread, use: Correspondence) -> bool:
    """The attachments first: a text is shown with all of its own."""
    if not thread.is_open or not thread.is_from(incoming, use.connection):
        return False
    now = use.clock.now()
    letter = Letter(
        incoming.header, thread.id, LetterKind.WRITTEN, now, incoming.segment, incoming.content, sent_at=incoming.at
    )
    for each in incoming.enclosures:
        kept = replace(letter, id=each.id, kind=LetterKind.ENCLOSED, segment=each.id, content=each.content)
        use.letters.keep(use.connection, kept)
    if use.letters.keep(use.connection, letter):
        peer = _peer(thread, use)

        def noted(consultation: Consultation) -> Consultation:
            if thread.entry is not None:
                return consultation.noting("practice-wrote", now, peer, entry=str(thread.id))
            return replies.arrive(consultation, thread.id, now, peer)

        change(use.store, SystemScope(), thread.consultation.id, noted)
    return True
