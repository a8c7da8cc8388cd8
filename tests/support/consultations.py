"""Consultations to store: built by the domain's own verbs from official test citizens only."""

from __future__ import annotations

import itertools
import os
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

from gateway.domain.citizen.citizen import Certainty, Citizen, OwnPractice
from gateway.domain.consultation import opening, queueing
from gateway.domain.consultation.aggregate import Consultation, Kind
from gateway.domain.consultation.case import CitizenCase, Consent, ConsentAnswer
from gateway.domain.consultation.queue_entry import Basis, Placement
from gateway.domain.identifiers import Cpr, Ydernummer
from gateway.domain.launch import Launch, LaunchChannel
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

NOW = datetime(2026, 11, 23, 8, 30, tzinfo=UTC)
KOMMUNE_A = UUID("0192f000-0000-7000-8000-00000000000a")
KOMMUNE_B = UUID("0192f000-0000-7000-8000-00000000000b")
REGION = UUID("0192f000-0000-7000-8000-00000000000c")
WORKPLACE = UUID("0192f000-0000-7000-8000-0000000000aa")
PRACTICE = Ydernummer("012345")
SECOND = Ydernummer("054321")
ELSEWHERE = Ydernummer("099999")
NURSE = Actor(ActorKind.EMPLOYEE, "employee-1", "Sanne Sygeplejerske", "Sygeplejerske")
DOCTOR = Actor(ActorKind.CLINIC, "clinic-user-1", "Lars Læge", "Læge")
CITIZENS = (
    ("2512489996", "Nancy Ann Berggren"),
    ("0201609995", "Bruno Test Elmer"),
    ("0504909995", "Max Test Berggren"),
    ("0108589995", "Sidsel Test Olsen"),
    ("0104909995", "Laura Test Hansen"),
    ("1502779995", "Rune Test Madsen"),
)
REASON = "Tiltagende åndenød siden i går aftes"


_COUNT = itertools.count()


def new_id() -> UUID:
    """A UUIDv7 (RFC 9562 §5.7), as the gateway's own ids are; each a millisecond after the one before."""
    stamp = (int(NOW.timestamp() * 1000) + next(_COUNT)).to_bytes(6, "big")
    raw = bytearray(stamp + os.urandom(10))
    raw[6] = raw[6] & 0x0F | 0x70
    raw[8] = raw[8] & 0x3F | 0x80
    return UUID(bytes=bytes(raw))


def case(number: int = 0, *, practice: Ydernummer = PRACTICE) -> CitizenCase:
    cpr, name = CITIZENS[number]
    citizen = Citizen(Cpr(cpr), name, date(1948, 12, 25), "female")
    own = OwnPractice(practice, "eoj", date(2026, 11, 23), Certainty.CERTAIN)
    consent = Consent(ConsentAnswer.GIVEN, NURSE.name, NURSE.id, NOW, "2026-1")
    return CitizenCase(new_id(), citizen, "eoj-nexus", f"Patient/{number}-{cpr[:2]}", own, consents=(consent,))


def draft(
    tenant: UUID = KOMMUNE_A, *, cases: Iterable[CitizenCase] | None = None, key: str = "", at: datetime = NOW
) -> Consultation:
    """A filled draft: consent, text, workstation and participants are there; nothing is queued."""
    listed = tuple([case()] if cases is None else cases)
    kind = Kind.ONE_CITIZEN if len(listed) == 1 else Kind.ROUND if listed else Kind.GENERAL_ADVICE
    launch = Launch(
        tenant=tenant,
        channel=LaunchChannel.SMART,
        connection="eoj-nexus",
        key=key or f"smart|{new_id()}",
        employee=EmployeeIdentity("subject-1", NURSE.name, True),
        citizen=None,
    )
    id = new_id()
    new = opening.NewConsultation(id, f"LB-{id.hex[-4:].upper()}-2", new_id(), f"room-{id.hex}", at)
    opened = opening.open_from(launch, new, NURSE.id)
    return _filled(replace(opened, kind=kind, cases=listed))


def _filled(opened: Consultation) -> Consultation:
    people = (
        Participant(new_id(), ParticipantRole.CITIZEN),
        Participant(new_id(), ParticipantRole.EMPLOYEE, NURSE.name),
        Participant(new_id(), ParticipantRole.RELATIVE, "Datter Test Olsen"),
    )
    station = Workstation("Sygeplejerske", RoleCategory.LICENSED, WORKPLACE, "Hjemmesygeplejen Nord", "70112233")
    filled = opening.Preparation(station, Form.ASSISTED, people, REASON, agreed_with="Sekretær Test Jensen")
    return opening.prepare(opened, filled)


def placed(
    consultation: Consultation,
    practice: Ydernummer = PRACTICE,
    *,
    at: datetime = NOW,
    connections: tuple[str, ...] = ("gp-one",),
) -> Consultation:
    placement = Placement(
        entry_id=new_id(),
        ydernummer=practice,
        practice_name="Lægerne Testvej",
        basis=Basis.OWN_GP,
        connections=connections,
        expires_at=at + timedelta(hours=4),
        addressed_to="Til Lars Læge",
    )
    return queueing.place(consultation, placement, at, NURSE)


def waiting(tenant: UUID = KOMMUNE_A, practice: Ydernummer = PRACTICE, *, at: datetime = NOW) -> Consultation:
    return placed(draft(tenant, at=at), practice, at=at)
