"""The round: several citizens in one talk, each with a consent, a time and a note of her own (D2, D3, N18).

Whatever one of them answers concerns her alone: the others go on. Whom the talk is about is written with its time, and
nobody but that one is ever shown to the practice.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from uuid import UUID

from gateway.domain.consultation.aggregate import Consultation, Ending, Kind, Status
from gateway.domain.consultation.case import CitizenCase, Consent, ConsentAnswer
from gateway.domain.consultation.opening import REASON_LENGTH, require_capable
from gateway.domain.consultation.talking import without_consent
from gateway.domain.consultation.undoing import voided
from gateway.domain.errors import InvalidField, PracticeNotFound, TransitionRefused
from gateway.domain.identifiers import require_no_number
from gateway.domain.note.note import NoteStatus, NoteVersion
from gateway.domain.note.review import owe_refusal
from gateway.domain.people import Actor

GROWING = (Status.DRAFT, Status.PLANNED, Status.WAITING, Status.CALLING, Status.IN_CALL, Status.DECIDING)
OUT_REASONS = ("not-today", "wrong-citizen")


def is_growing(consultation: Consultation) -> bool:
    """Whether citizens can still be added."""
    return consultation.kind is Kind.ROUND and consultation.status in GROWING


def add_citizen(
    consultation: Consultation, case: CitizenCase, organisation: str, at: datetime, actor: Actor
) -> Consultation:
    """``case`` carries its reason and the consent just declared; the same record twice is one citizen.

    Who says no is in the round for the sake of the note alone: it is owed at once."""
    _require_growing(consultation, "add-citizen")
    if any(_same_record(case, known) and known.may_be_discussed for known in consultation.cases):
        return consultation
    if case.consent is None:
        raise InvalidField("consent.answer", "required")
    _require_fit(case)
    added = replace(consultation, cases=(*consultation.cases, case))
    if case.consent.answer is ConsentAnswer.REFUSED:
        return _refused(added, case, organisation, at, actor)
    told = added.noting("citizen-added", at, actor, case=str(case.id), answer=str(case.consent.answer))
    return _counted(told)


def _counted(consultation: Consultation) -> Consultation:
    """How many they are has changed, and the practice is told; who they are it learns one by one."""
    return consultation.telling_practice() if consultation.entry_open else consultation


def _require_fit(case: CitizenCase) -> None:
    """What the start page asks of a single consultation is asked of each citizen of a round."""
    assert case.consent is not None
    if case.consent.answer is ConsentAnswer.REFUSED:
        return
    if not case.consent.answer.allows_contact:
        raise InvalidField("consent.answer", "required")
    require_capable(case, case.consent)
    if case.finding is not None and not case.finding.may_start:
        raise PracticeNotFound(case.finding.reason)
    if len(case.reason.strip()) < REASON_LENGTH[0]:
        raise InvalidField("reason", "too-short")
    if len(case.reason.strip()) > REASON_LENGTH[1]:
        raise InvalidField("reason", "too-long")
    require_no_number("reason", case.reason)


def _same_record(one: CitizenCase, other: CitizenCase) -> bool:
    if one.record_ref:
        return (one.eoj_connection, one.record_ref) == (other.eoj_connection, other.record_ref)
    return one.citizen.identifier is not None and one.citizen.identifier == other.citizen.identifier


def leave_for_round(draft: Consultation, at: datetime, actor: Actor) -> Consultation:
    """The draft of its own that a launch had made: its citizen is in the round now, so it ends here."""
    if draft.status is not Status.DRAFT:
        raise TransitionRefused("leave-for-round", str(draft.status))
    closed = draft.moved("leave-for-round", Status.CLOSED, at, actor, ending=Ending.ABANDONED, reason="")
    return closed.noting("moved-to-round", at, actor)


def refuse(
    consultation: Consultation, case_id: UUID, consent: Consent, organisation: str, at: datetime, actor: Actor
) -> Consultation:
    """A citizen of the round says no before she has been discussed: never shown, the refusal filed, the rest go on."""
    _require_growing(consultation, "refuse")
    case = consultation.case(case_id)
    if case.consent is not None and case.consent.answer is ConsentAnswer.REFUSED:
        return consultation
    if case.discussed_from is not None or not case.may_be_discussed:
        raise TransitionRefused("refuse", str(consultation.status), "discussed")
    changed = replace(case, consents=(*case.consents, consent))
    return _refused(consultation.with_case(changed), changed, organisation, at, actor)


def _refused(
    consultation: Consultation, case: CitizenCase, organisation: str, at: datetime, actor: Actor
) -> Consultation:
    told = _counted(consultation).noting("citizen-refused", at, actor, case=str(case.id))
    return owe_refusal(told, case, organisation, at, actor)


def talk_about(consultation: Consultation, case_id: UUID, at: datetime, actor: Actor) -> Consultation:
    """ "Nu taler I om …": from now on both sides see this citizen, and nothing of the one before."""
    _require_talk(consultation, "talk-about")
    case = consultation.case(case_id)
    if case.is_discussed:
        return consultation
    if not case.may_be_discussed:
        raise TransitionRefused("talk-about", str(consultation.status), "no-consent")
    former_gone = talk_about_nobody(consultation, at, actor)
    pointed_at = replace(case, discussed_from=case.discussed_from or at, discussed_to=None)
    return former_gone.with_case(pointed_at).noting("discussed", at, actor, case=str(case.id))


def talk_about_nobody(consultation: Consultation, at: datetime, actor: Actor) -> Consultation:
    """Both screens are empty until the next citizen is pointed at."""
    _require_talk(consultation, "talk-about-nobody")
    case = consultation.discussed
    if case is None:
        return consultation
    stopped = consultation.with_case(replace(case, discussed_to=at))
    return stopped.noting("discussion-ended", at, actor, case=str(case.id))


def withdraw_consent(consultation: Consultation, at: datetime, actor: Actor) -> Consultation:
    """ "Borgeren ønsker ikke at fortsætte": she is wiped from both screens, the withdrawal noted, the others go on."""
    case = consultation.discussed
    if case is None:
        raise TransitionRefused("withdraw-consent", str(consultation.status), "nobody-discussed")
    stopped = talk_about_nobody(consultation, at, actor)
    withdrawn = without_consent(stopped.case(case.id), at, actor)
    return stopped.with_case(withdrawn).noting("consent-withdrawn", at, actor, case=str(case.id))


def take_out(consultation: Consultation, case_id: UUID, reason: str, at: datetime, actor: Actor) -> Consultation:
    """Out of the round without a note: there is no time, or the wrong record was open (then also after a word was
    said; that the practice had seen her is the tenant's to report)."""
    if reason not in OUT_REASONS:
        raise InvalidField("reason", "unknown")
    _require_growing(consultation, "take-out")
    case = consultation.case(case_id)
    if case.taken_out:
        return consultation
    if reason != "wrong-citizen" and (case.discussed_from is not None or case.notes):
        raise TransitionRefused("take-out", str(consultation.status), "discussed")
    stopped = replace(case, discussed_to=at) if case.is_discussed else case
    notes = voided(case).notes or (NoteVersion(1, NoteStatus.VOID, at),)
    out = consultation.with_case(replace(stopped, reason="", notes=notes))
    return _counted(out).noting("citizen-taken-out", at, actor, case=str(case.id), reason=reason)


def include(consultation: Consultation, case_id: UUID, at: datetime, actor: Actor) -> Consultation:
    """ "Vi talte også om …", said in review: nobody had pressed the button, but the note is owed all the same."""
    _require_review(consultation, "include")
    case = consultation.case(case_id)
    if case.notes or not case.may_be_discussed:
        return consultation
    drafted = replace(case, notes=(NoteVersion(1, NoteStatus.DRAFT, at),))
    return consultation.with_case(drafted).noting("discussed-too", at, actor, case=str(case.id))


def leave_out(consultation: Consultation, case_id: UUID, at: datetime, actor: Actor) -> Consultation:
    """ "Vi talte ikke om …", said in review after a talk on the telephone: no note claims that they did."""
    _require_review(consultation, "leave-out")
    case = consultation.case(case_id)
    if case.discussed_from is not None or not _only_draft(case):
        raise TransitionRefused("leave-out", str(consultation.status), "discussed")
    void = NoteVersion(1, NoteStatus.VOID, at)
    out = consultation.with_case(replace(case, reason="", notes=(void,)))
    return out.noting("citizen-taken-out", at, actor, case=str(case.id), reason="not-discussed")


def finish(consultation: Consultation, at: datetime, actor: Actor) -> Consultation:
    """Nothing is left to write: the round is over before its time of review is."""
    if consultation.status is Status.CLOSED:
        return consultation
    _require_review(consultation, "finish")
    if any(_only_draft(case) for case in consultation.cases):
        raise TransitionRefused("finish", str(consultation.status), "notes-to-write")
    return consultation.moved("finish", Status.CLOSED, at, actor).noting("closed", at, actor)


def _only_draft(case: CitizenCase) -> bool:
    return len(case.notes) == 1 and case.notes[0].status is NoteStatus.DRAFT


def _require_growing(consultation: Consultation, verb: str) -> None:
    if not is_growing(consultation):
        raise TransitionRefused(verb, str(consultation.status), "no-round")


def _require_talk(consultation: Consultation, verb: str) -> None:
    if consultation.kind is not Kind.ROUND or consultation.status is not Status.IN_CALL:
        raise TransitionRefused(verb, str(consultation.status), "no-talk")


def _require_review(consultation: Consultation, verb: str) -> None:
    if consultation.kind is not Kind.ROUND or consultation.status is not Status.REVIEW:
        raise TransitionRefused(verb, str(consultation.status), "no-review")
