"""Consultation ↔ rows: which field goes into which column, and which of them are sealed first.

Pure but for the vault's randomness. Children are written and read one by one, so that only what changed is written.
"""

from __future__ import annotations

from datetime import date
from uuid import UUID

from gateway.domain.citizen.citizen import Certainty, Citizen, OwnPractice
from gateway.domain.consultation.aggregate import Availability, Consultation, Ending, Kind, Status
from gateway.domain.consultation.case import CitizenCase, Consent, ConsentAnswer, Representative
from gateway.domain.consultation.clocks import deadline
from gateway.domain.consultation.queue_entry import Basis, EntryStatus, QueueEntry
from gateway.domain.identifiers import CPR_SYSTEM, CitizenId, Cpr, ECpr, Ydernummer
from gateway.domain.people import Form, RoleCategory, Workstation
from gateway.store.consultation.mapping_handover import handover_from, handover_values
from gateway.store.ground.crypto import Vault
from gateway.store.ground.sealing import Place, Row, Values, identifier_index, record_index

_ROOT = (
    "id",
    "tenant",
    "short_id",
    "door",
    "created_at",
    "responsible",
    "room",
    "reason_corrected_at",
    "agreed_at",
    "review_until",
    "modality",
    "technical_failure",
    "closed_at",
    "synthetic",
    "availability_at",
    "device_verdict",
)
_ENTRY = (
    "id",
    "practice_name",
    "place",
    "requested_at",
    "expires_at",
    "received_at",
    "seen_at",
    "accepted_at",
    "accepted_by",
    "ring_until",
    "ring_extended",
    "misses",
    "joined_at",
    "started_at",
    "ended_at",
    "ended_reason",
    "revision",
    "told_not_received",
    "told_not_seen",
    "past_agreed_at",
    "parked_at",
    "proposed_at",
)
_ENTRY_SEALED = ("addressed_to", "accepted_name", "clinician", "ended_text")


def place_of(vault: Vault, table: str, consultation: Consultation | Row, *parts: object) -> Place:
    """The row's place: a child is named by its consultation and its own key."""
    if isinstance(consultation, Consultation):
        tenant, id = consultation.tenant, consultation.id
    else:
        tenant, id = consultation["tenant"], consultation.get("consultation") or consultation["id"]
    return Place(vault, table, "/".join(str(part) for part in (id, *parts)), tenant)


def launch_index(vault: Vault, tenant: UUID, key: str) -> bytes:
    return vault.index(f"launch:{tenant}", key)


def consultation_values(vault: Vault, consultation: Consultation) -> Values:
    """The root row, with the clock that runs on its state (D20)."""
    place = place_of(vault, "consultation", consultation)
    return {
        **{name: getattr(consultation, name) for name in _ROOT},
        "kind": str(consultation.kind),
        "status": str(consultation.status),
        "form": str(consultation.form),
        "availability": str(consultation.availability),
        "ending": str(consultation.ending) if consultation.ending else None,
        "deadline_at": deadline(consultation),
        "launch_index": launch_index(vault, consultation.tenant, consultation.launch_key),
        **_station_values(consultation.workstation),
        **handover_values(consultation.handover),
        **place.seal(
            launch_key=consultation.launch_key,
            responsible_name=consultation.responsible_name,
            reason=consultation.reason,
            agreed_with=consultation.agreed_with,
            phone=consultation.workstation.phone if consultation.workstation else "",
        ),
    }


def _station_values(station: Workstation | None) -> Values:
    if station is None:
        return {"station_role": None, "station_category": "", "workplace_id": None, "workplace": ""}
    return {
        "station_role": station.role,
        "station_category": str(station.category),
        "workplace_id": station.workplace_id,
        "workplace": station.workplace,
    }


def consultation_from(vault: Vault, row: Row) -> Consultation:
    """The root without its children."""
    place = place_of(vault, "consultation", row)
    return Consultation(
        **{name: row[name] for name in _ROOT},
        version=row["version"],
        kind=Kind(row["kind"]),
        status=Status(row["status"]),
        launch_key=place.open(row, "launch_key"),
        responsible_name=place.open(row, "responsible_name"),
        workstation=_station_from(place, row),
        handover=handover_from(row),
        form=Form(row["form"]),
        reason=place.open(row, "reason"),
        agreed_with=place.open(row, "agreed_with"),
        availability=Availability(row["availability"]),
        ending=Ending(row["ending"]) if row["ending"] else None,
    )


def _station_from(place: Place, row: Row) -> Workstation | None:
    if row["station_role"] is None:
        return None
    return Workstation(
        role=row["station_role"],
        category=RoleCategory(row["station_category"]),
        workplace_id=row["workplace_id"],
        workplace=row["workplace"],
        phone=place.open(row, "phone"),
    )


def entry_values(place: Place, entry: QueueEntry) -> Values:
    return {
        **{name: getattr(entry, name) for name in _ENTRY},
        "ydernummer": entry.ydernummer.digits,
        "basis": str(entry.basis),
        "status": str(entry.status),
        "connections": list(entry.connections),
        "proposed_by": entry.proposed_by or None,
        **place.seal(**{name: getattr(entry, name) for name in _ENTRY_SEALED}),
    }


def entry_from(place: Place, row: Row) -> QueueEntry:
    plain: Values = {name: row[name] for name in _ENTRY}
    opened: Values = {name: place.open(row, name) for name in _ENTRY_SEALED}
    return QueueEntry(
        **plain,
        **opened,
        ydernummer=Ydernummer(row["ydernummer"]),
        basis=Basis(row["basis"]),
        status=EntryStatus(row["status"]),
        connections=tuple(row["connections"]),
        proposed_by=row["proposed_by"] or "",
    )


def case_values(place: Place, case: CitizenCase) -> Values:
    """The case without its consents and notes."""
    citizen, own = case.citizen, case.own_practice
    return {
        "id": case.id,
        "identifier_index": identifier_index(place.vault, citizen.identifier) if citizen.identifier else None,
        "record_index": record_index(place.vault, case.eoj_connection, case.record_ref) if case.record_ref else None,
        "gender": citizen.gender,
        "protected": citizen.protected,
        "eoj_connection": case.eoj_connection,
        "own_ydernummer": own.ydernummer.digits if own else None,
        "own_source": own.source if own else "",
        "own_as_of": own.as_of if own else None,
        "own_certainty": str(own.certainty) if own else "",
        "discussed_from": case.discussed_from,
        "discussed_to": case.discussed_to,
        **place.seal(
            identifier=f"{citizen.identifier.system}|{citizen.identifier.value}" if citizen.identifier else "",
            name=citizen.name,
            birth_date=citizen.birth_date.isoformat() if citizen.birth_date else "",
            record_ref=case.record_ref,
        ),
    }


def case_from(place: Place, row: Row) -> CitizenCase:
    born = place.open(row, "birth_date")
    citizen = Citizen(
        identifier=_identifier_from(place.open(row, "identifier")),
        name=place.open(row, "name"),
        birth_date=date.fromisoformat(born) if born else None,
        gender=row["gender"],
        protected=row["protected"],
    )
    return CitizenCase(
        id=row["id"],
        citizen=citizen,
        eoj_connection=row["eoj_connection"],
        record_ref=place.open(row, "record_ref"),
        own_practice=_own_from(row),
        discussed_from=row["discussed_from"],
        discussed_to=row["discussed_to"],
    )


def _identifier_from(text: str) -> CitizenId | None:
    if not text:
        return None
    system, value = text.split("|", 1)
    return Cpr(value) if system == CPR_SYSTEM else ECpr(value, system)


def _own_from(row: Row) -> OwnPractice | None:
    if row["own_ydernummer"] is None:
        return None
    return OwnPractice(
        Ydernummer(row["own_ydernummer"]), row["own_source"], row["own_as_of"], Certainty(row["own_certainty"])
    )


def consent_values(place: Place, consent: Consent) -> Values:
    return {
        "answer": str(consent.answer),
        "declared_by_id": consent.declared_by_id,
        "declared_at": consent.declared_at,
        "wording_version": consent.wording_version,
        "representative": str(consent.representative) if consent.representative else None,
        **place.seal(
            declared_by=consent.declared_by,
            representative_name=consent.representative_name,
            reason=consent.reason,
        ),
    }


def consent_from(place: Place, row: Row) -> Consent:
    return Consent(
        answer=ConsentAnswer(row["answer"]),
        declared_by=place.open(row, "declared_by"),
        declared_by_id=row["declared_by_id"],
        declared_at=row["declared_at"],
        wording_version=row["wording_version"],
        representative=Representative(row["representative"]) if row["representative"] else None,
        representative_name=place.open(row, "representative_name"),
        reason=place.open(row, "reason"),
    )
