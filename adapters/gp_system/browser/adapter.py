"""Our own waiting room as a practice system: the clinic reads our rows, so there is no wire and nothing to lose.

What a clinic does there goes through ``services`` directly, never through ``changes``.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from uuid import UUID

from adapters.gp_system.browser.settings import Settings
from gateway.domain.capability import SHOWN, Capability
from gateway.domain.errors import PeerCannot
from gateway.domain.peers.delivery import Receipt
from gateway.domain.peers.messages import EntryMessage, PeerChange


class BrowserWaitingRoom:
    """One connection. The page shows the row the moment it is committed: *received* is now."""

    capabilities = frozenset((Capability.IDEMPOTENT_CREATE, Capability.SEEN)) | SHOWN

    def __init__(
        self,
        name: str,
        settings: Settings,
        secrets: Callable[[str], str],
        *,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self.name = name
        self.settings = settings
        self._clock = clock

    def close(self) -> None:
        """Nothing is open."""

    def enqueue(self, message: EntryMessage) -> Receipt:
        return Receipt(str(message.entry.id), self._clock())

    def update(self, message: EntryMessage) -> Receipt:
        return self.enqueue(message)

    def probe(self, message: EntryMessage) -> Receipt | None:
        raise PeerCannot(self.name, Capability.PROBE)

    def changes(self, cursor: str) -> tuple[Sequence[PeerChange], str]:
        return [], cursor

    def read(self, entry_id: UUID) -> Sequence[PeerChange]:
        return []

    def keep_subscribed(self, endpoint: str, token: str) -> None:
        raise PeerCannot(self.name, Capability.NOTIFIES)
