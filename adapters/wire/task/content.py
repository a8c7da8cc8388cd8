"""What is ours to say in a FHIR R4 Task (requirements.md S2), from an entry message. Pure; nothing R4 cannot carry."""

from __future__ import annotations

from datetime import UTC, datetime

from adapters.wire.task.words import (
    BUSINESS,
    ENTRY,
    INPUT,
    TASK_CODE,
    URI,
    VIDEO_QUEUE,
    Json,
    Said,
)
from gateway.domain.citizen.citizen import Citizen
from gateway.domain.identifiers import CVR_SYSTEM, YDERNUMMER_SYSTEM
from gateway.domain.peers.messages import EntryMessage
from gateway.domain.people import Participant, ParticipantRole, Presence

CITIZEN = "citizen"
EMPLOYEE = "employee"
GENDERS = frozenset(("male", "female", "other", "unknown"))
# What the practice reads is Danish (requirements.md U02).
ROLES = {
    ParticipantRole.CITIZEN: "Borgeren",
    ParticipantRole.EMPLOYEE: "Medarbejder",
    ParticipantRole.RELATIVE: "Pårørende",
    ParticipantRole.INTERPRETER: "Tolk",
    ParticipantRole.COLLEAGUE: "Kollega",
    ParticipantRole.CLINICIAN: "Kliniker",
    ParticipantRole.OTHER: "Anden deltager",
}
PRESENCES = {Presence.OWN_DEVICE: "egen enhed", Presence.PHONE: "telefon"}


def instant(moment: datetime) -> str:
    """UTC to the millisecond: the same moment is always the same text."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def erases(message: EntryMessage) -> bool:
    """Withdrawn because it was the wrong citizen: nothing about a person may stay at the peer (D11)."""
    return message.entry.ended_reason == "wrong-citizen"


def content(message: EntryMessage, said: Said) -> Json:
    """Everything that is ours to say, apart from the state. Absent means: to be removed."""
    entry = message.entry
    task: Json = {
        "contained": _contained(message),
        "identifier": identifiers(message),
        "intent": "order",
        "code": {"coding": [{"system": TASK_CODE, "code": VIDEO_QUEUE}]},
        "authoredOn": instant(entry.requested_at),
        "requester": {"reference": f"#{EMPLOYEE}"},
        "owner": {
            "identifier": {"system": YDERNUMMER_SYSTEM, "value": str(entry.ydernummer)},
            "display": entry.practice_name,
        },
        "input": inputs(message, said),
    }
    if _has_patient(message):
        task["for"] = {"reference": f"#{CITIZEN}"}
    if message.reason.strip() and not erases(message):
        task["description"] = message.reason.strip()
    if message.agreed_at is not None:
        task["restriction"] = {"period": {"start": instant(message.agreed_at)}}
    return task


def identifiers(message: EntryMessage) -> list[Json]:
    """The idempotency key, and our entry: the only way home where the server chooses Task.id itself."""
    return [
        {"system": URI, "value": f"urn:uuid:{message.key}"},
        {"system": ENTRY, "value": str(message.entry.id)},
    ]


def business_status(code: str, words: str = "") -> Json:
    concept: Json = {"coding": [{"system": BUSINESS, "code": code}]}
    return {**concept, "text": words} if words else concept


def _has_patient(message: EntryMessage) -> bool:
    return message.citizen is not None and message.citizen.identifier is not None and not erases(message)


def _contained(message: EntryMessage) -> list[Json]:
    contained = [_employee(message)]
    if message.citizen is not None and _has_patient(message):
        contained.insert(0, _patient(message.citizen))
    return contained


def _patient(citizen: Citizen) -> Json:
    assert citizen.identifier is not None
    patient: Json = {
        "resourceType": "Patient",
        "id": CITIZEN,
        "identifier": [{"system": citizen.identifier.system, "value": citizen.identifier.value}],
    }
    # Name and address protection: the practice knows its own patient by number (CPR-loven § 28).
    if citizen.name.strip() and not citizen.protected:
        patient["name"] = [{"text": citizen.name.strip()}]
    if citizen.gender in GENDERS:
        patient["gender"] = citizen.gender
    if citizen.birth_date is not None:
        patient["birthDate"] = citizen.birth_date.isoformat()
    return patient


def _employee(message: EntryMessage) -> Json:
    role: Json = {"resourceType": "PractitionerRole", "id": EMPLOYEE}
    if message.employee:
        role["practitioner"] = {"display": message.employee}
    organisation: Json = {"display": message.organisation} if message.organisation else {}
    if message.organisation_cvr:
        organisation["identifier"] = {"system": CVR_SYSTEM, "value": message.organisation_cvr}
    if organisation:
        role["organization"] = organisation
    if message.role:
        role["code"] = [{"text": message.role}]
    if message.workplace:
        role["location"] = [{"display": message.workplace}]
    if message.phone:
        role["telecom"] = [{"system": "phone", "value": message.phone}]
    return role


OUR_INPUTS = (
    "consent-attestation",
    "participants",
    "form",
    "agreed-time",
    "agreed-with",
    "addressed-to",
    "message",
    "reason-corrected-at",
    "entry-link",
    "short-id",
    "gateway-state",
)


def inputs(message: EntryMessage, said: Said) -> list[Json]:
    """Task.input has no meaning in R4 without a type; empty values are left out, FHIR knows no empty string."""
    erased = erases(message)
    values = [
        ("consent-attestation", "valueString", "" if erased else message.consent),
        ("participants", "valueString", "" if erased else participants_in_words(message.participants)),
        ("form", "valueCode", message.form),
        ("agreed-time", "valueDateTime", instant(message.agreed_at) if message.agreed_at else ""),
        ("agreed-with", "valueString", "" if erased else message.agreed_with),
        ("addressed-to", "valueString", message.entry.addressed_to),
        ("message", "valueString", "" if erased else message.remarks_in_words),
        ("reason-corrected-at", "valueDateTime", _corrected(message)),
        ("entry-link", "valueUrl", message.entry_link),
        ("short-id", "valueString", message.short_id),
        ("gateway-state", "valueString", said.encoded()),
    ]
    return [
        {"type": {"coding": [{"system": INPUT, "code": code}]}, kind: value.strip()}
        for code, kind, value in values
        if value.strip()
    ]


def _corrected(message: EntryMessage) -> str:
    return instant(message.reason_corrected_at) if message.reason_corrected_at else ""


def participants_in_words(participants: tuple[Participant, ...]) -> str:
    """Roles, names and devices; the citizen is never named here, since her name may be protected."""
    return "; ".join(_in_words(each) for each in participants)


def _in_words(participant: Participant) -> str:
    named = participant.name.strip() and participant.role is not ParticipantRole.CITIZEN
    words = f"{ROLES[participant.role]} {participant.name.strip()}" if named else ROLES[participant.role]
    how = PRESENCES.get(participant.how, "")
    return f"{words} ({how})" if how else words
