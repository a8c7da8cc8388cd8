"""What a practice's system claims about an entry, weighed by our row (requirements.md Q1)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID

from gateway.domain.consultation import queueing, ringing
from gateway.domain.consultation.aggregate import Consultation
from gateway.domain.consultation.queue_entry import EntryStatus, QueueEntry
from gateway.domain.errors import InvalidField, NotFound, TransitionRefused
from gateway.domain.peers.messages import PeerChange, PeerVerb
from gateway.domain.people import PEER_ROLE, Actor, ActorKind
from gateway.domain.records import AuditRow
from gateway.domain.scope import SystemScope
from gateway.ports.base import Clock
from gateway.ports.rows import ConsultationStore
from gateway.services.changing import Along, change


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


def apply_now(
    exactly: tuple[UUID, int],
    claims: Sequence[PeerChange],
    connection: str,
    *,
    store: ConsultationStore,
    clock: Clock,
    audit: Sequence[AuditRow] = (),
) -> Consultation:
    """Apply all claims of one request to exactly the entry and version its maker saw, together or not at all.

    For a peer that waits for the answer, so a refusal is raised: ``TransitionRefused`` with *stale* where the row has
    moved on since, and with the winner where somebody else was first."""
    entry_id, version = exactly
    found = store.load_by_entry(SystemScope(), entry_id)

    def weighed(consultation: Consultation) -> Consultation:
        if consultation.version != version:
            raise _moved_on(consultation, entry_id)
        for claim in claims:
            actor = Actor(ActorKind.CLINIC, claim.who_id or connection, claim.who, PEER_ROLE)
            consultation = _claimed(consultation, replace(claim, at=clock.now()), connection, actor)
        return consultation

    return change(store, SystemScope(), found.id, weighed, along=Along(audit))


def _moved_on(consultation: Consultation, entry_id: UUID) -> TransitionRefused:
    entry = next(e for e in consultation.entries if e.id == entry_id)
    return TransitionRefused("change", str(entry.status), "stale", entry.accepted_name)


def _claimed(consultation: Consultation, claim: PeerChange, connection: str, actor: Actor) -> Consultation:
    entry = consultation.entry
    if entry is None or entry.id != claim.entry_id:
        raise TransitionRefused(str(claim.verb), str(consultation.status), "ended")
    if _is_the_takers(claim, entry) and not _took(entry, connection):
        raise TransitionRefused(str(claim.verb), str(entry.status), "taken", entry.accepted_name)
    return _applied(consultation, claim, connection, actor)


def _weighed(consultation: Consultation, claim: PeerChange, connection: str, actor: Actor) -> Consultation:
    if consultation.entry is None or consultation.entry.id != claim.entry_id:
        return consultation  # an entry that ended long ago; its own update has told the peer
    if _is_the_takers(claim, consultation.entry) and not _took(consultation.entry, connection):
        return consultation
    try:
        return _applied(consultation, claim, connection, actor)
    except (TransitionRefused, InvalidField) as refusal:
        because = refusal.because if isinstance(refusal, TransitionRefused) else refusal.reason
        answered = consultation.telling_practice()
        return answered.noting("claim-refused", claim.at, actor, verb=str(claim.verb), because=because or "state")


def _applied(consultation: Consultation, claim: PeerChange, connection: str, actor: Actor) -> Consultation:
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
            _require_untaken_elsewhere(consultation, connection)
            return queueing.reject(consultation, claim.reason, claim.text, claim.at, actor)
        case PeerVerb.CLINICIAN:
            return ringing.name_clinician(consultation, claim.clinician, claim.at, actor)


def _require_untaken_elsewhere(consultation: Consultation, connection: str) -> None:
    """A no that was on its way while another connection took the call comes too late: the winner's ring goes on."""
    entry = consultation.entry
    if entry is not None and entry.status is EntryStatus.ACCEPTED and not _took(entry, connection):
        raise TransitionRefused("reject", str(entry.status), "taken", entry.accepted_name)


def _is_the_takers(claim: PeerChange, entry: QueueEntry) -> bool:
    """Only the connection that took the call puts it back or says who talks: a race's loser named its own doctor."""
    return claim.verb is PeerVerb.PUT_BACK or (claim.verb is PeerVerb.CLINICIAN and bool(entry.accepted_by))


def _took(entry: QueueEntry, connection: str) -> bool:
    return entry.accepted_by.partition(":")[0] == connection
