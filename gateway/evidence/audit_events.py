"""Audit rows as FHIR R4 AuditEvent, in the shape of IHE BALP (PatientRead, PatientUpdate; a refusal is R4's own).

The citizen stands in ``entity:patient`` as an identifier; the row itself knows her by a keyed hash only.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from gateway.domain.identifiers import CitizenId
from gateway.domain.people import ActorKind
from gateway.domain.records import AuditRow

Json = dict[str, Any]
_TERMINOLOGY = "http://terminology.hl7.org/CodeSystem"
_INTERACTION = "http://hl7.org/fhir/restful-interaction"
_DICOM = "http://dicom.nema.org/resources/ontology/DCM"
_PROFILES = "https://profiles.ihe.net/ITI/BALP/StructureDefinition"
_READ, _UPDATE = "IHE.BasicAudit.PatientRead", "IHE.BasicAudit.PatientUpdate"
_IDS = "urn:laegebro:person"
_SELF = "urn:laegebro"


def bundle(rows: Sequence[AuditRow], citizen: CitizenId, at: datetime, public_url: str) -> Json:
    """A collection of one AuditEvent per row, oldest first."""
    events = [{"resource": audit_event(row, citizen, public_url)} for row in rows]
    return {"resourceType": "Bundle", "type": "collection", "timestamp": at.isoformat(), "entry": events}


def audit_event(row: AuditRow, citizen: CitizenId, public_url: str) -> Json:
    refused, reads = row.verb not in ("read", "write"), row.verb != "write"
    event: Json = {
        "resourceType": "AuditEvent",
        "type": _coding(f"{_TERMINOLOGY}/audit-event-type", "rest", "Restful Operation"),
        "subtype": [_coding(_INTERACTION, "read" if reads else "update"), {"system": f"{_SELF}:act", "code": row.what}],
        "action": "R" if reads else "U",
        "recorded": row.at.isoformat(),
        "outcome": "4" if refused else "0",
        "agent": [_user(row), *_machines(row, public_url, reads)],
        "source": {"observer": {"display": "Lægebro"}},
        "entity": _entities(row, citizen),
    }
    if not refused:
        event["meta"] = {"profile": [f"{_PROFILES}/{_READ if reads else _UPDATE}"]}
    return event


def _coding(system: str, code: str, display: str = "") -> Json:
    return {"system": system, "code": code} | ({"display": display} if display else {})


def _user(row: AuditRow) -> Json:
    """Whoever acted; a machine acts without a person behind it, and is still the one that asked."""
    user: Json = {
        "type": {"coding": [_coding(f"{_TERMINOLOGY}/v3-ParticipationType", "IRCP", "information recipient")]},
        "who": {"identifier": {"system": f"{_IDS}:{row.actor.kind}", "value": row.actor.id or str(row.actor.kind)}},
        "requestor": True,
    }
    if row.actor.name:
        user["name"] = row.actor.name
    if row.actor.role:
        user["role"] = [{"text": row.actor.role}]
    if row.basis == "treatment" and row.actor.kind is not ActorKind.SYSTEM:
        purpose = _coding(f"{_TERMINOLOGY}/v3-ActReason", "TREAT", "treatment")
        user["purposeOfUse"] = [{"coding": [purpose]}]
    return user


def _machines(row: AuditRow, public_url: str, reads: bool) -> list[Json]:
    """Where the data went and where it came from; the row holds the channel, not an address."""
    ends = [("110153", "Source Role ID"), ("110152", "Destination Role ID")]
    ours, theirs = ends if reads else reversed(ends)
    channel = row.channel or "browser"
    return [
        _machine(ours, public_url, {"address": public_url, "type": "5"}),
        _machine(theirs, f"{_SELF}:channel:{channel}", {"address": channel}),
    ]


def _machine(role: tuple[str, str], value: str, network: Json) -> Json:
    who = {"identifier": {"value": value}}
    return {"type": {"coding": [_coding(_DICOM, *role)]}, "who": who, "requestor": False, "network": network}


def _entities(row: AuditRow, citizen: CitizenId) -> list[Json]:
    """The citizen, and the consultation; where there was none yet, what was done."""
    patient = {
        "type": _coding(f"{_TERMINOLOGY}/audit-entity-type", "1", "Person"),
        "role": _coding(f"{_TERMINOLOGY}/object-role", "1", "Patient"),
        "what": {"type": "Patient", "identifier": {"system": citizen.system, "value": citizen.value}},
    }
    about = str(row.consultation) if row.consultation else row.what
    data = {
        "type": _coding(f"{_TERMINOLOGY}/audit-entity-type", "2", "System Object"),
        "role": _coding(f"{_TERMINOLOGY}/object-role", "4", "Domain Resource"),
        "what": {"identifier": {"system": f"{_SELF}:consultation", "value": about}},
    }
    return [patient, data]
