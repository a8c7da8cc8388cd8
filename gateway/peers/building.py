"""From a connection's stanza to its adapter: validated by the adapter's own Settings, built once per revision.

At the start of a process everything must be sound; a revision that comes while it runs and cannot be built here (its
secret is not on this machine yet) is that connection's trouble alone.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, ValidationError

from adapters.discovery import find_adapter
from gateway.domain.errors import ConfigFault, PeerBusy
from gateway.domain.peers.held import EXPIRES
from gateway.logs import log
from gateway.ports.letters import Corresponding, LetterBook
from gateway.ports.peers import Notifying, Publish
from gateway.ports.registers import KnowingUnits, UnitDirectory
from gateway.settings import secret
from gateway.store.peers.connections import ActiveConnection, SqlConnectionBook
from gateway.store.peers.polling import SqlPollBook
from gateway.store.practice.practices import SqlPracticeBook
from gateway.store.practice.routing import SERVES

BUILD_AGAIN = 30.0  # seconds: a secret may arrive after the revision that names it
NOT_HERE = "cannot-be-built-here"


@dataclass(frozen=True, slots=True)
class Pace:
    """What the gateway itself reads of a connection's settings, in seconds; None where its adapter has no such setting.
    ``quiet_period``: longer than the peer can still apply a request that timed out. ``poll_interval``: between two
    questions what has changed."""

    quiet_period: float | None
    poll_interval: float | None

    @classmethod
    def of(cls, settings: BaseModel) -> Pace:
        return cls(getattr(settings, "quiet_period", None), getattr(settings, "poll_interval", None))


@dataclass(frozen=True, slots=True)
class Built:
    """An adapter, and the settings it was built with. Of the adapter nothing is read but what its port promises."""

    adapter: Any
    pace: Pace


@dataclass(frozen=True, slots=True)
class Books:
    """Where connections, the practices they serve and their polls are kept."""

    connections: SqlConnectionBook
    practices: SqlPracticeBook
    polls: SqlPollBook


class Workshop:
    """Keeps what it has built for as long as the revision holds."""

    def __init__(self, publish: Publish, letters: LetterBook, units: UnitDirectory) -> None:
        self._publish = publish
        self._letters = letters
        self._units = units
        self._built: dict[tuple[str, int], Built] = {}
        self._broken: dict[tuple[str, int], float] = {}

    def build_now(self, connection: ActiveConnection) -> None:
        """Raises ``ConfigFault``."""
        self._built.setdefault((connection.name, connection.revision), self._made(connection))

    def adapter(self, connection: ActiveConnection) -> Any:
        return self._present(connection).adapter

    def pace(self, connection: ActiveConnection) -> Pace:
        return self._present(connection).pace

    def _present(self, connection: ActiveConnection) -> Built:
        """``PeerBusy`` where it cannot be built: nothing was done there, what is due stays due."""
        key = (connection.name, connection.revision)
        if key not in self._built:
            if time.monotonic() < self._broken.get(key, 0.0):
                raise PeerBusy(connection.name, NOT_HERE)
            try:
                self._built[key] = self._made(connection)
            except ConfigFault:
                self._broken[key] = time.monotonic() + BUILD_AGAIN
                log(__name__).error(NOT_HERE, connection=connection.name, revision=connection.revision)
                raise PeerBusy(connection.name, NOT_HERE) from None
        return self._built[key]

    def _made(self, connection: ActiveConnection) -> Built:
        settings = settings_of(connection.kind, connection.adapter, connection.name, connection.config)
        made = find_adapter(connection.kind, connection.adapter).adapter(connection.name, settings, secret)
        if isinstance(made, Notifying):
            made.publish_to(self._publish)
        if isinstance(made, Corresponding):
            made.keep_letters_in(self._letters)
        if isinstance(made, KnowingUnits):
            made.look_units_up_in(self._units)
        return Built(made, Pace.of(settings))


def build(kind: str, adapter: str, name: str, config: Mapping[str, Any]) -> Any:
    """An adapter from its stanza; every fault of the stanza at once as ``ConfigFault``."""
    return find_adapter(kind, adapter).adapter(name, settings_of(kind, adapter, name, config), secret)


def settings_of(kind: str, adapter: str, name: str, config: Mapping[str, Any]) -> BaseModel:
    """The stanza as its adapter's own ``Settings``; label, serves and expires are ours. Raises ``ConfigFault``."""
    found = find_adapter(kind, adapter)
    stanza = {key: value for key, value in config.items() if key not in ("label", SERVES, EXPIRES)}
    try:
        return found.settings.model_validate(stanza)
    except ValidationError as fault:
        places = fault.errors(include_input=False, include_url=False)
        raise ConfigFault(*(f"{name}.{'.'.join(map(str, p['loc']))}: {p['msg']}" for p in places)) from None


def says(config: Mapping[str, Any], said: Mapping[str, str]) -> bool:
    return all(config.get(name) == value for name, value in said.items())
