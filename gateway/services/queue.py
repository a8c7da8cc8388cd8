"""From the filled page to a number in the queue, and everything that can happen while waiting."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from gateway.domain.consultation import clocks, opening, queueing
from gateway.domain.consultation.aggregate import Availability, Consultation
from gateway.domain.consultation.case import Consent
from gateway.domain.consultation.queue_entry import Basis, RejectReason
from gateway.domain.errors import InvalidField, PracticeNotFound
from gateway.domain.identifiers import Ydernummer
from gateway.domain.note.review import document_ending
from gateway.domain.organisation import Organisation
from gateway.domain.peers.announcing import usable_connections
from gateway.domain.people import Actor, Form, Participant, Workstation
from gateway.domain.practice import Practice, PracticeState, danish_day
from gateway.domain.records import AuditRow
from gateway.domain.scope import Scope
from gateway.ports.base import Clock, Ids
from gateway.ports.registers import ProviderDirectory
from gateway.ports.rows import ConsultationStore, PracticeBook
from gateway.services.changing import change


@dataclass(frozen=True, slots=True)
class Placing:
    """What the start page holds when "Stil i kø" is pressed. ``consents``: case id → answer."""

    ydernummer: Ydernummer
    basis: Basis
    workstation: Workstation
    form: Form
    participants: tuple[Participant, ...] = field(repr=False)
    reason: str = field(repr=False)
    consents: dict[UUID, Consent] = field(repr=False)
    agreed_at: datetime | None = None
    agreed_with: str = field(default="", repr=False)
    called: str = field(default="", repr=False)  # with ``because``: a citizen without an identity number (N19)
    because: str = ""
    addressed_to: str = field(default="", repr=False)


def routable_practice(
    ydernummer: Ydernummer, *, providers: ProviderDirectory, practices: PracticeBook, clock: Clock
) -> tuple[Practice, tuple[str, ...]]:
    """The practice and its connections, or ``PracticeNotFound`` with reason and telephone: valid today,
    speciality 80 and connected, else nothing is routed (requirements.md P2.1)."""
    today = danish_day(clock.now())
    practice = providers.find(ydernummer, today)
    if practice is None:
        raise PracticeNotFound("unknown", str(ydernummer))
    known = (str(ydernummer), practice.name, practice.phone)
    if not practice.valid_on(today):
        raise PracticeNotFound("not-yet" if practice.valid_from > today else "closed", *known)
    if not practice.is_general_practice:
        raise PracticeNotFound("not-general-practice", *known)
    routes = tuple(practices.routes(ydernummer))
    if not routes:
        raise PracticeNotFound("not-connected", *known)
    return practice, routes


def enqueue(
    scope: Scope,
    id: UUID,
    placing: Placing,
    route: tuple[Practice, tuple[str, ...]],
    actor: Actor,
    *,
    store: ConsultationStore,
    practices: PracticeBook,
    clock: Clock,
    ids: Ids,
    audit: Sequence[AuditRow] = (),
    announcing: Collection[str] = (),
) -> Consultation:
    """One transaction: text, consent, entry and the deliveries it causes. A second click finds it placed.

    ``PracticeNotFound`` where the citizen's number must not be used (dead, annulled, deleted, renumbered), and where
    it is live and every connection of the practice is among ``announcing`` (only-by-message)."""
    state = practices.state(placing.ydernummer, now := clock.now())
    expires = waits_until(state, placing.agreed_at, now)
    entry_id = ids.new()

    def placed(consultation: Consultation) -> Consultation:
        if consultation.entry_open:
            return consultation
        _require_startable(consultation, state)
        return queueing.place(
            ready := _prepared(consultation, placing, actor),
            entry_id=entry_id,
            ydernummer=placing.ydernummer,
            practice_name=route[0].name,
            basis=placing.basis,
            connections=doors_of(ready, route, announcing, now),
            expires_at=expires,
            at=now,
            actor=actor,
            addressed_to=placing.addressed_to,
        )

    return change(store, scope, id, placed, audit=audit)


def waits_until(state: PracticeState, agreed_at: datetime | None, now: datetime) -> datetime:
    """When waiting ends there. An agreed time is honoured although the queue is closed; without one the practice may
    ask for it first (D8, D9)."""
    if agreed_at is None and state.needs_agreement:
        raise InvalidField("agreed_at", "required" if state.open else "closed-now")
    return clocks.waiting_ends(now, agreed_at, state.closes_at)


def doors_of(
    consultation: Consultation, route: tuple[Practice, tuple[str, ...]], announcing: Collection[str], now: datetime
) -> tuple[str, ...]:
    practice, connections = route
    open_to_it = usable_connections(consultation, connections, announcing, now)
    if not open_to_it:
        raise PracticeNotFound("only-by-message", str(practice.ydernummer), practice.name, practice.phone)
    return open_to_it


def _require_startable(consultation: Consultation, state: PracticeState) -> None:
    require_same_world(consultation, state)
    for case in consultation.cases:
        if case.finding is not None and not case.finding.may_start:
            raise PracticeNotFound(case.finding.reason)


def require_same_world(consultation: Consultation, state: PracticeState) -> None:
    """A synthetic consultation at a real practice, or a real one at an invented practice, is refused (D18)."""
    if state.synthetic is not None and state.synthetic is not consultation.synthetic:
        raise InvalidField("ydernummer", "synthetic-mismatch")


def _prepared(consultation: Consultation, placing: Placing, actor: Actor) -> Consultation:
    ready = opening.prepare(
        consultation,
        workstation=placing.workstation,
        form=placing.form,
        participants=placing.participants,
        reason=placing.reason,
        agreed_at=placing.agreed_at,
        agreed_with=placing.agreed_with,
    )
    if placing.because:
        ready = opening.name_unnumbered(ready, placing.called, placing.because)
    for case_id, consent in placing.consents.items():
        ready = opening.declare_consent(ready, case_id, consent, actor)
    return ready


def place_again(
    scope: Scope,
    id: UUID,
    ydernummer: Ydernummer,
    route: tuple[Practice, tuple[str, ...]],
    actor: Actor,
    why: Basis = Basis.CHOSEN,
    *,
    store: ConsultationStore,
    practices: PracticeBook,
    clock: Clock,
    ids: Ids,
    announcing: Collection[str] = (),
) -> Consultation:
    """After a rejection or expiry: the same text, consent and people go to another practice (D1). Where it is not the
    citizen's own, the entry says ``why``."""
    practice = route[0]
    now = clock.now()
    entry_id = ids.new()
    state = practices.state(ydernummer, now)

    def placed(consultation: Consultation) -> Consultation:
        if consultation.entry_open:
            return consultation
        require_same_world(consultation, state)
        own = consultation.sole_case.registered if consultation.sole_case else None
        basis = Basis.OWN_GP if own is not None and own.ydernummer == ydernummer else why
        return queueing.place(
            consultation,
            entry_id=entry_id,
            ydernummer=ydernummer,
            practice_name=practice.name,
            basis=basis,
            connections=doors_of(consultation, route, announcing, now),
            expires_at=waits_until(state, consultation.agreed_at, now),
            at=now,
            actor=actor,
        )

    return change(store, scope, id, placed)


def see(
    scope: Scope, id: UUID, entry_id: UUID, actor: Actor, *, store: ConsultationStore, clock: Clock
) -> Consultation:
    now = clock.now()
    return change(store, scope, id, lambda c: queueing.see(c, entry_id, now, actor))


def correct_reason(
    scope: Scope, id: UUID, text: str, actor: Actor, *, store: ConsultationStore, clock: Clock
) -> Consultation:
    now = clock.now()
    return change(store, scope, id, lambda c: queueing.correct_reason(c, text, now, actor))


def withdraw(
    scope: Scope,
    id: UUID,
    reason: str,
    actor: Actor,
    *,
    store: ConsultationStore,
    clock: Clock,
    organisation: Organisation | None = None,
) -> Consultation:
    """Out of the queue; noted in the record where ``organisation`` has chosen so."""
    now = clock.now()

    def withdrawn(consultation: Consultation) -> Consultation:
        left = queueing.withdraw(consultation, reason, now, actor)
        return _documented(left, organisation, now, actor) if organisation else left

    return change(store, scope, id, withdrawn)


def leave_unstarted(
    scope: Scope, id: UUID, cause: str, actor: Actor, *, store: ConsultationStore, clock: Clock
) -> Consultation:
    """No practice could take it: closed without a trace of the citizen's text."""
    now = clock.now()
    return change(store, scope, id, lambda c: opening.leave_unstarted(c, cause, now, actor))


def _documented(consultation: Consultation, organisation: Organisation, at: datetime, actor: Actor) -> Consultation:
    return document_ending(consultation, organisation.name, at, actor, organisation.note_rules)


def reject(
    scope: Scope,
    id: UUID,
    reason: RejectReason,
    text: str,
    actor: Actor,
    *,
    store: ConsultationStore,
    clock: Clock,
) -> Consultation:
    now = clock.now()
    return change(store, scope, id, lambda c: queueing.reject(c, reason, text, now, actor))


def give_up(
    scope: Scope, id: UUID, organisation: Organisation, actor: Actor, *, store: ConsultationStore, clock: Clock
) -> Consultation:
    """The employee stops after a rejection or expiry; an attempted contact is documented where it is owed."""
    now = clock.now()
    return change(store, scope, id, lambda c: _documented(queueing.give_up(c, now, actor), organisation, now, actor))


def report_device(
    scope: Scope, id: UUID, verdict: str, actor: Actor, *, store: ConsultationStore, clock: Clock
) -> Consultation:
    now = clock.now()
    return change(store, scope, id, lambda c: queueing.report_device(c, verdict, now, actor))


def step_away(
    scope: Scope, id: UUID, availability: Availability, actor: Actor, *, store: ConsultationStore, clock: Clock
) -> Consultation:
    now = clock.now()
    return change(store, scope, id, lambda c: queueing.step_away(c, availability, now, actor))
