"""Stills for the note: only where the citizen consents, taken by the employee during the talk, chosen by her when she
approves the note. ``held`` says which pictures may be kept at all; the store drops every other one with the commit."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from gateway.domain.consultation.aggregate import Consultation, Status
from gateway.domain.consultation.case import CitizenCase
from gateway.domain.errors import InvalidField, NotFound, TransitionRefused
from gateway.domain.note.note import NoteStatus
from gateway.domain.note.still import MOST_STILLS, Still, StillRefusal, StillsConsent
from gateway.domain.people import Actor

_WRITING = (Status.IN_CALL, Status.REVIEW)


def pictured_case(consultation: Consultation) -> CitizenCase | None:
    """The one citizen a picture could be taken of: known by a record to file it in, with the employee at the camera.
    None in a round, in general advice, and where the citizen holds the device."""
    case = consultation.sole_case
    if case is None or not case.can_be_filed or consultation.is_rehearsal:
        return None
    with_her = consultation.form.employee_takes_part and not consultation.with_citizen
    return case if with_her else None


def ask(consultation: Consultation, at: datetime, actor: Actor) -> Consultation:
    """The doctor would like a picture; the employee asks the citizen. Again before one is taken is a no-op."""
    case = _pictured(consultation, "ask-still", (Status.IN_CALL,))
    if case.stills_asked_at is not None:
        return consultation
    return consultation.with_case(replace(case, stills_asked_at=at)).noting("still-asked", at, actor)


def allow(consultation: Consultation, words: str, at: datetime, actor: Actor) -> Consultation:
    """The citizen has said yes, as the employee declares; again is a no-op."""
    case = _pictured(consultation, "allow-stills", (Status.IN_CALL,))
    if case.stills_consent is not None:
        return consultation
    consent = StillsConsent(actor.name, actor.id, at, words)
    return consultation.with_case(replace(case, stills_consent=consent)).noting("stills-allowed", at, actor)


def take(consultation: Consultation, still: Still, at: datetime, actor: Actor) -> Consultation:
    case = _pictured(consultation, "take-still", (Status.IN_CALL,))
    if case.stills_consent is None:
        raise TransitionRefused("take-still", str(consultation.status), "no-consent")
    if len(case.stills) >= MOST_STILLS:
        raise InvalidField("still", "too-many")
    changed = replace(case, stills=(*case.stills, still), stills_asked_at=None)
    return consultation.with_case(changed).noting("still-taken", at, actor)


def remove(consultation: Consultation, id: UUID, at: datetime, actor: Actor) -> Consultation:
    case = _pictured(consultation, "remove-still", _WRITING)
    if all(still.id != id for still in case.stills):
        raise NotFound("still")
    left = tuple(still for still in case.stills if still.id != id)
    return consultation.with_case(replace(case, stills=left)).noting("still-removed", at, actor)


def withdraw(consultation: Consultation, at: datetime, actor: Actor) -> Consultation:
    """The citizen takes her consent back: every picture that is not in the record yet is gone with this."""
    case = consultation.sole_case
    if case is None:
        raise NotFound("case")
    if case.stills_consent is None:
        return consultation
    left = tuple(still for still in case.stills if still.filed_at is not None)
    if left and len(left) == len(case.stills):
        raise TransitionRefused("withdraw-stills", str(consultation.status), "filed")
    changed = replace(case, stills_consent=None, stills=left, stills_asked_at=None)
    return consultation.with_case(changed).noting("stills-withdrawn", at, actor)


def attach(consultation: Consultation, case_id: UUID, chosen: Collection[UUID]) -> Consultation:
    """Those that go with the note that is being approved; the others are dropped."""
    case = consultation.case(case_id)
    note = case.current_note
    if not case.stills or (note is not None and note.is_finished):
        return consultation
    kept = tuple(replace(still, attached=True) for still in case.stills if still.id in chosen)
    return consultation.with_case(replace(case, stills=kept))


def filed(consultation: Consultation, case_id: UUID, ids: Collection[UUID], at: datetime, actor: Actor) -> Consultation:
    """These stand in the record. One that was withdrawn while it was on its way has to be taken out there by hand, and
    the timeline says so."""
    case = consultation.case(case_id)
    now = tuple(replace(still, filed_at=at, refused=None) if still.id in ids else still for still in case.stills)
    changed = consultation.with_case(replace(case, stills=now))
    if set(ids) <= {still.id for still in case.stills}:
        return changed
    return changed.noting("still-filed-though-withdrawn", at, actor, case=str(case_id))


def refuse(
    consultation: Consultation, case_id: UUID, ids: Collection[UUID], why: StillRefusal, at: datetime, actor: Actor
) -> Consultation:
    """The record has the note and did not take these: they are kept until a person has decided."""
    case = consultation.case(case_id)
    now = tuple(replace(still, refused=why) if still.id in ids else still for still in case.stills)
    return consultation.with_case(replace(case, stills=now)).noting("still-refused", at, actor, case=str(case_id))


def send_again(consultation: Consultation, at: datetime, actor: Actor) -> Consultation:
    """Those that were refused go to the record once more."""
    case = _sent_case(consultation, "send-stills-again")
    now = tuple(replace(still, refused=None) for still in case.stills)
    return consultation.with_case(replace(case, stills=now)).noting("stills-sent-again", at, actor)


def leave_out(consultation: Consultation, at: datetime, actor: Actor) -> Consultation:
    """The note stands without those that are not in the record: their pictures are gone with this."""
    case = _sent_case(consultation, "leave-stills-out")
    left = tuple(still for still in case.stills if still.filed_at is not None)
    return consultation.with_case(replace(case, stills=left)).noting("stills-left-out", at, actor)


def _sent_case(consultation: Consultation, verb: str) -> CitizenCase:
    """Before the note is approved a picture is removed, not left out of it."""
    case = consultation.sole_case
    note = case.current_note if case else None
    if case is None or note is None or note.status is NoteStatus.DRAFT or not note.is_owed:
        raise TransitionRefused(verb, str(note.status if note else consultation.status))
    return case


def held(consultation: Consultation) -> frozenset[UUID]:
    """The stills whose pictures may be kept: until the note is approved those that were taken, then those that go with
    it until they are filed. None once consent is withdrawn, or the note goes by itself, by hand or not at all."""
    found = ((case, still) for case in consultation.cases for still in case.stills)
    return frozenset(still.id for case, still in found if _is_held(consultation, case, still))


def _is_held(consultation: Consultation, case: CitizenCase, still: Still) -> bool:
    if case.stills_consent is None or still.filed_at is not None:
        return False
    note = case.current_note
    if note is None or note.status is NoteStatus.DRAFT:
        return consultation.status in _WRITING
    return note.is_owed and still.attached


def _pictured(consultation: Consultation, verb: str, statuses: Collection[Status]) -> CitizenCase:
    case = pictured_case(consultation)
    if case is None or consultation.status not in statuses:
        raise TransitionRefused(verb, str(consultation.status))
    return case
