"""What a practice's system claims about an entry, weighed by our row (house.md: our row decides)."""

from __future__ import annotations

from dataclasses import replace

from gateway.domain import queueing, ringing
from gateway.domain.consultation import Consultation
from gateway.domain.errors import InvalidField, NotFound, TransitionRefused
from gateway.domain.messages import PeerChange, PeerVerb
from gateway.domain.people import PEER_ROLE, Actor, ActorKind
from gateway.domain.scope import SystemScope
from gateway.ports import Clock, ConsultationStore
from gateway.services.changing import change


def apply(claim: PeerChange, connection: str, *, store: ConsultationStore, clock: Clock) -> bool:
    """Apply one claim at our own clock's time: a peer's clock decides no deadline of ours.

    A claim our row refuses (someone else was first, the entry is over) is answered by owing the peer our present
    state. False where the entry is not ours or was not sent over this connection.
    """
    try:
        consultation = store.load_by_entry(SystemScope(), claim.entry_id)
    except NotFound:
        return False
    if not any(e.id == claim.entry_id and connection in e.connections for e in consultation.entries):
        return False
    actor = Actor(ActorKind.CLINIC, claim.who_id or connection, claim.who, PEER_ROLE)
    heard = replace(claim, at=clock.now())
    change(store, SystemScope(), consultation.id, lambda c: _weighed(c, heard, connection, actor))
    return True


def _weighed(consultation: Consultation, claim: PeerChange, connection: str, actor: Actor) -> Consultation:
    if consultation.entry is None or consultation.entry.id != claim.entry_id:
        return consultation  # an entry that ended long ago; its own update has told the peer
    if claim.verb is PeerVerb.PUT_BACK and consultation.entry.accepted_by.partition(":")[0] != connection:
        return consultation  # only the door that took the call can lay it back
    try:
        return _applied(consultation, claim, actor)
    except (TransitionRefused, InvalidField) as refusal:
        because = refusal.because if isinstance(refusal, TransitionRefused) else refusal.reason
        told = consultation.telling_practice()
        return told.noting("claim-refused", claim.at, actor, verb=str(claim.verb), because=because or "state")


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
