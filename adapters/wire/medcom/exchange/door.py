"""Where an access point of the MedCom net brings acknowledgements and texts for us (docs/medcom.md).

202 says that the message is ours to acknowledge, by a message of its own; 4xx that it was nothing we could answer.
"""

from __future__ import annotations

from typing import ClassVar

from adapters.wire.http import FHIR_JSON
from adapters.wire.medcom.exchange.incoming import Incoming, incoming
from adapters.wire.medcom.exchange.line import is_genuine
from adapters.wire.medcom.reading import LARGEST, MEDIA_TYPES
from gateway.domain.errors import LaunchRefused
from gateway.domain.peers.letter import Answer
from gateway.domain.peers.messages import Envelope
from gateway.ports.base import Clock
from gateway.ports.doors import Address, DoorPorts, NotServed, Reply, Said


class MessageDoor:
    """One address for each connection: the access point's token names it as its audience."""

    addresses: ClassVar[tuple[Address, ...]]
    limit: ClassVar = LARGEST
    content_type: ClassVar = FHIR_JSON

    def __init__(self, use: DoorPorts) -> None:
        self._use = use

    def prove(self, call: Envelope) -> BroughtMessage:
        """A bearer token of the access point's own key, meant for this address."""
        connection = call.variables["connection"]
        system, now = self._use.callers.named(connection), self._use.clock.now()
        if not is_genuine(call.bearer, system.settings, self._use.callers.address(connection), now):
            raise LaunchRefused("access-point", "not-authorised")
        if call.media_type not in MEDIA_TYPES:
            raise NotServed(415)
        return BroughtMessage(connection, incoming(call.body, call.media_type, system.settings, now), self._use.clock)

    def refuse(self, call: Envelope, fault: Exception) -> Reply | None:
        """As every other refusal of ours: problem+json."""
        return None


class BroughtMessage:
    """One Bundle of type message."""

    def __init__(self, connection: str, found: Incoming, clock: Clock) -> None:
        self.connection = connection
        self._found, self._clock = found, clock

    def read(self) -> Said:
        answering = None if self._found.is_acknowledgement else self._acknowledged
        return Said(letter=self._found.letter, acknowledging=answering)

    def _acknowledged(self, answer: Answer, code: str) -> bytes:
        return self._found.acknowledged(answer, code, self._clock.now())

    def answer(self, heard: bool) -> Reply:
        return Reply(status=202)
