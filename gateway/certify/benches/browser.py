"""The bench for ``browser``: our own rows are the peer, so only the promises off the wire are asked of it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from adapters.gp_system.browser import Adapter, Settings
from gateway.domain.capability import Capability
from gateway.domain.peers.messages import EntryMessage
from gateway.ports.peers import GpSystem


class Bench:
    on_the_wire = False
    ydernummer = "034835"

    def __init__(self) -> None:
        self.system = Adapter("torvet-browser", Settings(), lambda reference: reference)

    def copies(self, message: EntryMessage) -> int:
        """The row itself: there is no second place for it to stand."""
        return 1

    def without(self, capability: Capability) -> GpSystem | None:
        return None if capability in self.system.capabilities else self.system


@contextmanager
def bench(folder: Path) -> Iterator[Bench]:
    yield Bench()
