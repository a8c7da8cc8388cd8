"""From an agreed entry to a video appointment of the national eHealth infrastructure (FUT), profile
*ehealth-videoappointment* 8.0 (FHIR R4 Appointment): announced beside the Task where the peer asks for it. Pure.

Its address and pins are the service's own to give: none is said here.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Final

from adapters.gp_system.fhir_r4.settings import VideoAppointments
from adapters.wire.task.content import erases, instant
from adapters.wire.task.words import ENTRY, Json
from gateway.domain.consultation.queue_entry import EntryStatus
from gateway.domain.peers.messages import EntryMessage

EHEALTH: Final = "http://ehealth.sundhed.dk"
DEFINITIONS: Final = f"{EHEALTH}/fhir/StructureDefinition"
PROFILE: Final = f"{DEFINITIONS}/ehealth-videoappointment"
PARTICIPATION: Final = "http://terminology.hl7.org/CodeSystem/v3-ParticipationType"
SUBJECT: Final = "Videokonsultation"
OVER: Final = {EntryStatus.COMPLETED: "fulfilled"}  # every other end is a cancellation


def video_appointment(message: EntryMessage, asked: VideoAppointments) -> Json | None:
    """None where no time has been agreed. ``status`` follows the entry; everything else stays as it was first said."""
    if message.agreed_at is None:
        return None
    entry, team = message.entry, {"reference": asked.responsible}
    return {
        "resourceType": "Appointment",
        "id": str(entry.id),
        "meta": {"profile": [PROFILE]},
        "extension": [{"url": f"{DEFINITIONS}/ehealth-responsible", "valueReference": team}],
        "identifier": [{"system": ENTRY, "value": str(entry.id)}],
        "status": OVER.get(entry.status, "cancelled") if entry.status.ended else "booked",
        "serviceType": [_coded("appointment-servicetype", "video")],
        "appointmentType": _coded("appointmenttype-codes", asked.type),
        "description": SUBJECT,
        "start": instant(message.agreed_at),
        "end": instant(message.agreed_at + timedelta(minutes=asked.minutes)),
        "participant": [_team(team), *_citizen(message)],
    }


def _coded(system: str, code: str) -> Json:
    return {"coding": [{"system": f"{EHEALTH}/cs/{system}", "code": code}]}


def _team(team: Json) -> Json:
    """responsible-1: whoever is responsible takes part."""
    return {
        "extension": [{"url": f"{DEFINITIONS}/ehealth-ext-careteam", "valueReference": team}],
        "type": [{"coding": [{"system": PARTICIPATION, "code": "PART"}]}],
        "required": "required",
        "status": "accepted",
    }


def _citizen(message: EntryMessage) -> list[Json]:
    """By her number: the infrastructure's own id of her is not known here. At most one (single-patient-appointment)."""
    number = message.citizen.identifier if message.citizen and not erases(message) else None
    if number is None:
        return []
    who = {"type": "Patient", "identifier": {"system": number.system, "value": number.value}}
    return [{"actor": who, "required": "required", "status": "accepted"}]


def says_the_same(stored: Json, wanted: Json) -> bool:
    """What may change after the first time: whether it is on, and when; a server may write a moment in its own way."""
    return stored.get("status") == wanted["status"] and _times(stored) == _times(wanted)


def _times(appointment: Json) -> tuple[datetime | None, datetime | None]:
    return _moment(appointment.get("start")), _moment(appointment.get("end"))


def _moment(said: Any) -> datetime | None:
    try:
        at = datetime.fromisoformat(str(said or ""))
    except ValueError:
        return None
    return at if at.tzinfo else None
