"""The active connections as this process knows them: read from the rows, and believed for two seconds."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

from gateway.domain.errors import PeerBusy
from gateway.store.peers.connections import ActiveConnection, SqlConnectionBook

Found = TypeVar("Found")

READ_AGAIN = 2.0  # seconds a list of connections is believed


class ConnectionsInUse:
    def __init__(self, book: SqlConnectionBook) -> None:
        self._book = book
        self._known: list[ActiveConnection] = []
        self._read_at = 0.0

    def of(self, kind: str | None = None) -> list[ActiveConnection]:
        if time.monotonic() - self._read_at > READ_AGAIN:
            self._known = list(self._book.active())
            self._read_at = time.monotonic()
        return [c for c in self._known if kind is None or c.kind == kind]

    def found(self, look: Callable[[], Found]) -> Found:
        """What ``look`` finds among them; where it finds nothing the rows are read again, for another process may have
        put the connection in force since."""
        found = look()
        if not found:
            self.read_again()
            found = look()
        return found

    def named(self, name: str, kind: str | None = None) -> ActiveConnection:
        """``PeerBusy`` where it is not active: its rows stay due, nothing was done."""
        named = self.found(lambda: [c for c in self.of(kind) if c.name == name])
        if not named:
            raise PeerBusy(name, "connection-not-active")
        return named[0]

    def read_again(self) -> None:
        self._read_at = 0.0
