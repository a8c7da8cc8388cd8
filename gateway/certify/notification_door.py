"""A door where a peer's notifications arrive: keeps each one that carries the right token."""

from __future__ import annotations

import secrets
import threading

from gateway.certify.door import LocalServer, Place
from gateway.domain.peers.messages import Envelope


class NotificationDoor(LocalServer):
    """``heard`` gives what arrived, oldest first."""

    path = "/notify"

    def __init__(self, place: Place | None = None) -> None:
        super().__init__(place)
        self.token = secrets.token_urlsafe(24)
        self._heard: list[Envelope] = []
        self._lock = threading.Lock()

    def heard(self) -> list[Envelope]:
        with self._lock:
            return list(self._heard)

    def take(self, envelope: Envelope) -> int:
        if envelope.headers.get("authorization") != f"Bearer {self.token}":
            return 401
        with self._lock:
            self._heard.append(envelope)
        return 204
