"""A round from the page: grown from the records of those it is about."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from uuid import UUID

from gateway.domain.consultation import rounds
from gateway.domain.consultation.aggregate import Consultation, Status
from gateway.domain.consultation.case import CitizenCase, Consent
from gateway.domain.errors import NotFound, TransitionRefused
from gateway.domain.records import AuditRow
from gateway.domain.scope import Scope
from gateway.services.act import Acting, perform


@dataclass(frozen=True, slots=True)
class Joining:
    """What the employee says about one citizen as she adds her: the answer, and what it is about."""

    consent: Consent = field(repr=False)
    reason: str = field(default="", repr=False)


def add_from_draft(
    scope: Scope,
    round_: Consultation,
    draft: Consultation,
    by: Acting[Joining],
    audit: Callable[[UUID], Sequence[AuditRow]],
) -> Consultation:
    """The citizen of a launch's draft goes into the round, then the draft ends. Whoever is interrupted between the two
    presses again: the same record twice is one citizen. ``audit`` makes the rows about the case of that id."""
    case = _joining_case(draft, by.form, by.new)

    def joined(consultation: Consultation, by: Acting[Joining]) -> Consultation:
        return rounds.add_citizen(consultation, case, by.organisation(consultation).name, *by.stamp)

    grown = perform(joined, scope, round_, by, audit=audit(case.id))
    perform(lambda c, by: rounds.leave_for_round(c, *by.stamp), scope, draft, by)
    return grown


def _joining_case(draft: Consultation, joining: Joining, id: UUID) -> CitizenCase:
    if draft.status is not Status.DRAFT:
        raise TransitionRefused("add-citizen", str(draft.status), "no-draft")
    if draft.sole_case is None:
        raise NotFound("case")
    return replace(draft.sole_case, id=id, consents=(joining.consent,), reason=joining.reason.strip())
