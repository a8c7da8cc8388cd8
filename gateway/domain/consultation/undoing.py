"""What is taken back, and what a person did instead of us: the wrong citizen, a note written by hand (D11, D12)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from gateway.domain.consultation.aggregate import Consultation, Ending, Status
from gateway.domain.consultation.case import CitizenCase
from gateway.domain.consultation.events import Debt, DebtKind
from gateway.domain.consultation.queue_entry import EntryStatus, QueueEntry
from gateway.domain.errors import TransitionRefused
from gateway.domain.note.note import NoteStatus, NoteVersion
from gateway.domain.people import Actor

REASON = "wrong-citizen"


def wrong_citizen(consultation: Consultation, at: datetime, actor: Actor) -> Consultation:
    """The wrong record was open, whenever it is found out: text erased here and at every practice that had it, no
    note. A note that has gone is owed a retraction. The breach row is the store's, where an entry had been seen."""
    if consultation.ending is Ending.WRONG_CITIZEN:
        return consultation
    if consultation.ending is Ending.ABANDONED:
        raise TransitionRefused("wrong-citizen", str(consultation.status), "ended")
    unsaid = tuple(replace(remark, text="") for remark in consultation.remarks)
    changed = replace(consultation, reason="", remarks=unsaid, cases=tuple(voided(case) for case in consultation.cases))
    if changed.entry_open:
        changed = changed.ended_entry(EntryStatus.WITHDRAWN, at, REASON)
    changed = _note_erased_at_practices(_erased_at_practices(changed), at, actor)
    if changed.status is Status.CLOSED:
        changed = replace(changed, ending=Ending.WRONG_CITIZEN)
    else:
        changed = changed.moved("wrong-citizen", Status.CLOSED, at, actor, ending=Ending.WRONG_CITIZEN)
    return changed.noting("withdrawn", at, actor, reason=REASON)


def voided(case: CitizenCase) -> CitizenCase:
    return replace(case, notes=tuple(_void(note, last=note is case.current_note) for note in case.notes))


def _void(note: NoteVersion, *, last: bool) -> NoteVersion:
    status = NoteStatus.RETRACT if last and note.is_owed else NoteStatus.VOID
    return replace(
        note,
        status=status,
        employee_text="",
        clinic_text="",
        facts=None,
        employee_author=None,
        clinic_author=None,
    )


def _erased_at_practices(consultation: Consultation) -> Consultation:
    """Each practice that was ever asked has the text and the citizen: its copy is emptied, not only the last one's."""
    updated = {(debt.subject, debt.version) for debt in consultation.debts}
    changed, entries = consultation, []
    for entry in consultation.entries:
        if (entry.id, entry.revision) not in updated:
            entry = replace(entry, revision=entry.revision + 1)
            changed = changed.owing(_updates(entry))
        entries.append(replace(entry, ended_text=""))
    return replace(changed, entries=tuple(entries))


def _note_erased_at_practices(consultation: Consultation, at: datetime, actor: Actor) -> Consultation:
    """The former practices' pages, and systems that fetch, learn it by an event of their own."""
    last = consultation.entry
    former = dict.fromkeys(
        e.ydernummer for e in consultation.entries if last is None or e.ydernummer != last.ydernummer
    )
    for ydernummer in former:
        consultation = consultation.noting_there(ydernummer, "erased-at-practice", at, actor)
    return consultation


def _updates(entry: QueueEntry) -> list[Debt]:
    return [Debt(DebtKind.ENTRY_UPDATE, each, entry.id, entry.revision) for each in entry.connections]


def confirm_retracted(consultation: Consultation, case_id: UUID, at: datetime, actor: Actor) -> Consultation:
    """A person has seen to it that the wrong citizen's record no longer holds the note."""
    return _settled(consultation, case_id, RETRACTED, at, actor)


def written_by_hand(consultation: Consultation, case_id: UUID, at: datetime, actor: Actor) -> Consultation:
    """ "Jeg har skrevet det selv": the note stands in the record by a person's hand, so we stop trying."""
    return _settled(consultation, case_id, WRITTEN_BY_HAND, at, actor)


@dataclass(frozen=True, slots=True)
class _Settlement:
    """How a person ends our debt of a note: from which statuses to which, and the event that says so."""

    verb: str
    before: tuple[NoteStatus, ...]
    after: NoteStatus
    event: str


RETRACTED = _Settlement("retract", (NoteStatus.RETRACT,), NoteStatus.VOID, "note-retracted")
WRITTEN_BY_HAND = _Settlement(
    "write-by-hand", (NoteStatus.APPROVED, NoteStatus.UNREVIEWED), NoteStatus.BY_HAND, "note-written-by-hand"
)


def _settled(
    consultation: Consultation, case_id: UUID, settlement: _Settlement, at: datetime, actor: Actor
) -> Consultation:
    case = consultation.case(case_id)
    note = case.current_note
    if note is not None and note.status is settlement.after:
        return consultation
    if note is None or note.status not in settlement.before:
        raise TransitionRefused(settlement.verb, str(note.status if note else consultation.status))
    settled = replace(case, notes=(*case.notes[:-1], replace(note, status=settlement.after)))
    return consultation.with_case(settled).noting(settlement.event, at, actor, case=str(case.id))
