"""A clock on every state (D20): when it runs out, and what happens then. Virtual in tests, the row's in production."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, time, timedelta

from gateway.domain.consultation import opening, queueing, rehearsal_script, ringing, talking
from gateway.domain.consultation.aggregate import Consultation, Status
from gateway.domain.consultation.queue_entry import EARLY
from gateway.domain.note import review
from gateway.domain.note.rules import STANDARD, NoteRules
from gateway.domain.people import Actor
from gateway.domain.practice import COPENHAGEN

DRAFT = timedelta(hours=2)
NOT_RECEIVED = timedelta(seconds=13)  # the promise is 15 to the page: a sweep and a push are still to come
NOT_SEEN = timedelta(minutes=5)
WAITING = timedelta(hours=4)
AGREED_PASSED = timedelta(minutes=5)
AFTER_CLOSING = timedelta(minutes=15)
EMPTY_CALL = timedelta(minutes=5)
LONGEST_CALL = timedelta(hours=4)


def next_midnight(now: datetime) -> datetime:
    """The coming local midnight: days of 23 and 25 hours included."""
    local = now.astimezone(COPENHAGEN)
    return datetime.combine(local.date() + timedelta(days=1), time(0), COPENHAGEN)


def waiting_ends(now: datetime, agreed_at: datetime | None, closes_at: datetime | None) -> datetime:
    """When a waiting entry expires: agreed time + 60 min, or 4 h, 15 min after closing, and never past midnight.

    An agreed time is honoured although the queue is closed, so closing does not end it.
    """
    if agreed_at is not None:
        base = max(agreed_at, now)
        return min(base + queueing.PAST_AGREED, next_midnight(base))
    ends = min(now + WAITING, next_midnight(now))
    return min(ends, closes_at + AFTER_CLOSING) if closes_at else ends


def deadline(consultation: Consultation) -> datetime | None:
    """The next moment something must happen by itself; None only when closed."""
    entry = consultation.entry
    match consultation.status:
        case Status.DRAFT:
            return consultation.created_at + DRAFT
        case Status.PLANNED:
            return (consultation.agreed_at or consultation.created_at) - EARLY
        case Status.WAITING if entry is not None:
            return min([entry.expires_at, *(at for at, _ in (*_notices(consultation), *_script(consultation)))])
        case Status.CALLING if entry is not None:
            return entry.ring_until
        case Status.IN_CALL if entry is not None:
            return (entry.started_at or entry.requested_at) + LONGEST_CALL
        case Status.REVIEW:
            return consultation.review_until
        case Status.DECIDING:
            ended = entry.ended_at if entry else None
            return next_midnight(ended or consultation.created_at)
        case _:
            return None


def _notices(consultation: Consultation) -> list[tuple[datetime, str]]:
    """What somebody is to be told while the entry waits: when, and the event that says so."""
    entry = consultation.entry
    if entry is None:
        return []
    since = max(entry.requested_at, entry.place - EARLY)
    due = []
    if entry.received_at is None and not entry.told_not_received:
        due.append((since + NOT_RECEIVED, "not-received-in-time"))
    if entry.seen_at is None and not entry.told_not_seen:
        due.append((since + NOT_SEEN, "not-seen-in-time"))
    if consultation.agreed_at is not None and entry.past_agreed_at is None:
        due.append((max(since, consultation.agreed_at) + AGREED_PASSED, "agreed-time-passed"))
    return due


def _script(consultation: Consultation) -> list[tuple[datetime, rehearsal_script.Step]]:
    step = rehearsal_script.next_step(consultation)
    return [step] if step else []


def run_out(
    consultation: Consultation, now: datetime, actor: Actor, organisation: str, rules: NoteRules = STANDARD
) -> Consultation:
    """Do what the clock asks; unchanged when nothing is due yet."""
    due = deadline(consultation)
    if due is None or now < due:
        return consultation
    match consultation.status:
        case Status.DRAFT:
            return opening.abandon(consultation, now, actor)
        case Status.PLANNED:
            return queueing.come_forward(consultation, now, actor)
        case Status.WAITING:
            return _waiting(consultation, now, actor)
        case Status.CALLING:
            return ringing.miss(consultation, now, actor)
        case Status.IN_CALL:
            return talking.hang_up(consultation, now, actor, rules.review)
        case Status.REVIEW:
            return review.end_review(consultation, organisation, now, actor, rules)
        case _:
            given_up = queueing.give_up(consultation, now, actor)
            return review.document_ending(given_up, organisation, now, actor, rules)


def _waiting(consultation: Consultation, now: datetime, actor: Actor) -> Consultation:
    entry = consultation.require_entry("wait")
    if now >= entry.expires_at:
        return queueing.expire(consultation, "not-answered", now, actor)
    for due, step in _script(consultation):
        if now >= due:
            return step(consultation, now)
    _, kind = min(_notices(consultation))
    told = {
        "not-received-in-time": replace(entry, told_not_received=True),
        "not-seen-in-time": replace(entry, told_not_seen=True),
        "agreed-time-passed": replace(entry, past_agreed_at=now),
    }
    return consultation.with_entry(told[kind]).noting(kind, now, actor)
