"""Where a practice's FHIR server notifies us (R4 Subscription, rest-hook). Which entries it names is only a hint: the
relay reads what has changed since its cursor, and a request calls no peer."""

from __future__ import annotations

import hmac
import json
from collections.abc import Sequence
from typing import ClassVar
from uuid import UUID

from adapters.gp_system.fhir_r4.subscription import parse_notification
from gateway.domain.errors import LaunchRefused
from gateway.domain.peers.messages import Envelope
from gateway.ports.doors import Address, DoorPorts, Reply, Said


class Door:
    """One address for each connection. The header the subscriber asked for comes back with each notification."""

    addresses: ClassVar = (Address("/api/v1/notifications/{connection}"),)
    limit: ClassVar = 1_000_000
    content_type: ClassVar = "application/json"

    def __init__(self, use: DoorPorts) -> None:
        self._callers = use.callers

    def prove(self, call: Envelope) -> Notified:
        connection = call.variables["connection"]
        if not hmac.compare_digest(call.bearer.encode(), self._callers.token(connection).encode()):
            raise LaunchRefused("notification-token", "not-authorised")
        self._callers.named(connection)
        return Notified(connection, parse_notification(call))

    def refuse(self, call: Envelope, fault: Exception) -> Reply | None:
        """As every other refusal of ours: problem+json."""
        return None


class Notified:
    """``entries`` is empty for a handshake or heartbeat."""

    def __init__(self, connection: str, entries: Sequence[UUID]) -> None:
        self.connection = connection
        self._entries = entries

    def read(self) -> Said:
        return Said(changed=True)

    def answer(self, heard: bool) -> Reply:
        return Reply(json.dumps({"entries": len(self._entries)}).encode())
