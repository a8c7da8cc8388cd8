"""Where a peer that answers by messages brings its acknowledgements while a certification lasts: the adapter's own door
over one connection, and the letters that are answered."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from adapters.discovery import find_door
from gateway.certify.door import LocalServer, Place
from gateway.certify.letter_book import MemoryLetters
from gateway.domain.errors import ConfigFault, InvalidField, LaunchRefused
from gateway.domain.identifiers import Ydernummer
from gateway.domain.peers.letter import IncomingLetter
from gateway.domain.peers.messages import Envelope
from gateway.ports.doors import Door, DoorPorts, NotServed


class OneCaller:
    """``ports.calling.Callers`` where there is one connection, whatever a call names it."""

    def __init__(self, address: str) -> None:
        self._address = address
        self.system: Any = None

    def named(self, connection: str) -> Any:
        if self.system is None:
            raise LaunchRefused("nobody-connected", "not-authorised")
        return self.system

    def all(self) -> Sequence[Any]:
        return [self.system]

    def saying(self, **stanza: str) -> Sequence[Any]:
        return [self.system]

    def practices(self, connection: str) -> Sequence[Ydernummer]:
        return []

    def address(self, connection: str) -> str:
        return self._address

    def token(self, connection: str) -> str:
        raise LaunchRefused("no-token", "not-authorised")

    def note_call(self, connection: str) -> None:
        """Nothing is remembered."""


class _Now:
    def now(self) -> datetime:
        return datetime.now(UTC)


class MessageDoor(LocalServer):
    """``corresponds`` hands an adapter the letters kept here, and lets it judge what arrives."""

    path = "/messages"

    def __init__(self, adapter: str, place: Place | None = None, kind: str = "gp_system") -> None:
        super().__init__(place)
        self.letters = MemoryLetters()
        self._callers = OneCaller(self.endpoint)
        self._door = _door(kind, adapter, self._callers)

    def corresponds(self, system: Any) -> None:
        system.keep_letters_in(self.letters)
        self._callers.system = self._callers.system or system

    def take(self, envelope: Envelope) -> int:
        """Acknowledgements only: a text of the practice's has no consultation here to stand with."""
        try:
            said = self._door.prove(replace(envelope, variables={"connection": ""})).read()
        except LaunchRefused:
            return 401
        except NotServed as fault:
            return fault.status
        except InvalidField:
            return 422
        if said.letter is None or said.acknowledging is not None:
            return 422
        self._note(said.letter)
        return 202

    def _note(self, said: IncomingLetter) -> None:
        if said.answers is not None and said.answer is not None:
            name, now = self._callers.system.name, datetime.now(UTC)
            self.letters.note_answer(name, said.answers, said.answer, said.code, now)


def _door(kind: str, adapter: str, callers: OneCaller) -> Door:
    """The adapter's door with the ports that a message needs; there is no queue to ask for here."""
    found = find_door(kind, adapter)
    if found is None:
        raise ConfigFault(f"adapters/{kind}/{adapter}: offers no door for messages")
    nothing: Any = None
    return found.open(DoorPorts("", callers, nothing, nothing, nothing, nothing, _Now(), nothing))
