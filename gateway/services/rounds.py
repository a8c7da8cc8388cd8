"""A round from the page: opened by practice and agreement, grown from the records, led through citizen by citizen."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from uuid import UUID

from gateway.domain.consultation import rounds
from gateway.domain.consultation.aggregate import Consultation, Status
from gateway.domain.consultation.case import CitizenCase, Consent
from gateway.domain.errors import NotFound, TransitionRefused
from gateway.domain.people import Actor
from gateway.domain.records import AuditRow
from gateway.domain.scope import Scope
from gateway.ports.base import Clock, Ids
from gateway.ports.rows import ConsultationStore
from gateway.services.changing import change


@dataclass(frozen=True, slots=True)
class Joining:
    """What the employee says about one citizen as she adds her: the answer, and what it is about."""

    consent: Consent = field(repr=False)
    reason: str = field(default="", repr=False)


def add_from_draft(
    scope: Scope,
    round_id: UUID,
    draft_id: UUID,
    joining: Joining,
    organisation: str,
    actor: Actor,
    *,
    store: ConsultationStore,
    clock: Clock,
    ids: Ids,
    audit: Callable[[UUID], Sequence[AuditRow]],
) -> Consultation:
    """The citizen of a launch's draft goes into the round, then the draft ends. Whoever is interrupted between the two
    presses again: the same record twice is one citizen. ``audit`` makes the rows about the case of that id."""
    draft = store.load(scope, draft_id)
    case = _joining_case(draft, joining, ids.new())
    now = clock.now()
    grown = change(
        store,
        scope,
        round_id,
        lambda c: rounds.add_citizen(c, case, organisation, now, actor),
        audit=audit(case.id),
    )
    change(store, scope, draft_id, lambda c: rounds.leave_for_round(c, now, actor))
    return grown


def _joining_case(draft: Consultation, joining: Joining, id: UUID) -> CitizenCase:
    if draft.status is not Status.DRAFT:
        raise TransitionRefused("add-citizen", str(draft.status), "no-draft")
    if draft.sole_case is None:
        raise NotFound("case")
    return replace(draft.sole_case, id=id, consents=(joining.consent,), reason=joining.reason.strip())


def refuse(
    scope: Scope,
    id: UUID,
    case_id: UUID,
    consent: Consent,
    organisation: str,
    actor: Actor,
    *,
    store: ConsultationStore,
    audit: Sequence[AuditRow] = (),
) -> Consultation:
    at = consent.declared_at
    return change(store, scope, id, lambda c: rounds.refuse(c, case_id, consent, organisation, at, actor), audit=audit)


def talk_about(
    scope: Scope,
    id: UUID,
    case_id: UUID | None,
    actor: Actor,
    *,
    store: ConsultationStore,
    clock: Clock,
    audit: Sequence[AuditRow] = (),
) -> Consultation:
    """This citizen from now on, or (None) nobody in particular: both screens are emptied."""
    now = clock.now()

    def pointed(consultation: Consultation) -> Consultation:
        if case_id is None:
            return rounds.talk_about_nobody(consultation, now, actor)
        return rounds.talk_about(consultation, case_id, now, actor)

    return change(store, scope, id, pointed, audit=audit)


def withdraw_consent(
    scope: Scope, id: UUID, actor: Actor, *, store: ConsultationStore, clock: Clock, audit: Sequence[AuditRow] = ()
) -> Consultation:
    now = clock.now()
    return change(store, scope, id, lambda c: rounds.withdraw_consent(c, now, actor), audit=audit)


def take_out(
    scope: Scope,
    id: UUID,
    case_id: UUID,
    reason: str,
    actor: Actor,
    *,
    store: ConsultationStore,
    clock: Clock,
    audit: Sequence[AuditRow] = (),
) -> Consultation:
    now = clock.now()
    return change(store, scope, id, lambda c: rounds.take_out(c, case_id, reason, now, actor), audit=audit)


def settle_discussed(
    scope: Scope, id: UUID, case_id: UUID, discussed: bool, actor: Actor, *, store: ConsultationStore, clock: Clock
) -> Consultation:
    """In review: "Vi talte også om …", or that they did not."""
    now = clock.now()
    verb = rounds.include if discussed else rounds.leave_out
    return change(store, scope, id, lambda c: verb(c, case_id, now, actor))


def finish(scope: Scope, id: UUID, actor: Actor, *, store: ConsultationStore, clock: Clock) -> Consultation:
    now = clock.now()
    return change(store, scope, id, lambda c: rounds.finish(c, now, actor))
