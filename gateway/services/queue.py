"""From the filled page to a number in the queue, and everything that can happen while waiting."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from gateway.domain.consultation import clocks, opening, queueing, rehearsal
from gateway.domain.consultation.aggregate import Consultation
from gateway.domain.consultation.case import Consent
from gateway.domain.consultation.queue_entry import Basis, Placement
from gateway.domain.errors import InvalidField, PracticeNotFound
from gateway.domain.identifiers import Ydernummer
from gateway.domain.note.review import document_ending
from gateway.domain.peers.announcing import usable_connections
from gateway.domain.people import Actor, Form, Participant, Workstation
from gateway.domain.practice import Practice, PracticeState, danish_day
from gateway.ports.base import Clock
from gateway.ports.registers import ProviderDirectory
from gateway.ports.rows import PracticeBook
from gateway.services.act import Acting, F

Route = tuple[Practice, tuple[str, ...]]  # with the names of its connections


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
) -> Route:
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
    if not routes and ydernummer != rehearsal.NUMBER:
        raise PracticeNotFound("not-connected", *known)
    return practice, routes


def enqueue(consultation: Consultation, placing: Placing, by: Acting[F]) -> Consultation:
    """Text, consent, entry and the deliveries it causes. A second click finds it placed.

    ``PracticeNotFound`` where the citizen's number must not be used (dead, annulled, deleted, renumbered), and where
    it is live and every connection of the practice only announces (only-by-message)."""
    if consultation.entry_open:
        return consultation
    route = route_to(placing.ydernummer, by)
    state = _state(consultation, placing.ydernummer, by)
    expires_at = waits_until(state, placing.agreed_at, by.at)
    _require_startable(consultation, state)
    ready = _prepared(consultation, placing, by.actor)
    placement = Placement(
        by.new,
        placing.ydernummer,
        route[0].name,
        placing.basis,
        doors_of(ready, route, by),
        expires_at,
        placing.addressed_to,
    )
    return queueing.place(ready, placement, *by.stamp)


def _state(consultation: Consultation, ydernummer: Ydernummer, by: Acting[F]) -> PracticeState:
    """As the organisation's own people meet it; a rehearsal keeps to nobody's policy."""
    state = by.ports.practices.state(ydernummer, by.at)
    return state if consultation.is_rehearsal else by.organisation(consultation).asks(state)


def route_to(ydernummer: Ydernummer, by: Acting[F]) -> Route:
    ports = by.ports
    return routable_practice(ydernummer, providers=ports.providers, practices=ports.practices, clock=ports.clock)


def waits_until(state: PracticeState, agreed_at: datetime | None, now: datetime) -> datetime:
    """When waiting ends there. An agreed time is honoured although the queue is closed; without one the practice may
    ask for it first (D8, D9)."""
    if agreed_at is None and state.needs_agreement:
        raise InvalidField("agreed_at", "required" if state.open else "closed-now")
    return clocks.waiting_ends(now, agreed_at, state.closes_at)


def doors_of(consultation: Consultation, route: Route, by: Acting[F]) -> tuple[str, ...]:
    """The connections that may carry it; ``PracticeNotFound`` where there is none."""
    practice, connections = route
    if consultation.is_rehearsal:
        return ()
    open_to_it = usable_connections(consultation, connections, by.ports.announcing(), by.at)
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
    filled = opening.Preparation(
        placing.workstation,
        placing.form,
        placing.participants,
        placing.reason,
        placing.agreed_at,
        placing.agreed_with,
    )
    ready = opening.prepare(consultation, filled)
    if placing.because:
        ready = opening.name_unnumbered(ready, placing.called, placing.because)
    for case_id, consent in placing.consents.items():
        ready = opening.declare_consent(ready, case_id, consent, actor)
    return ready


def place_again(consultation: Consultation, ydernummer: Ydernummer, why: Basis, by: Acting[F]) -> Consultation:
    """After a rejection or expiry: the same text, consent and people go to another practice (D1). Where it is not the
    citizen's own, the entry says ``why``."""
    if consultation.entry_open:
        return consultation
    route, state = route_to(ydernummer, by), _state(consultation, ydernummer, by)
    require_same_world(consultation, state)
    own = consultation.sole_case.registered if consultation.sole_case else None
    basis = Basis.OWN_GP if own is not None and own.ydernummer == ydernummer else why
    connections = doors_of(consultation, route, by)
    expires_at = waits_until(state, consultation.agreed_at, by.at)
    placement = Placement(by.new, ydernummer, route[0].name, basis, connections, expires_at)
    return queueing.place(consultation, placement, *by.stamp)


def withdraw(consultation: Consultation, reason: str, by: Acting[F]) -> Consultation:
    """Out of the queue; noted in the record where the organisation has chosen so."""
    return documented(queueing.withdraw(consultation, reason, *by.stamp), by)


def give_up(consultation: Consultation, by: Acting[F]) -> Consultation:
    """The employee stops after a rejection or expiry; an attempted contact is documented where it is owed."""
    return documented(queueing.give_up(consultation, *by.stamp), by)


def documented(consultation: Consultation, by: Acting[F]) -> Consultation:
    organisation = by.organisation(consultation)
    return document_ending(consultation, organisation.name, *by.stamp, organisation.note_rules)
