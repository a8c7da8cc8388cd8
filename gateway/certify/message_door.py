"""A door where a peer that answers by messages brings its acknowledgements, and the letters they answer."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from gateway.certify.door import Door, Place
from gateway.certify.letter_book import MemoryLetters
from gateway.domain.errors import InvalidField
from gateway.domain.peers.messages import Envelope
from gateway.services.practice_side.letters import note_acknowledgement


class MessageDoor(Door):
    """``corresponds`` hands an adapter the letters kept here, and lets it judge what arrives."""

    path = "/messages"

    def __init__(self, place: Place | None = None) -> None:
        super().__init__(place)
        self.letters = MemoryLetters()
        self._system: Any = None

    def corresponds(self, system: Any) -> None:
        system.keep_letters_in(self.letters)
        self._system = self._system or system

    def take(self, envelope: Envelope) -> int:
        """Acknowledgements only: a text of the practice's has no consultation here to stand with."""
        if self._system is None or not self._system.is_genuine(envelope, self.endpoint):
            return 401
        try:
            found = self._system.incoming(envelope.body)
        except InvalidField:
            return 422
        if not found.is_acknowledgement:
            return 422
        note_acknowledgement(found.letter, self._system.name, self.letters, datetime.now(UTC))
        return 202
