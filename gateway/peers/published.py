"""The public keys by which peers know us (``/.well-known/jwks.json``), so that one is changed and no login refused.

Shown are the installation's own key, those of the connections in force, those of their drafts, so that a peer has read
a new key before it is used, and for a while those that were replaced: the last assertion they signed is dead by then.
A key that an organisation keeps itself is none of ours: whoever holds it could log in as us wherever this set is read.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from pydantic import ValidationError

from adapters.wire.oauth.client_key import ClientKey
from adapters.wire.oauth.settings import KeySettings
from gateway.domain.errors import ConfigFault
from gateway.ports.base import Clock
from gateway.settings import Settings, secret
from gateway.store.ground.faults import DatabaseFault
from gateway.store.peers.connections import SqlConnectionBook

STILL_SHOWN = timedelta(minutes=15)  # assertions live five minutes at most
BELIEVED = 2.0  # seconds
Json = dict[str, Any]


class PublishedKeys:
    def __init__(self, settings: Settings, connections: SqlConnectionBook, clock: Clock) -> None:
        self._settings, self._connections, self._clock = settings, connections, clock
        self._known: list[Json] = []
        self._read_at = -BELIEVED

    def jwks(self) -> Json:
        if time.monotonic() - self._read_at >= BELIEVED:
            own = ClientKey.from_pem(secret(self._settings.client_key)).public_jwk()
            try:
                found = {own["kid"]: own, **{each["kid"]: each for each in self._of_connections()}}
            except DatabaseFault:  # peers log us in all the same
                return {"keys": self._known or [own]}
            self._known, self._read_at = list(found.values()), time.monotonic()
        return {"keys": self._known}

    def _of_connections(self) -> Iterator[Json]:
        since = self._clock.now() - STILL_SHOWN
        for _name, owner, revision in self._connections.shown_since(since):
            key = public_key_of(revision.config)
            if key is not None and not self._is_kept_by(owner, str(revision.config["client_key"])):
                yield key

    def _is_kept_by(self, owner: UUID | None, reference: str) -> bool:
        """Whether it lies in the folder that an organisation's own connections may name."""
        base = self._settings.console_secrets
        if owner is None or not base or not reference.startswith("file:"):
            return False
        return Path(reference.removeprefix("file:")).resolve().is_relative_to((Path(base) / str(owner)).resolve())


def public_key_of(config: Mapping[str, Any]) -> Json | None:
    """Of the key that the connection proves us by; None where it has none, or it cannot be read here."""
    said = {name: config[name] for name in KeySettings.model_fields if name in config}
    try:
        return KeySettings.model_validate(said).signing_key(secret).public_jwk() if said.get("client_key") else None
    except (ConfigFault, ValidationError, ValueError):
        return None
