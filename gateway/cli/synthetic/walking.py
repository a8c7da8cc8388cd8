"""The steps of a synthetic run, each by the same services as a press on a page; deliveries go by workers and relay."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from typing import Any

from gateway import launching
from gateway.cli.synthetic.choosing import Where
from gateway.domain.consultation import opening, queueing, ringing, talking
from gateway.domain.consultation.aggregate import Consultation
from gateway.domain.consultation.case import Consent, ConsentAnswer
from gateway.domain.consultation.queue_entry import Basis
from gateway.domain.errors import ConfigFault, InvalidField, LaegebroError, PeerError
from gateway.domain.identifiers import Ydernummer
from gateway.domain.launch import Launch, LaunchChannel
from gateway.domain.peers.delivery import DeliveryStatus
from gateway.domain.peers.synthetic import RunStep
from gateway.domain.peers.verdict import judged
from gateway.domain.people import Actor, ActorKind, EmployeeIdentity, Form, ParticipantRole, RoleCategory, Workstation
from gateway.domain.records import DeliveryRow
from gateway.domain.scope import TenantScope
from gateway.services import queue, write_back
from gateway.services.act import Acting, acting, perform
from gateway.services.call import Chair, take_seat
from gateway.services.call_rooms.placing import place_of
from gateway.wiring import Gateway

NAME, ROLE, PLACE = "Syntetisk gennemløb", "Sygeplejerske", "Overvågning"
REASON = "Syntetisk gennemløb: afprøver hele vejen. Ingen rigtig borger."
NOTE = "Syntetisk gennemløb. Ingen rigtig borger."
EMPLOYEE = Actor(ActorKind.EMPLOYEE, "laegebro-synthetic", NAME, ROLE)
DOCTOR = Actor(ActorKind.CLINIC, "laegebro-synthetic", NAME, "Læge")
WORKSTATION = Workstation(ROLE, RoleCategory.LICENSED, None, PLACE, "99000000")  # nobody rings it
LOOK_EVERY = 0.2


class NotWell(Exception):
    """A part that is not well. ``args[0]``: a code, or what was waited for in vain."""


class Walk:
    """``patience``: seconds for what workers, relay and the peers do."""

    def __init__(self, gateway: Gateway, where: Where, patience: float) -> None:
        self._gateway, self._where, self._patience = gateway, where, patience
        self._scope = TenantScope(where.tenant.id)
        self.consultation: Consultation | None = None

    def steps(self) -> Iterator[tuple[RunStep, Callable[[], None]]]:
        yield RunStep.LAUNCH, self.launch
        yield RunStep.QUEUE, lambda: self._press(_placed, EMPLOYEE, self._where.practice)
        yield RunStep.RECEIVED, self.received
        yield RunStep.ACCEPT, self.accept
        yield RunStep.MEDIA, self.media
        yield RunStep.NOTE, self.note
        yield RunStep.FILED, self.filed

    def launch(self) -> None:
        gateway, where = self._gateway, self._where
        found = gateway.peers.eoj(where.eoj).find_citizen(where.citizen)
        if found is None:
            raise NotWell("no-record")
        launch = Launch(
            tenant=where.tenant.id,
            channel=LaunchChannel.LOGIN,
            connection=where.eoj,
            key=f"synthetic:{gateway.ids.secret()}",
            employee=EmployeeIdentity(EMPLOYEE.id, NAME, has_right=True, role_hint=ROLE),
            citizen=found.citizen,
            record_ref=found.record_ref,
            practice=found.practice,
        )
        self.consultation = launching.accept(gateway, launch, EMPLOYEE.id)

    def received(self) -> None:
        self._wait("received", lambda c: c.entry is not None and c.entry.received_at is not None)

    def accept(self) -> None:
        self._press(lambda c, by: ringing.accept(c, by.at, by.actor, by.actor.name), DOCTOR)
        self._press(lambda c, by: ringing.answer(c, *by.stamp), EMPLOYEE)

    def media(self) -> None:
        """No picture is sent: each side's own ticket is shown, and the UDP port asked."""
        for role, who in ((ParticipantRole.CLINICIAN, DOCTOR), (ParticipantRole.EMPLOYEE, EMPLOYEE)):
            self._sit(role, who)

    def note(self) -> None:
        """The talk itself is held by nobody, so the note says that it was held by telephone."""
        longest = self._where.tenant.note_rules.review
        self._press(lambda c, by: talking.held_by_phone(c, NAME, by.at, by.actor, longest), EMPLOYEE)
        self._press(approved, EMPLOYEE, NOTE)

    def filed(self) -> None:
        """Everything that is owed about it is done, and the note has been read back where the system can be asked."""
        self._wait("filed", lambda c: all(_is_done(row) for row in self._owed(c)))

    def tidy(self) -> None:
        """What a failed run left in a queue is taken out of it; the clocks end the rest."""
        if self.consultation is None or not self.consultation.entry_open:
            return
        with suppress(LaegebroError):
            self._press(lambda c, by: ringing.put_back(c, *by.stamp), DOCTOR)
            self._press(lambda c, by: queueing.withdraw(c, "solved", *by.stamp), EMPLOYEE)

    def _sit(self, role: ParticipantRole, who: Actor) -> None:
        from gateway.cli.checking import media  # loads aiohttp, which no other command needs

        gateway = self._gateway
        by = acting(Chair(role, "laegebro-synthetic", move=True), who, gateway.ports)
        ticket = take_seat(self._scope, self._known.id, by)
        place = place_of(ticket.room, gateway.places)
        held = replace(ticket, node=place.node)
        address = place.signal_url or gateway.settings.media_url
        for finding in media.tried(gateway.settings, address, "join", held):
            if finding.fault:
                raise NotWell(f"{finding.what}: {finding.fault}")

    @property
    def _known(self) -> Consultation:
        assert self.consultation is not None
        return self.consultation

    def _press(self, move: Callable[..., Consultation], who: Actor, form: Any = None) -> None:
        by = acting(form, who, self._gateway.ports)
        self.consultation = perform(move, self._scope, self._known.id, by)

    def _owed(self, consultation: Consultation) -> list[DeliveryRow]:
        return list(self._gateway.store.deliveries_of(self._scope, consultation.id))

    def _wait(self, what: str, reached: Callable[[Consultation], bool]) -> None:
        """``NotWell`` with what stands in the way: a row that stands still, or that it takes too long."""
        until = time.monotonic() + self._patience
        while True:
            self.consultation = self._gateway.store.load(self._scope, self._known.id)
            if reached(self.consultation):
                return
            rows = [row for row in self._owed(self.consultation) if not _is_done(row)]
            stuck = [row for row in rows if row.status == DeliveryStatus.STUCK]
            if stuck or time.monotonic() > until:
                raise NotWell("; ".join(_standing(row) for row in stuck or rows) or f"not {what} in time")
            time.sleep(LOOK_EVERY)


def _is_done(row: DeliveryRow) -> bool:
    return row.status == DeliveryStatus.DONE


def _standing(row: DeliveryRow) -> str:
    attempts = f"{row.attempts} attempts" if row.attempts else "never attempted: are worker and relay running?"
    return f"{row.kind} to {row.connection} {row.status}, {row.fault or attempts}"


def _placed(consultation: Consultation, by: Acting[Ydernummer]) -> Consultation:
    return placed(consultation, by, WORKSTATION, REASON, DOCTOR.name)


def placed(
    consultation: Consultation, by: Acting[Ydernummer], station: Workstation, reason: str, clinician: str
) -> Consultation:
    """With the citizen's consent, at an agreed time that is now: so a run at night finds the queue open, too."""
    case, ids = consultation.sole_case, by.ports.ids
    assert case is not None
    wording = by.organisation(consultation).consent_wording
    consent = Consent(ConsentAnswer.GIVEN, by.actor.name, by.actor.id, by.at, wording)
    people = opening.present_people(Form.ASSISTED, ids.new(), ids.new(), by.actor.name)
    placing = queue.Placing(
        by.form, Basis.AGREED, station, Form.ASSISTED, people, reason, {case.id: consent}, by.at, clinician
    )
    return queue.enqueue(consultation, placing, by)


def approved(consultation: Consultation, by: Acting[str]) -> Consultation:
    """The one citizen's note with that text."""
    case = write_back.case_of(consultation, None)
    return write_back.approve_some(consultation, {case: by.form}, [case], "", by)


def in_words(fault: Exception) -> str:
    """A code or our own words; nothing of the citizen, and nothing the peer said."""
    match fault:
        case NotWell():
            return str(fault.args[0])
        case PeerError():
            return f"{fault.args[0]}: {judged(fault).code}"
        case InvalidField():
            return f"{fault.field}: {fault.reason}"
        case ConfigFault():
            return str(fault)
        case LaegebroError():
            return " ".join([type(fault).__name__, *(str(each) for each in fault.args[:1])])
    return type(fault).__name__
