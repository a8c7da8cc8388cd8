"""A practice system that trips whoever calls it, as the first word of the consultation's reason says: for tests only.

``segv`` ends the calling process by SIGSEGV, ``raise`` is a fault of our own, ``wait`` answers once the file
``$TRIPPING_FOLDER/go`` is there; anything else is received at once. ``$TRIPPING_FOLDER/journal`` gains a line for each
call that began: the process and the entry.
"""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

from pydantic import BaseModel

from gateway.domain.capability import Capability
from gateway.domain.peers.delivery import Receipt
from gateway.domain.peers.messages import EntryMessage, PeerChange


class Settings(BaseModel):
    """Nothing."""


class Adapter:
    """``ports.GpSystem``."""

    capabilities = frozenset((Capability.IDEMPOTENT_CREATE,))

    def __init__(self, name: str, settings: Settings, secrets: Callable[[str], str]) -> None:
        self.name = name
        self.folder = Path(os.environ["TRIPPING_FOLDER"])

    def enqueue(self, message: EntryMessage) -> Receipt:
        with (self.folder / "journal").open("a", encoding="utf-8") as journal:
            journal.write(f"{os.getpid()} {message.entry.id}\n")
        how = message.reason.partition(" ")[0]
        if how == "segv":
            os.kill(os.getpid(), signal.SIGSEGV)
        if how == "raise":
            raise KeyError("a fault of our own")
        while how == "wait" and not (self.folder / "go").exists():
            time.sleep(0.05)
        return Receipt(str(message.entry.id), datetime.now(UTC))

    def update(self, message: EntryMessage) -> Receipt:
        return self.enqueue(message)

    def probe(self, message: EntryMessage) -> Receipt | None:
        return None

    def changes(self, cursor: str) -> tuple[Sequence[PeerChange], str]:
        return [], cursor

    def read(self, entry_id: UUID) -> Sequence[PeerChange]:
        return []

    def keep_subscribed(self, endpoint: str, token: str) -> None:
        """Never asked."""
