"""From the aggregate to the messages other systems are sent; nothing is said here that a row does not hold."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

from gateway.domain.capability import Capability
from gateway.domain.consultation.aggregate import Consultation, Ending
from gateway.domain.consultation.case import CitizenCase, Consent, ConsentAnswer, Representative
from gateway.domain.consultation.events import DebtKind
from gateway.domain.consultation.queue_entry import QueueEntry, Remark
from gateway.domain.errors import NotFound
from gateway.domain.organisation import Organisation
from gateway.domain.peers.delivery import Delivery, delivery_key
from gateway.domain.peers.messages import EntryMessage, NoteMessage
from gateway.domain.people import ActorKind, ParticipantRole

# What leaves the system is Danish (requirements.md U02).
REPRESENTATIVES = {
    Representative.NEXT_OF_KIN: "nærmeste pårørende",
    Representative.GUARDIAN: "personlig værge",
    Representative.FUTURE_PROXY: "fremtidsfuldmægtig",
    Representative.CUSTODY_HOLDER: "forældremyndighedsindehaver",
}


def entry_message(
    consultation: Consultation, entry_id: UUID, organisation: Organisation, link_base: str
) -> EntryMessage:
    """The entry as its practice may know it. In a round no citizen is named: each is shown only while discussed."""
    entry = _entry(consultation, entry_id)
    case = consultation.sole_case
    station = consultation.workstation
    if consultation.ending is Ending.WRONG_CITIZEN:  # whoever had it forgets, however it ended there
        case, entry = None, replace(entry, ended_reason="wrong-citizen")
    return EntryMessage(
        entry=entry,
        key=delivery_key(consultation.id, DebtKind.ENQUEUE, entry.id, 1),
        short_id=consultation.short_id,
        citizen=case.citizen if case else None,
        employee=consultation.responsible_name,
        role=station.role if station else "",
        workplace=station.workplace if station else "",
        organisation=organisation.name,
        organisation_cvr=organisation.cvr,
        phone=station.phone if station else "",
        reason=consultation.about,
        reason_corrected_at=consultation.reason_corrected_at,
        consent=consent_in_words(case.consent) if case and case.consent else "",
        form=str(consultation.form),
        participants=tuple(p for p in consultation.participants if p.role is not ParticipantRole.CLINICIAN),
        agreed_at=consultation.agreed_at,
        agreed_with=consultation.agreed_with,
        entry_link=f"{link_base}/klinik/kald/{entry.id}",
        availability=str(consultation.availability),
        remarks=_remarks(consultation, entry.id),
    )


def _remarks(consultation: Consultation, entry: UUID) -> tuple[Remark, ...]:
    """The employee's own: what the clinic writes it has already. One of the wrong citizen has no text any more."""
    written = (each for each in consultation.remarks if each.entry == entry and each.text)
    return tuple(each for each in written if each.side == ActorKind.EMPLOYEE)


def note_message(
    consultation: Consultation, delivery: Delivery, organisation: Organisation, capabilities: frozenset[Capability]
) -> NoteMessage:
    """Exactly the version the delivery owes, of exactly that case; an addendum where the peer cannot replace."""
    station = consultation.workstation
    replaces = Capability.REPLACE_NOTE in capabilities
    case = consultation.case(delivery.subject)
    for note in case.notes:
        if note.version == delivery.version:
            return NoteMessage(
                key=delivery.key,
                consultation=consultation.id,
                case=case.id,
                record_ref=case.record_ref,
                note=note,
                supersedes=_former_key(consultation, case, note.version),
                synthetic=consultation.synthetic,
                placement=organisation.note_rules.place_of(station.category if station else None, consultation.kind),
                addendum=note.version > 1 and not replaces,
                citizen=case.citizen,
                organisation_cvr=organisation.cvr,
                phone=station.phone if station else "",
                may_be_there=delivery.unknown or bool(delivery.receipt.reference),
            )
    raise NotFound("note version")


def _former_key(consultation: Consultation, case: CitizenCase, version: int) -> UUID | None:
    if version <= 1:
        return None
    return delivery_key(consultation.id, DebtKind.NOTE, case.id, version - 1)


def _entry(consultation: Consultation, entry_id: UUID) -> QueueEntry:
    for entry in consultation.entries:
        if entry.id == entry_id:
            return entry
    raise NotFound("entry")


def consent_in_words(consent: Consent) -> str:
    """For the practice and the note: who answered, on whose behalf, or why it could not be obtained."""
    match consent.answer:
        case ConsentAnswer.GIVEN:
            said = "Borgeren har selv givet samtykke"
        case ConsentAnswer.REPRESENTATIVE:
            kind = REPRESENTATIVES[consent.representative] if consent.representative else "repræsentant"
            said = f"Samtykke givet af {kind}, {consent.representative_name}"
        case ConsentAnswer.URGENT:
            said = f"Samtykke kunne ikke indhentes, behandlingen haster: {consent.reason}"
        case ConsentAnswer.REFUSED:
            said = "Borgeren har afslået"
        case ConsentAnswer.WITHDRAWN:
            said = "Borgeren trak sit samtykke tilbage under samtalen"
    return f"{said}. Erklæret på tro og love af {consent.declared_by}."
