"""What a practice's system claims about an entry, weighed by our row (house.md: our row decides)."""

from __future__ import annotations

from uuid import UUID

from gateway.domain import queueing, ringing
from gateway.domain.consultation import Consultation
from gateway.domain.errors import NotFound, TransitionRefused
from gateway.domain.messages import PeerChange, PeerVerb
from gateway.domain.people import Actor, ActorKind
from gateway.domain.scope import SystemScope
from gateway.ports import ConsultationStore
from gateway.services.changing import change


def apply(claim: PeerChange, connection: str, *, store: ConsultationStore) -> bool:
    """Apply one claim; a claim our row refuses (someone else was first, the entry is over) is answered by owing
    the peer our present state. False where the entry is not ours or was not sent over this connection."""
    try:
        consultation = store.load_by_entry(SystemScope(), claim.entry_id)
    except NotFound:
        return False
    if not any(e.id == claim.entry_id and connection in e.connections for e in consultation.entries):
        return False
    actor = Actor(ActorKind.CLINIC, claim.who_id or connection, claim.who, "gp-system")
    change(store, SystemScope(), consultation.id, lambda c: _weighed(c, claim, actor))
    return True


def _weighed(consultation: Consultation, claim: PeerChange, actor: Actor) -> Consultation:
    if consultation.entry is None or consultation.entry.id != claim.entry_id:
        return consultation  # an entry that ended long ago; its own update has told the peer
    try:
        return _applied(consultation, claim, actor)
    except TransitionRefused as refusal:
        told = consultation.telling_practice()
        return told.noting("claim-refused", claim.at, actor, verb=str(claim.verb), because=refusal.because or "state")


def _applied(consultation: Consultation, claim: PeerChange, actor: Actor) -> Consultation:
    match claim.verb:
        case PeerVerb.RECEIVED:
            return queueing.receive(consultation, claim.entry_id, claim.at, actor)
        case PeerVerb.SEEN:
            return queueing.see(consultation, claim.entry_id, claim.at, actor)
        case PeerVerb.ACCEPT:
            return ringing.accept(consultation, claim.at, actor, claim.clinician, claim.entry_id)
        case PeerVerb.PUT_BACK:
            return ringing.put_back(consultation, claim.at, actor)
        case PeerVerb.REJECT:
            return queueing.reject(consultation, claim.reason, claim.text, claim.at, actor)
        case PeerVerb.CLINICIAN:
            return ringing.name_clinician(consultation, claim.clinician, claim.at, actor)


def refresh(entry_id: UUID, claims: list[PeerChange], connection: str, *, store: ConsultationStore) -> int:
    """Apply the present claims about one entry after an id-only notification; returns how many were known."""
    return sum(apply(claim, connection, store=store) for claim in claims if claim.entry_id == entry_id)
