"""The note after the talk: saved as typed, approved by the employee, or sent by the clock (services/clocks)."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from uuid import UUID

from gateway.domain.consultation import undoing
from gateway.domain.consultation.aggregate import Consultation
from gateway.domain.note import review
from gateway.domain.note.note import Author, NoteStatus
from gateway.domain.note.rules import NoteRules
from gateway.domain.people import Actor
from gateway.domain.records import AuditRow
from gateway.domain.scope import Scope
from gateway.ports.base import Clock
from gateway.ports.rows import ConsultationStore
from gateway.services.changing import change


def keep_text(
    scope: Scope, id: UUID, case_id: UUID, text: str, actor: Actor, *, store: ConsultationStore, clock: Clock
) -> Consultation:
    """Save the employee's field as it is typed (U07)."""
    author = Author(actor.name, actor.role, clock.now())
    return change(store, scope, id, lambda c: review.write_text(c, case_id, text, author))


def name_afterwards(
    scope: Scope, id: UUID, clinician: str, organisation: str, actor: Actor, *, store: ConsultationStore, clock: Clock
) -> Consultation:
    """The name that was missing when the note went by itself: a new version replaces it."""
    now = clock.now()
    return change(store, scope, id, lambda c: review.name_afterwards(c, clinician, organisation, now, actor))


def keep_writing(scope: Scope, id: UUID, rules: NoteRules, *, store: ConsultationStore, clock: Clock) -> Consultation:
    now = clock.now()
    return change(store, scope, id, lambda c: review.keep_writing(c, now, rules))


def put_by_hand(
    scope: Scope, id: UUID, case_id: UUID, actor: Actor, *, store: ConsultationStore, clock: Clock
) -> Consultation:
    """ "Jeg har sat det i journalen": what could not be sent stands there by her own hand (N19); or the wrong
    citizen's record is rid of its note again."""
    now = clock.now()

    def seen_to(consultation: Consultation) -> Consultation:
        note = consultation.case(case_id).current_note
        if note is not None and note.status in (NoteStatus.RETRACT, NoteStatus.VOID):
            return undoing.confirm_retracted(consultation, case_id, now, actor)
        return undoing.written_by_hand(consultation, case_id, now, actor)

    return change(store, scope, id, seen_to)


def approve(
    scope: Scope,
    id: UUID,
    case_id: UUID,
    text: str,
    organisation: str,
    actor: Actor,
    *,
    store: ConsultationStore,
    clock: Clock,
    audit: Sequence[AuditRow] = (),
) -> Consultation:
    """Approved and owed to the record in one transaction; a second click changes nothing."""
    now = clock.now()
    return change(store, scope, id, lambda c: review.approve(c, case_id, text, organisation, now, actor), audit=audit)


def approve_some(
    scope: Scope,
    id: UUID,
    texts: Mapping[UUID, str],
    chosen: Collection[UUID],
    organisation: str,
    actor: Actor,
    *,
    store: ConsultationStore,
    clock: Clock,
    audit: Sequence[AuditRow] = (),
) -> Consultation:
    """Several citizens' notes on one page: every text is kept, the chosen ones approved, all in one transaction."""
    now = clock.now()

    def approved(consultation: Consultation) -> Consultation:
        changed = consultation
        for case in (c for c in consultation.cases if c.id in texts and c.current_note is not None):
            if case.current_note is not None and case.current_note.status is NoteStatus.DRAFT:
                changed = review.write_text(changed, case.id, texts[case.id])
        for case_id in chosen:
            kept = changed.case(case_id).current_note
            text = kept.employee_text if kept else ""
            changed = review.approve(changed, case_id, text, organisation, now, actor)
        return changed

    return change(store, scope, id, approved, audit=audit)


def add_clinic_text(
    scope: Scope, id: UUID, case_id: UUID, text: str, actor: Actor, *, store: ConsultationStore, clock: Clock
) -> Consultation:
    now = clock.now()
    return change(store, scope, id, lambda c: review.add_clinic_text(c, case_id, text, now, actor))
