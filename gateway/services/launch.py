"""A launch becomes a draft: exactly one, however often it is repeated."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from gateway.domain.citizen.citizen import Certainty, OwnPractice
from gateway.domain.consultation import opening, rehearsal
from gateway.domain.consultation.aggregate import Consultation
from gateway.domain.consultation.case import Consent
from gateway.domain.errors import ConcurrentChange, InvalidField, LaunchRefused
from gateway.domain.identifiers import CitizenId, Cpr, Ydernummer
from gateway.domain.launch import Launch, PracticeClaim
from gateway.domain.note.review import document_ending
from gateway.domain.organisation import Organisation
from gateway.domain.practice import danish_day
from gateway.ports.base import Clock, Ids
from gateway.ports.registers import ProviderDirectory
from gateway.ports.rows import ConsultationStore
from gateway.services.act import Acting, F
from gateway.services.changing import ALONE, ATTEMPTS, Together
from gateway.services.standing import Met
from gateway.services.whose import Sources, find_own_practice, protected_by


@dataclass(frozen=True, slots=True)
class Opener:
    """Who opens a consultation: the employee's id and her organisation."""

    employee: str
    organisation: Organisation


@dataclass(frozen=True, slots=True)
class LaunchPorts:
    """What a launch may ask. ``sources`` None: nobody but the register of practices."""

    store: ConsultationStore
    clock: Clock
    ids: Ids
    providers: ProviderDirectory
    sources: Sources | None = None


def accept_launch(
    launch: Launch,
    by: Opener,
    ports: LaunchPorts,
    *,
    together: Together = ALONE,
    met: Met | None = None,
) -> Consultation:
    """The open consultation of this launch, new or the one a double click already made.

    Without ``sources`` only what the record says is held against the register of practices. ``met``: what has just been
    found open, so that it is not read twice.
    Raises ``InvalidField`` for a test number outside a synthetic organisation and the other way round (D18), and
    ``LaunchRefused`` for another record than the one that was open, which nobody has confirmed.
    """
    if launch.replacing:
        raise LaunchRefused("not-confirmed", "merged")
    require_matching_world(launch.citizen.identifier if launch.citizen else None, by.organisation)
    draft: Consultation | None = None
    for _ in range(ATTEMPTS):
        same = met.same if met else ports.store.find_by_launch_key(launch.tenant, launch.key)
        found, met = same or draft, None
        if found is None:  # a double click finds the first one's, and asks nobody again
            draft = _draft(launch, by, ports)
            found = draft
        try:
            return together.commit(ports.store, found)
        except ConcurrentChange:
            continue  # the other click was faster: its consultation is ours too, and the token is burnt all the same
    raise ConcurrentChange


def _draft(launch: Launch, by: Opener, ports: LaunchPorts) -> Consultation:
    now, ids, providers = ports.clock.now(), ports.ids, ports.providers
    finding = None
    if ports.sources is not None:
        order = by.organisation.practice_sources
        finding = find_own_practice(launch, order, sources=ports.sources, providers=providers, now=now)
    own = finding.own_practice if finding else _own_practice(launch.practice, providers, danish_day(now))
    new = opening.NewConsultation(ids.new(), ids.short(), ids.new(), ids.secret(), now, by.organisation.synthetic)
    return opening.open_from(protected_by(launch, finding), new, by.employee, own, finding)


def begin_rehearsal(launch: Launch, person: str, ports: LaunchPorts, together: Together = ALONE) -> Consultation:
    """An Øvekald: her open one, or a new draft about an invented citizen. Nobody is asked anything."""
    found = ports.store.find_by_launch_key(launch.tenant, launch.key)
    if found is not None:
        return found
    now, ids = ports.clock.now(), ports.ids
    new = opening.NewConsultation(ids.new(), ids.short(), ids.new(), ids.secret(), now, synthetic=True)
    draft = opening.open_from(launch, new, person, rehearsal.own_practice(danish_day(now)))
    try:
        return together.commit(ports.store, draft)
    except ConcurrentChange:  # a double click: the other one's is hers too
        first = ports.store.find_by_launch_key(launch.tenant, launch.key)
        if first is None:
            raise
        return first


def require_matching_world(identifier: CitizenId | None, organisation: Organisation) -> None:
    """Official test numbers only where everything is synthetic; real numbers never there (D18)."""
    if isinstance(identifier, Cpr) and identifier.is_official_test_number is not organisation.synthetic:
        raise InvalidField("patient.identifier", "synthetic-mismatch")


def _own_practice(claim: PracticeClaim | None, providers: ProviderDirectory, today: date) -> OwnPractice | None:
    """What the record says, weighed against the register: unknown or closed there makes it uncertain."""
    if claim is None:
        return None
    practice = providers.find(claim.ydernummer, today)
    sure = practice is not None and practice.valid_on(today) and practice.is_general_practice
    certainty = Certainty.CERTAIN if sure else Certainty.UNCERTAIN
    return OwnPractice(claim.ydernummer, claim.source, claim.as_of, certainty)


def refuse_contact(consultation: Consultation, case_id: UUID, consent: Consent, by: Acting[F]) -> Consultation:
    """The citizen says no: closed, the practice never contacted, the refusal owed to the record."""
    closed = opening.record_refusal(consultation, case_id, consent, by.actor)
    organisation = by.organisation(consultation)
    return document_ending(closed, organisation.name, consent.declared_at, by.actor, organisation.note_rules)


def choose_practice(consultation: Consultation, ydernummer: Ydernummer, by: Acting[F]) -> Consultation:
    """The employee names the practice herself; it stands on the case as chosen by her."""
    own = OwnPractice(ydernummer, "employee", danish_day(by.at), Certainty.CHOSEN)
    case_id = consultation.sole_case.id if consultation.sole_case else None
    return opening.choose_practice(consultation, case_id, own, by.actor, by.at)
