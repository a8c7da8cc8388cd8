"""A consultation about an official test person, made by the domain's own verbs and placed at one practice."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

from adapters.contract import samples
from gateway.domain.citizen.citizen import Certainty, OwnPractice
from gateway.domain.consultation import opening, queueing, ringing, talking
from gateway.domain.consultation.aggregate import Consultation, Kind
from gateway.domain.consultation.case import CitizenCase, Consent, ConsentAnswer
from gateway.domain.consultation.queue_entry import Basis, Placement
from gateway.domain.identifiers import Ydernummer
from gateway.domain.launch import Launch, LaunchChannel
from gateway.domain.note import review
from gateway.domain.people import (
    Actor,
    ActorKind,
    EmployeeIdentity,
    Form,
    Participant,
    ParticipantRole,
    RoleCategory,
    Workstation,
)
from gateway.ports.base import Ids
from gateway.store.people.organisations import Tenant

MUNICIPALITY = Tenant(UUID("0192f000-0000-7000-8000-00000000c0de"), "99110007", "Fjordby Kommune", "municipality")
DOCTOR = Actor(ActorKind.CLINIC, "clinic-user-1", "Lise Hansen", "Læge")
NURSE = Actor(ActorKind.EMPLOYEE, "employee-1", "Mette Holm", "Sygeplejerske")
WORKPLACE = Workstation("Sygeplejerske", RoleCategory.LICENSED, MUNICIPALITY.id, "Hjemmesygeplejen Nord", "99000101")


def placed(practice: Ydernummer, connection: str, at: datetime, ids: Ids) -> Consultation:
    """Agreed for later, so that it may be told by any means."""
    ready = replace(_prepared(practice, at, ids), agreed_at=at + timedelta(hours=2))
    placement = Placement(
        ids.new(), practice, "Lægerne Torvet", Basis.OWN_GP, (connection,), expires_at=at + timedelta(hours=4)
    )
    return queueing.place(ready, placement, at, NURSE)


def _prepared(practice: Ydernummer, at: datetime, ids: Ids) -> Consultation:
    new = opening.NewConsultation(ids.new(), samples.next_short_id(), ids.new(), f"room-{ids.secret()}", at)
    opened = opening.open_from(_launch(ids), new, NURSE.id)
    people = (
        Participant(ids.new(), ParticipantRole.CITIZEN),
        Participant(ids.new(), ParticipantRole.EMPLOYEE, NURSE.name),
    )
    return opening.prepare(
        replace(opened, kind=Kind.ONE_CITIZEN, cases=(_case(practice, at, ids),)),
        opening.Preparation(WORKPLACE, Form.ASSISTED, people, reason="Sår på venstre hæl, som ikke vil hele"),
    )


def noted(case: CitizenCase, at: datetime, ids: Ids) -> Consultation:
    """A consultation whose note is owed to the case's record; nobody talked."""
    filled = _about(case, at, ids)
    return review.owe_refusal(filled, filled.cases[0], MUNICIPALITY.name, at, NURSE)


def talked(case: CitizenCase, at: datetime, ids: Ids) -> Consultation:
    """One that was held on video for twelve minutes until ``at``; its approved note is owed, and a contact with it."""
    begun = at - timedelta(minutes=12)
    practice = Ydernummer("034835")
    placement = Placement(
        ids.new(), practice, "Lægerne Torvet", Basis.OWN_GP, (), expires_at=begun + timedelta(hours=4)
    )
    waits = queueing.place(_about(case, begun, ids), placement, begun, NURSE)
    heard = queueing.receive(waits, waits.entries[-1].id, begun, DOCTOR)
    rings = ringing.accept(heard, begun, DOCTOR, DOCTOR.name)
    on = ringing.start_talk(ringing.answer(rings, begun, NURSE), begun, NURSE)
    over = talking.hang_up(on, at, NURSE)
    return review.approve(over, over.cases[0].id, "Podning i dag.", MUNICIPALITY.name, at, NURSE)


def _about(case: CitizenCase, at: datetime, ids: Ids) -> Consultation:
    """Ready to be placed."""
    new = opening.NewConsultation(ids.new(), samples.next_short_id(), ids.new(), f"room-{ids.secret()}", at)
    opened = opening.open_from(_launch(ids), new, NURSE.id)
    one = replace(case, consents=(Consent(ConsentAnswer.GIVEN, NURSE.name, NURSE.id, at, "1"),))
    ready = replace(opened, kind=Kind.ONE_CITIZEN, cases=(one,))
    return opening.prepare(ready, opening.Preparation(WORKPLACE, Form.ASSISTED, (), reason="Sår på venstre hæl"))


def corrected(consultation: Consultation, case: UUID, at: datetime) -> Consultation:
    """The clinic adds what was agreed."""
    return review.add_clinic_text(consultation, case, "Recept er sendt til apoteket.", at, DOCTOR)


def _launch(ids: Ids) -> Launch:
    return Launch(
        tenant=MUNICIPALITY.id,
        channel=LaunchChannel.SMART,
        connection="certify",
        key=f"certify|{ids.new()}",
        employee=EmployeeIdentity("subject-1", NURSE.name, True),
        citizen=None,
    )


def _case(practice: Ydernummer, at: datetime, ids: Ids) -> CitizenCase:
    own = OwnPractice(practice, "eoj", at.date(), Certainty.CERTAIN)
    consent = Consent(ConsentAnswer.GIVEN, NURSE.name, NURSE.id, at, "1")
    return CitizenCase(ids.new(), samples.citizen(), "certify", f"Patient/{ids.new()}", own, consents=(consent,))
