"""A practice's own system over our published SOAP contract: we call it, or it calls us and pulls its queue.

Every message carries the whole entry and its revision, so the newest one stands whatever order they arrive in; what the
practice did stays beside it as numbered acts, and comes home by ``GetChanges``.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from uuid import UUID

from adapters.gp_system.soap.claims import claims_of
from adapters.gp_system.soap.mapping import consultation, ended
from adapters.gp_system.soap.peer import PracticeQueue, receipt_of
from adapters.gp_system.soap.settings import Settings
from adapters.wire.dgws.assertion import Demands
from adapters.wire.dgws.signature import Trust
from adapters.wire.effect import one_effect
from adapters.wire.keyfiles import Secrets, certificates_from
from gateway.domain.capability import Capability
from gateway.domain.errors import PeerCannot
from gateway.domain.peers.delivery import Receipt
from gateway.domain.peers.messages import EntryMessage, PeerChange
from gateway.domain.peers.trial import Probe, TrialStep

PAGES = 20
SPEAKS = "SOAP 1.1 (ConsultationQueue 1.0)"
CALLED = (Capability.IDEMPOTENT_CREATE, Capability.PROBE, Capability.POLLABLE, Capability.SEEN)
PULLING = (Capability.IDEMPOTENT_CREATE, Capability.SEEN)


class SoapGpSystem:
    """One connection. ``callers``: whose cards open our own door for it, empty where nobody's do."""

    def __init__(
        self,
        name: str,
        settings: Settings,
        secrets: Secrets,
        *,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self.name = name
        self.settings = settings
        self.capabilities = settings.shown.union(CALLED if settings.address else PULLING)
        self.callers = _callers(settings, secrets)
        self._peer = PracticeQueue(name, settings, secrets, clock) if settings.address else None

    def close(self) -> None:
        if self._peer is not None:
            self._peer.close()

    def trial(self) -> Sequence[Probe]:
        """Where we only are called there is nothing to try. Without a cursor the question says nothing of anybody."""
        peer = self._peer
        if peer is None:
            return ()
        return (
            Probe(TrialStep.LOGIN, peer.log_in, SPEAKS),
            Probe(TrialStep.METADATA, lambda: bool(peer.ask("GetChanges")) and None, SPEAKS),
        )

    def rendered(self, message: EntryMessage, at: datetime) -> str:
        return self._called(Capability.IDEMPOTENT_CREATE).rendered(Consultation=consultation(message, self.name))

    def enqueue(self, message: EntryMessage) -> Receipt:
        """The newest revision stands: an entry that has ended meanwhile is said to be over, and never shown."""
        return self.update(message)

    @one_effect
    def update(self, message: EntryMessage) -> Receipt:
        if self._peer is None:
            # It stands in our own rows until the practice fetches it, and only then it is received.
            return Receipt(str(message.entry.id))
        if message.entry.status.ended:
            return self._peer.tell(message.key, "WithdrawConsultation", Ended=ended(message))
        whole = consultation(message, self.name)
        return self._peer.tell(message.key, "EnqueueConsultation", Consultation=whole)

    def probe(self, message: EntryMessage) -> Receipt | None:
        found = self._called(Capability.PROBE).ask("GetEntry", EntryId=str(message.entry.id))
        return receipt_of(found["Receipt"], replayed=True) if found.get("Receipt") else None

    def changes(self, cursor: str) -> tuple[Sequence[PeerChange], str]:
        peer, claims = self._called(Capability.POLLABLE), list[PeerChange]()
        for _ in range(PAGES):
            page = peer.ask("GetChanges", **({"Cursor": cursor} if cursor else {}))
            claims += claims_of(page.get("Act") or [], self.name) if cursor else []
            more, cursor = bool(cursor) and page["More"], str(page["NextCursor"])
            if not more:
                break
        return claims, cursor

    def read(self, entry_id: UUID) -> Sequence[PeerChange]:
        found = self._called(Capability.PROBE).ask("GetEntry", EntryId=str(entry_id))
        return claims_of(found.get("Act") or [], self.name)

    def keep_subscribed(self, endpoint: str, token: str) -> None:
        """The contract knows no subscription: a system that wants to bring its acts calls our own door."""
        raise PeerCannot(self.name, Capability.NOTIFIES)

    def _called(self, capability: Capability) -> PracticeQueue:
        if self._peer is None:
            raise PeerCannot(self.name, capability)
        return self._peer


def _callers(settings: Settings, secrets: Secrets) -> Demands:
    if not settings.caller_issuer:
        return Demands({})
    certificates = certificates_from("caller_certificates", settings.caller_certificates, secrets)
    return Demands({settings.caller_issuer: Trust(certificates, settings.caller_sha1)})
