"""One attempt at one debt: done, certainly not done, unknown, or refused (requirements.md R1).

The row was claimed and its attempt counted and committed before this runs. A fault of our own is not caught: whoever
runs the attempt counts it as a crash of this row, and after three, the last of them alone, it stands still for a human.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Protocol

from gateway.domain.capability import Capability
from gateway.domain.consultation import queueing
from gateway.domain.consultation.aggregate import Consultation
from gateway.domain.consultation.events import DebtKind
from gateway.domain.errors import PeerBusy, PeerError, PeerRefused, PicturesRefused
from gateway.domain.note import picturing
from gateway.domain.note.note import NoteStatus
from gateway.domain.note.still import StillRefusal
from gateway.domain.organisation import Organisation
from gateway.domain.peers.delivery import HORIZON, Delivery, Outcome, Receipt
from gateway.domain.peers.messages import NoteMessage, Picture
from gateway.domain.peers.verdict import Health, Verdict, judged, pause_after
from gateway.domain.people import Actor, ActorKind
from gateway.domain.scope import SystemScope
from gateway.ports.base import Clock
from gateway.ports.peers import EojSystem, GpSystem
from gateway.ports.rows import ConsultationStore, Outbox, StillShelf
from gateway.services.changing import Along, change
from gateway.services.compose import entry_message, note_message
from gateway.services.stills.carrying import carried

AWAITED = "awaits-acknowledgement"
NOT_THERE_YET = "not-there-yet"


class Peers(Protocol):
    """The connected systems by connection name, as the wiring built them."""

    def gp_system(self, connection: str) -> GpSystem: ...

    def eoj(self, connection: str) -> EojSystem: ...

    def organisation(self, delivery: Delivery) -> Organisation: ...

    def is_synthetic(self, connection: str) -> bool: ...

    def quiet_period(self, connection: str) -> timedelta:
        """Longer than the peer can still apply a request that timed out."""


_WITHDRAWN = (NoteStatus.VOID, NoteStatus.RETRACT, NoteStatus.BY_HAND)


@dataclass(frozen=True, slots=True)
class Attempting:
    """What every attempt needs beside the row."""

    store: ConsultationStore
    outbox: Outbox
    peers: Peers
    clock: Clock
    link_base: str
    jitter: Callable[[], float]
    stills: StillShelf


class Unconfirmed(Exception):
    """The peer took the note, and reading it back has not shown it yet. Neither filed nor to be sent again."""

    def __init__(self, receipt: Receipt, verdict: Verdict) -> None:
        super().__init__(verdict.code)
        self.receipt = receipt
        self.verdict = verdict


class PartlyFiled(Exception):
    """The note stands there as ``receipt`` says, and ``fault`` names the pictures of it that were not taken."""

    def __init__(self, receipt: Receipt, fault: PicturesRefused) -> None:
        super().__init__(fault.code)
        self.receipt = receipt
        self.fault = fault


def attempt(delivery: Delivery, use: Attempting, known: Consultation | None = None) -> Outcome:
    """Make the one attempt and settle the row; returns what it came to. ``known``: the consultation as it was read
    after the claim; else it is read here, once."""
    consultation = known or use.store.load(SystemScope(), delivery.consultation)
    try:
        pictures = _pictures(delivery, consultation, use)
        receipt = _send(delivery, consultation, use, pictures)
    except PeerError as fault:
        return _settle_fault(delivery, judged(fault), use)
    except Unconfirmed as unread:
        return _settle_fault(delivery, unread.verdict, use, unread.receipt)
    except PartlyFiled as part:
        _tell_partly(delivery, consultation, part.fault, use, pictures)
        return _settle_fault(delivery, judged(part.fault), use, part.receipt)
    if receipt.awaited:
        return _await_acknowledgement(delivery, receipt, use)
    _settle_done(delivery, consultation, receipt, use, pictures)
    return Outcome.DONE


def _await_acknowledgement(delivery: Delivery, receipt: Receipt, use: Attempting) -> Outcome:
    """Sent, and nothing definite yet: the row wakes when the acknowledgement comes, or when it is overdue."""
    pause = use.peers.quiet_period(delivery.connection)
    use.outbox.settle(delivery, Outcome.UNKNOWN, pause=pause, receipt=receipt, fault=AWAITED)
    return Outcome.UNKNOWN


def _pictures(delivery: Delivery, consultation: Consultation, use: Attempting) -> Sequence[Picture]:
    if delivery.kind is not DebtKind.NOTE:
        return ()
    return carried(consultation, delivery, use.stills, use.peers.eoj(delivery.connection).capabilities)


def _send(delivery: Delivery, consultation: Consultation, use: Attempting, pictures: Sequence[Picture]) -> Receipt:
    _require_same_world(delivery, consultation, use)
    if delivery.kind is DebtKind.NOTE:
        return _send_note(delivery, consultation, use, pictures)
    peer = use.peers.gp_system(delivery.connection)
    message = entry_message(consultation, delivery.subject, use.peers.organisation(delivery), use.link_base)
    if delivery.kind is DebtKind.ENTRY_UPDATE:
        return peer.update(message)
    found = _found(peer.capabilities, delivery, lambda: peer.probe(message), use)
    if found is not None:
        return replace(found, replayed=True)
    return peer.enqueue(replace(message, may_be_there=delivery.unknown))


def _require_same_world(delivery: Delivery, consultation: Consultation, use: Attempting) -> None:
    """Nothing invented reaches a real system, and nothing real a test system, whatever was set up since (D18)."""
    if use.peers.is_synthetic(delivery.connection) is not consultation.synthetic:
        raise PeerRefused(delivery.connection, "synthetic-mismatch")


def _send_note(delivery: Delivery, consultation: Consultation, use: Attempting, pictures: Sequence[Picture]) -> Receipt:
    peer = use.peers.eoj(delivery.connection)
    message = note_message(consultation, delivery, use.peers.organisation(delivery), peer.capabilities)
    message = replace(message, pictures=tuple(pictures))
    if message.note.status in _WITHDRAWN:
        # The wrong citizen was found out after approval, or a person wrote it herself: an earlier attempt may have
        # arrived, so a human looks.
        raise PeerRefused(delivery.connection, str(message.note.status))
    try:
        found = _found(peer.capabilities, delivery, lambda: peer.probe(message), use)
        receipt = replace(found, replayed=True) if found is not None else peer.file_note(message)
    except PicturesRefused as fault:
        taken = tuple(each for each in message.pictures if each.still not in fault.stills)
        raise PartlyFiled(_read_back(peer, replace(message, pictures=taken), Receipt(), use), fault) from None
    if Capability.READ_BACK not in peer.capabilities:
        return receipt
    return replace(receipt, filed_at=_read_back(peer, message, receipt, use).filed_at)


def _read_back(peer: EojSystem, message: NoteMessage, receipt: Receipt, use: Attempting) -> Receipt:
    """A reading that fails, or finds nothing yet, takes nothing back: the note is there as far as we know."""
    still = Outcome.TO_ASK if receipt.replayed else Outcome.UNKNOWN
    try:
        filed = peer.read_back(message)
    except PeerRefused:
        raise  # what was found there is not ours to file over
    except PeerError as fault:
        raise Unconfirmed(receipt, replace(judged(fault), outcome=still)) from None
    if filed is None:
        raise Unconfirmed(receipt, Verdict(still, Health.WELL, "not-readable-yet"))
    return filed if filed.filed_at else replace(filed, filed_at=use.clock.now())


def _found(
    capabilities: frozenset[Capability], delivery: Delivery, ask: Callable[[], Receipt | None], use: Attempting
) -> Receipt | None:
    """Where an earlier attempt may have taken effect, ask before repeating. "Not there" is believed only when the
    quiet period has passed since: what was sent may still be applied, or not be shown yet."""
    if not delivery.unknown:
        return None
    found = _probe(capabilities, delivery, ask)
    if found is None and delivery.sent_before is not None:
        left = delivery.sent_before + use.peers.quiet_period(delivery.connection) - delivery.claimed_at
        if left > timedelta(0):
            raise PeerBusy(delivery.connection, NOT_THERE_YET, retry_after=1 + int(left.total_seconds()))
    return found


def _probe(
    capabilities: frozenset[Capability], delivery: Delivery, ask: Callable[[], Receipt | None]
) -> Receipt | None:
    """A peer with neither probe nor idempotency gets at most one send: then a human looks."""
    if Capability.PROBE in capabilities:
        return ask()
    if Capability.IDEMPOTENT_CREATE in capabilities:
        return None
    raise PeerRefused(delivery.connection, "unknown-and-cannot-probe")


def _settle_done(
    delivery: Delivery, consultation: Consultation, receipt: Receipt, use: Attempting, pictures: Sequence[Picture]
) -> None:
    """Tell the consultation what the peer said and settle the row, in one commit."""
    actor = Actor(ActorKind.PEER, delivery.connection)
    at = use.clock.now()

    def told(consultation: Consultation) -> Consultation:
        if delivery.kind is DebtKind.ENQUEUE and receipt.received_at is not None:
            by_message = _announced(delivery, use)
            heard = receipt.received_at
            return queueing.receive(consultation, delivery.subject, heard, actor, by_message=by_message)
        if pictures:
            ids = [each.still for each in pictures]
            consultation = picturing.filed(consultation, delivery.subject, ids, at, actor)
        if delivery.kind is DebtKind.NOTE and not _told_before(delivery, use):
            kind = "note-filed" if receipt.filed_at else "note-received"
            return consultation.noting(kind, at, actor, **_version_of(delivery))
        return consultation

    settling = use.outbox.settling(delivery, receipt)
    change(use.store, SystemScope(), delivery.consultation, told, along=Along(beside=(settling,)), known=consultation)
    if not settling.written:  # it was no news to the consultation
        use.outbox.settle(delivery, Outcome.DONE, pause=timedelta(0), receipt=receipt)


def _tell_partly(
    delivery: Delivery,
    consultation: Consultation,
    fault: PicturesRefused,
    use: Attempting,
    pictures: Sequence[Picture],
) -> None:
    """What stands in the record and what was refused, before the row stands still."""
    actor, at = Actor(ActorKind.PEER, delivery.connection), use.clock.now()
    taken = [each.still for each in pictures if each.still not in fault.stills]
    known_filed = _told_before(delivery, use)

    def told(consultation: Consultation) -> Consultation:
        if not known_filed:
            consultation = consultation.noting("note-filed", at, actor, **_version_of(delivery))
        consultation = picturing.filed(consultation, delivery.subject, taken, at, actor)
        return picturing.refuse(consultation, delivery.subject, fault.stills, StillRefusal(fault.code), at, actor)

    change(use.store, SystemScope(), delivery.consultation, told, known=consultation)


def _announced(delivery: Delivery, use: Attempting) -> bool:
    """Whether the practice knows by a message only: said on the timeline once."""
    if Capability.ANNOUNCES not in use.peers.gp_system(delivery.connection).capabilities:
        return False
    rows = use.store.timeline(SystemScope(), delivery.consultation)
    return not any(r.kind == "announced" and r.detail.get("entry") == str(delivery.subject) for r in rows)


def _told_before(delivery: Delivery, use: Attempting) -> bool:
    """Whether the timeline says already what became of this case's version."""
    if delivery.attempt == 1:
        return False
    rows = use.store.timeline(SystemScope(), delivery.consultation)
    ours = _version_of(delivery).items()
    return any(r.kind in ("note-filed", "note-received") and ours <= dict(r.detail).items() for r in rows)


def _version_of(delivery: Delivery) -> dict[str, str]:
    return {"case": str(delivery.subject), "version": str(delivery.version)}


def _settle_fault(delivery: Delivery, verdict: Verdict, use: Attempting, receipt: Receipt | None = None) -> Outcome:
    outcome = verdict.outcome
    if delivery.unknown and outcome is Outcome.NOT_DONE:
        outcome = Outcome.TO_ASK  # this attempt did nothing, but an earlier one may have
    # A connection that is ill is mended by a person, and then all its rows go: none of them is given up.
    if verdict.health is not Health.ILL and delivery.claimed_at - delivery.created_at > HORIZON:
        outcome = Outcome.REFUSED
    pause = pause_after(verdict, delivery.attempt, use.jitter(), lambda: use.peers.quiet_period(delivery.connection))
    use.outbox.settle(delivery, outcome, pause=pause, receipt=receipt, fault=verdict.code, verdict=verdict)
    return outcome
