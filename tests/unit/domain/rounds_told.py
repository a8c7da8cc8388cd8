"""Rounds of two citizens in every state, and every verb of a round, told by the domain's own verbs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

from gateway.domain.consultation import queueing, ringing, rounds, talking
from gateway.domain.consultation.aggregate import Consultation, Kind, Status
from gateway.domain.consultation.case import CitizenCase, ConsentAnswer
from gateway.domain.consultation.queue_entry import RejectReason
from gateway.domain.people import SYSTEM, Actor
from tests.support.consultations import DOCTOR, NOW, NURSE, case, draft, placed
from tests.unit.domain.stories import LATER, ORGANISATION, Verb, consent, fresh


def newcomer(number: int = 2) -> CitizenCase:
    return replace(case(number), reason=f"Kun om nummer {number}: sår på benet")


def opened() -> Consultation:
    """``draft`` makes a round of several citizens; one of a single citizen is told so."""
    return fresh(replace(draft(cases=[newcomer(0), newcomer(1)]), kind=Kind.ROUND))


def planned() -> Consultation:
    return fresh(placed(replace(opened(), agreed_at=NOW + timedelta(hours=3))))


def received() -> Consultation:
    waits = placed(opened())
    return fresh(queueing.receive(waits, waits.entries[-1].id, NOW, DOCTOR))


def calling() -> Consultation:
    return fresh(ringing.accept(received(), NOW, DOCTOR, DOCTOR.name))


def in_call() -> Consultation:
    talk = ringing.start_talk(ringing.answer(calling(), NOW, NURSE), NOW, SYSTEM)
    return fresh(rounds.talk_about(talk, talk.cases[0].id, NOW, NURSE))


def in_review() -> Consultation:
    return fresh(talking.hang_up(in_call(), LATER, NURSE))


def rejected() -> Consultation:
    return fresh(queueing.reject(received(), RejectReason.NOT_TODAY, "", LATER, DOCTOR))


def closed() -> Consultation:
    return fresh(queueing.withdraw(received(), "solved", LATER, NURSE))


ROUND_IN: dict[Status, Callable[[], Consultation]] = {
    Status.DRAFT: opened,
    Status.PLANNED: planned,
    Status.WAITING: received,
    Status.CALLING: calling,
    Status.IN_CALL: in_call,
    Status.REVIEW: in_review,
    Status.DECIDING: rejected,
    Status.CLOSED: closed,
}


def _refuse(round_: Consultation, at: datetime, actor: Actor) -> Consultation:
    no = consent(ConsentAnswer.REFUSED, at)
    return rounds.refuse(round_, round_.cases[-1].id, no, ORGANISATION, at, actor)


ROUND_VERBS: dict[str, Verb] = {
    "add-citizen": lambda c, at, by: rounds.add_citizen(c, newcomer(), ORGANISATION, at, by),
    "refuse": _refuse,
    "talk-about": lambda c, at, by: rounds.talk_about(c, c.cases[1].id, at, by),
    "talk-about-nobody": lambda c, at, by: rounds.talk_about_nobody(c, at, by),
    "withdraw-consent": lambda c, at, by: rounds.withdraw_consent(c, at, by),
    "take-out": lambda c, at, by: rounds.take_out(c, c.cases[1].id, "not-today", at, by),
    "include": lambda c, at, by: rounds.include(c, c.cases[1].id, at, by),
    "leave-out": lambda c, at, by: rounds.leave_out(c, c.cases[1].id, at, by),
    "finish": lambda c, at, by: rounds.finish(c, at, by),
    "leave-for-round": lambda c, at, by: rounds.leave_for_round(c, at, by),
}
