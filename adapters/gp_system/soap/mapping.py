"""From an entry message to the contract's types (wsdl/consultation-queue-1.0.xsd), as plain values by name. Pure."""

from __future__ import annotations

from typing import Any

from adapters.gp_system.soap.words import end_reason, sayable, state_of
from gateway.domain.citizen.citizen import Citizen
from gateway.domain.peers.messages import EntryMessage
from gateway.domain.people import Participant, ParticipantRole

Values = dict[str, Any]


def consultation(message: EntryMessage, connection: str) -> Values:
    """``Consultation``: everything the practice may know of an entry that is open."""
    entry = message.entry
    values = {
        "EntryId": str(entry.id),
        "Revision": entry.revision,
        "State": state_of(entry, connection),
        "Misses": entry.misses,
        "TakenBy": _taken_by(message, connection),
        "ShortId": message.short_id,
        "Practice": {"Ydernummer": str(entry.ydernummer), "Name": sayable(entry.practice_name)},
        "Place": entry.place,
        "RequestedAt": entry.requested_at,
        "ExpiresAt": entry.expires_at,
        "Citizen": _citizen(message.citizen),
        "Sender": _sender(message),
        "Reason": sayable(message.reason),
        "ReasonCorrectedAt": message.reason_corrected_at,
        "Consent": sayable(message.consent),
        "Form": message.form,
        "Participant": [_participant(each) for each in message.participants],
        "AgreedAt": message.agreed_at,
        "AgreedWith": sayable(message.agreed_with),
        "AddressedTo": sayable(entry.addressed_to),
        "Message": sayable(message.remarks_in_words),
        "Away": entry.status.waits and message.availability in ("away", "lost"),
        "Link": message.entry_link,
    }
    return {name: value for name, value in values.items() if value is not None and (value != "" or name in REQUIRED)}


REQUIRED = frozenset(("Reason", "Consent", "Form", "ShortId", "Link"))


def ended(message: EntryMessage) -> Values:
    """``Ended``: the entry is over. The wrong citizen leaves nothing behind (D11)."""
    entry = message.entry
    return {
        "EntryId": str(entry.id),
        "Revision": entry.revision,
        "Reason": end_reason(entry),
        "Erase": entry.ended_reason == "wrong-citizen",
    }


def _taken_by(message: EntryMessage, connection: str) -> Values | None:
    entry = message.entry
    if state_of(entry, connection) not in ("taken", "in-progress") or not entry.accepted_name.strip():
        return None
    clinician = {"Clinician": _name(entry.clinician)} if _name(entry.clinician) else {}
    return {"Name": _name(entry.accepted_name), **clinician}


def _name(text: str) -> str:
    """A token of at most 120 characters."""
    return " ".join(sayable(text).split())[:120].rstrip()


def _citizen(citizen: Citizen | None) -> Values | None:
    """Name and address protection: the practice knows its own patient by number (CPR-loven § 28)."""
    if citizen is None or citizen.identifier is None:
        return None
    named = sayable(citizen.name) if not citizen.protected else ""
    values = {
        "Identifier": citizen.identifier.value,
        "IdentifierSystem": citizen.identifier.system,
        "Name": named or None,
        "BirthDate": citizen.birth_date,
        "Gender": citizen.gender or None,
        "Protected": citizen.protected,
    }
    return {name: value for name, value in values.items() if value is not None}


def _sender(message: EntryMessage) -> Values:
    return {
        "Employee": sayable(message.employee),
        "Role": sayable(message.role),
        "Workplace": sayable(message.workplace),
        "Organisation": sayable(message.organisation),
        "OrganisationCvr": message.organisation_cvr,
        "Phone": sayable(message.phone),
    }


def _participant(participant: Participant) -> Values:
    """The citizen is never named here, since her name may be protected."""
    named = sayable(participant.name).strip() if participant.role is not ParticipantRole.CITIZEN else ""
    name = {"Name": named} if named else {}
    return {"Role": str(participant.role), **name, "How": str(participant.how)}
