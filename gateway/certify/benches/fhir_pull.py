"""The bench for ``fhir_pull``: the practice comes to us, so only the promises off the wire are asked of it here.

What its system meets at our door is tested over a real socket in ``tests/integration/doors/test_fhir_door.py``.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from uuid import UUID

from adapters.gp_system.fhir_pull import Adapter, Settings
from adapters.wire.oauth.client_key import public_jwks
from gateway.certify.benches.fhir_r4 import new_key
from gateway.domain.capability import Capability
from gateway.domain.peers.messages import EntryMessage
from gateway.ports.peers import GpSystem


class Bench:
    on_the_wire = False
    ydernummer = "034835"

    def __init__(self) -> None:
        settings = Settings(client_id="torvet-client", jwks=public_jwks(new_key()))
        self.system = Adapter("torvet-pull", settings, lambda reference: reference)
        self.told: list[tuple[UUID, int]] = []
        self.system.publish_to(self._publish)

    def _publish(self, connection: str, entry: UUID, revision: int, at: datetime) -> int:
        news = (entry, revision) not in self.told
        self.told += [(entry, revision)] if news else []
        return int(news)

    def copies(self, message: EntryMessage) -> int:
        """How often the practice was told of this version of the entry."""
        return self.told.count((message.entry.id, message.entry.revision))

    def without(self, capability: Capability) -> GpSystem | None:
        return None if capability in self.system.capabilities else self.system


@contextmanager
def bench(folder: Path) -> Iterator[Bench]:
    yield Bench()
