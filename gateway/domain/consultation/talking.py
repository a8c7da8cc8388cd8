"""The talk and its ends: hung up, broken off, continued by phone (D11)."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from gateway.domain.consultation.aggregate import Consultation, Ending, Kind, Status
from gateway.domain.consultation.case import CitizenCase, Consent, ConsentAnswer
from gateway.domain.consultation.queue_entry import EntryStatus
from gateway.domain.errors import InvalidField, TransitionRefused
from gateway.domain.note.note import NoteStatus, NoteVersion
from gateway.domain.people import Actor

REVIEW = timedelta(minutes=15)
BROKEN_OFF_CAUSES = ("technical", "citizen-wish", "acute")


def hang_up(consultation: Consultation, at: datetime, actor: Actor, review: timedelta = REVIEW) -> Consultation:
    """The talk was held: the entry is completed and a note per citizen is owed for review."""
    if consultation.status in (Status.REVIEW, Status.CLOSED):
        return consultation
    if consultation.status is not Status.IN_CALL:
        raise TransitionRefused("hang-up", str(consultation.status), "no-talk")
    completed = consultation.ended_entry(EntryStatus.COMPLETED, at)
    return _to_review(completed, Ending.HELD_ON_VIDEO, at, actor, review).noting("call-ended", at, actor)


def break_off(
    consultation: Consultation, cause: str, at: datetime, actor: Actor, review: timedelta = REVIEW
) -> Consultation:
    """Ended before it was done: technical, by the citizen's wish, or because it became acute."""
    if cause not in BROKEN_OFF_CAUSES:
        raise InvalidField("cause", "unknown")
    if consultation.ending is Ending.BROKEN_OFF:
        return consultation
    if consultation.status is not Status.IN_CALL:
        raise TransitionRefused("break-off", str(consultation.status), "no-talk")
    completed = replace(
        consultation.ended_entry(EntryStatus.COMPLETED, at, cause),
        technical_failure=cause if cause == "technical" else "",
    )
    if cause == "citizen-wish":
        completed = _withdraw_consent(completed, at, actor)
    return _to_review(completed, Ending.BROKEN_OFF, at, actor, review).noting("broken-off", at, actor, cause=cause)


def held_by_phone(
    consultation: Consultation, clinician: str, at: datetime, actor: Actor, review: timedelta = REVIEW
) -> Consultation:
    """ "Fortsæt på telefon" was carried through: same note, modality phone; the practice's entry is closed."""
    if not clinician.strip():
        raise InvalidField("clinician", "required")
    if consultation.ending is Ending.HELD_BY_PHONE:
        return consultation
    if consultation.status in (Status.DRAFT, Status.CLOSED) or _sent(consultation):
        raise TransitionRefused("hold-by-phone", str(consultation.status), "no-talk")
    changed = consultation
    if changed.entry_open:
        in_talk = changed.status is Status.IN_CALL
        ended = EntryStatus.COMPLETED if in_talk else EntryStatus.WITHDRAWN
        changed = changed.ended_entry(ended, at, "continued-by-phone")
    if changed.entries:
        named = replace(changed.entries[-1], clinician=clinician.strip())
        changed = replace(changed, entries=(*changed.entries[:-1], named))
    moved = _to_review(changed, Ending.HELD_BY_PHONE, at, actor, review)
    return moved.noting("held-by-phone", at, actor)


def _sent(consultation: Consultation) -> bool:
    """A note that has gone says how the talk was held; that is not taken back."""
    return any(case.current_note is not None and case.current_note.is_finished for case in consultation.cases)


def phone_unreached(consultation: Consultation, at: datetime, actor: Actor, review: timedelta = REVIEW) -> Consultation:
    """ "Nej, vi fik ikke fat i dem": the attempt stands on the timeline and the place is kept. A talk that was left for
    the telephone is broken off by the technique."""
    if consultation.status is Status.IN_CALL:
        return break_off(consultation, "technical", at, actor, review).noting("phone-unreached", at, actor)
    if consultation.status in (Status.DRAFT, Status.REVIEW, Status.CLOSED):
        raise TransitionRefused("phone-unreached", str(consultation.status), "no-talk")
    return consultation.noting("phone-unreached", at, actor)


def _withdraw_consent(consultation: Consultation, at: datetime, actor: Actor) -> Consultation:
    changed = consultation
    for case in consultation.cases:
        if case.consent is not None:
            changed = changed.with_case(without_consent(case, at, actor))
    return changed


def without_consent(case: CitizenCase, at: datetime, actor: Actor) -> CitizenCase:
    """The consent is withdrawn; under which wording it had been given still stands."""
    wording = case.consent.wording_version if case.consent else ""
    withdrawn = Consent(ConsentAnswer.WITHDRAWN, actor.name, actor.id, at, wording)
    return replace(case, consents=(*case.consents, withdrawn))


def _to_review(
    consultation: Consultation, ending: Ending, at: datetime, actor: Actor, review: timedelta
) -> Consultation:
    """Review where a note is owed; a talk without citizens (general advice) is simply closed."""
    modality = "phone" if ending is Ending.HELD_BY_PHONE else consultation.modality or "video"
    people = tuple(replace(p, ended=p.ended or (at if p.started else None)) for p in consultation.participants)
    changed = replace(consultation, participants=people)
    if not changed.cases:
        return changed.moved("end", Status.CLOSED, at, actor, ending=ending, modality=modality)
    cases = tuple(_ended(changed.kind, case, ending, at) for case in changed.cases)
    return replace(changed, cases=cases).moved(
        "end", Status.REVIEW, at, actor, ending=ending, modality=modality, review_until=at + review
    )


def _ended(kind: Kind, case: CitizenCase, ending: Ending, at: datetime) -> CitizenCase:
    """With a note to review. In a round only for whom the talk was about: on the telephone nobody was pointed at, so
    it is all who had consented, until the employee says otherwise."""
    if kind is not Kind.ROUND:
        return _with_draft(case, at)
    stopped = replace(case, discussed_to=at) if case.is_discussed else case
    by_phone = ending is Ending.HELD_BY_PHONE and case.may_be_discussed
    return _with_draft(stopped, at) if by_phone or case.discussed_from is not None else stopped


def _with_draft(case: CitizenCase, at: datetime) -> CitizenCase:
    if case.notes:
        return case
    return replace(case, notes=(NoteVersion(1, NoteStatus.DRAFT, at),))
