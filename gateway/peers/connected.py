"""The connected systems, built from the connection rows: each stanza validated by its adapter's own Settings.

An adapter is built once per revision and kept; a new revision builds anew, so a change needs no restart.
"""

from __future__ import annotations

import hashlib
import hmac
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from datetime import timedelta
from functools import cached_property
from typing import Any
from uuid import UUID

from adapters.discovery import find_door
from gateway.domain.capability import Capability
from gateway.domain.errors import LaunchRefused, NotFound, PeerBusy
from gateway.domain.organisation import Organisation
from gateway.domain.peers.delivery import Delivery
from gateway.domain.peers.verdict import Health, Verdict
from gateway.peers.building import Books, Workshop, says
from gateway.peers.in_use import ConnectionsInUse
from gateway.peers.published import PublishedKeys
from gateway.peers.standstill import Standstill
from gateway.ports.base import Clock
from gateway.ports.peers import EojSystem, GpSystem, IdentityProvider, InteractiveLaunch, SignedLaunch
from gateway.services.national import BudgetedLookup
from gateway.settings import Settings
from gateway.store.peers.connections import ActiveConnection

KINDS_OF_LOGIN = ("employee", "clinic", "console")
SUCCESS_EVERY = 10.0  # seconds between two notes that a peer answers


class ConnectedPeers:
    """Every connection by name, issuer or owner; implements ``services.deliver.Peers``."""

    def __init__(
        self,
        settings: Settings,
        books: Books,
        workshop: Workshop,
        clock: Clock,
        organisation_of: Callable[[UUID], Organisation],
    ) -> None:
        self._settings = settings
        self._practices = books.practices
        self._polls = books.polls
        self.standstill = Standstill(books)
        self._clock = clock
        self._organisation_of = organisation_of
        self._workshop = workshop
        self.in_use = ConnectionsInUse(books.connections)
        self._connections = books.connections
        self._well: dict[str, float] = {}
        self._leashes: dict[tuple[str, int], BudgetedLookup] = {}

    # by name

    def gp_system(self, connection: str) -> GpSystem:
        system: GpSystem = self._adapter(self.in_use.named(connection, "gp_system"))
        return system

    def eoj(self, connection: str) -> EojSystem:
        system: EojSystem = self._adapter(self.in_use.named(connection, "eoj"))
        return system

    def corresponding(self, name: str) -> Any:
        """A practice or a care system that messages are exchanged with."""
        return self._adapter(self.in_use.named(name))

    def identity(self, name: str) -> IdentityProvider:
        if not self.in_use.found(
            lambda: any(name in self.identities(kind) for kind in ("employee", "clinic", "console"))
        ):
            self.standstill.require_none("identity", name)
            raise NotFound("identity")
        provider: IdentityProvider = self._adapter(self.in_use.named(name, "identity"))
        return provider

    def interactive_launch_named(self, name: str) -> InteractiveLaunch:
        system: InteractiveLaunch = self._adapter(self.in_use.named(name, "eoj"))
        return system

    # by what a stranger says

    def interactive_launch(self, issuer: str) -> InteractiveLaunch:
        """The care system of that issuer, exactly; anything else is ``LaunchRefused``."""
        return self._launching(issuer, "begin")  # type: ignore[no-any-return]

    def signed_launch(self, issuer: str) -> SignedLaunch:
        return self._launching(issuer, "verify")  # type: ignore[no-any-return]

    def _launching(self, issuer: str, verb: str) -> Any:
        for adapter in self.in_use.found(lambda: self._said("eoj", issuer=issuer)):
            if hasattr(adapter, verb):
                return adapter
        self.standstill.require_none("eoj", issuer=issuer)
        raise LaunchRefused("unknown-issuer", "unknown-issuer")

    # by owner

    def identities(self, kind: str, owner: UUID | None = None) -> Sequence[str]:
        """Login connections of employees (``"employee"``: owned by a tenant), clinics (``"clinic"``) or administrators
        (``"console"``: those that say which of their roles open it)."""
        if kind == "console":
            return [
                c.name for c in self.in_use.of("identity") if c.config.get("console") and not c.config.get("clinic")
            ]
        wanted = "tenant" if kind == "employee" else "clinic"
        owned = ((c.name, c.config.get(wanted)) for c in self.in_use.of("identity"))
        return [name for name, of in owned if of and (owner is None or of == str(owner))]

    def owner_of(self, name: str) -> UUID:
        """The tenant or clinic whose people log in, or whose record it is, at that connection."""
        config = self.in_use.named(name).config
        return UUID(str(config.get("tenant") or config["clinic"]))

    def tenant_of(self, name: str) -> UUID | None:
        """The organisation whose login it is; None where it is the operator's own."""
        tenant = self.in_use.named(name).config.get("tenant")
        return UUID(str(tenant)) if tenant else None

    def clinics_of(self, name: str) -> Sequence[UUID]:
        """The clinics whose people may log in at that connection: its owner, and those it is also used by."""
        config = self.in_use.named(name).config
        return [UUID(str(config["clinic"])), *(UUID(str(each)) for each in config.get("also_clinics", ()))]

    def eoj_of_tenant(self, tenant: UUID) -> str:
        """The care system for a typed number: in which it is looked up, else one that takes notes by the number alone.
        ``NotFound`` where the tenant has none."""
        found = self.in_use.found(lambda: self._taking_typed_numbers(tenant))
        if not found:
            self.standstill.require_none("eoj", tenant=str(tenant))
            raise NotFound("eoj")
        return found[0]

    def _taking_typed_numbers(self, tenant: UUID) -> list[str]:
        own = [c for c in self.in_use.of("eoj") if c.config.get("tenant") == str(tenant)]
        able = (Capability.CITIZEN_SEARCH, Capability.FILES_BY_NUMBER)
        return [c.name for one in able for c in own if one in _abilities(self._adapter(c))]

    def national_lookup(self, tenant: UUID, synthetic: bool) -> BudgetedLookup | None:
        """The tenant's own agreement on a national look-up, else the operator's; None where there is neither.
        An invented organisation asks an invented service only, and a real one never does (D18).

        Kept with its breaker for as long as its revision holds: all launches of this process share it."""
        ours = (None, "", str(tenant))
        found = [c for c in self.in_use.of("register") if c.synthetic is synthetic and c.config.get("tenant") in ours]
        if not found:
            return None
        chosen = max(found, key=lambda c: bool(c.config.get("tenant")))
        key = (chosen.name, chosen.revision)
        if key not in self._leashes:
            try:
                self._leashes[key] = BudgetedLookup(self._adapter(chosen))
            except PeerBusy:
                return None  # the registers answer; a launch never waits for an operator
        return self._leashes[key]

    def label(self, name: str) -> str:
        """What people call the system, for pages: the stanza's own label, else its name."""
        return self._labels().get(name, name)

    def _labels(self) -> Mapping[str, str]:
        return {c.name: str(c.config.get("label", c.name)) for c in self.in_use.of()}

    # delivering

    def organisation(self, delivery: Delivery) -> Organisation:
        return self._organisation_of(delivery.tenant)

    def is_synthetic(self, connection: str) -> bool:
        return self.in_use.named(connection).synthetic

    def quiet_period(self, connection: str) -> timedelta:
        own = self._workshop.pace(self.in_use.named(connection)).quiet_period
        return timedelta(seconds=self._settings.quiet_seconds if own is None else own)

    def noticed(self, connection: str, verdict: Verdict) -> None:
        """Remember reachability: every failure with its code, a success only now and then or after a failure."""
        if verdict.health in (Health.FAILING, Health.ILL):
            self._well.pop(connection, None)
            self._practices.note_failure(connection, verdict.code, self._clock.now())
        elif verdict.health is Health.WELL and self._is_time_to_say_so(connection):
            self._well[connection] = time.monotonic()
            self._practices.note_success(connection, self._clock.now())

    def _is_time_to_say_so(self, connection: str) -> bool:
        return time.monotonic() - self._well.get(connection, -SUCCESS_EVERY) >= SUCCESS_EVERY

    # asking and being told

    def take_turn(self, name: str) -> str | None:
        """The cursor to ask that peer from, when it is this process's turn; None otherwise."""
        ours = self._settings.poll_seconds
        own = self._workshop.pace(self.in_use.named(name)).poll_interval or ours
        return self._polls.take_turn(name, timedelta(seconds=min(ours, own)))

    def pollable(self) -> Sequence[str]:
        return self.able(Capability.POLLABLE)

    def systems(self, kind: str, adapter: str, **said: str) -> Sequence[Any]:
        """Active systems of that adapter whose stanza says the same; no other is built for it, so that one whose keys
        cannot be read is nobody else's trouble."""
        return self.in_use.found(lambda: self._said(kind, adapter, **said))

    def buildable(self, kind: str, adapter: str) -> Sequence[Any]:
        """All active systems of that adapter but those that cannot be built on this machine."""
        built = []
        for connection in self.in_use.of(kind):
            with suppress(PeerBusy):
                built += [self._adapter(connection)] if connection.adapter == adapter else []
        return built

    def system_of(self, kind: str, adapter: str, name: str) -> Any:
        """``NotFound`` where no active connection of that adapter has the name."""
        try:
            connection = self.in_use.named(name, kind)
        except PeerBusy:
            raise NotFound("connection") from None
        if connection.adapter != adapter:
            raise NotFound("connection")
        return self._adapter(connection)

    def announcing(self) -> frozenset[str]:
        """Connections by which a practice is only told of agreed consultations."""
        return frozenset(self.able(Capability.ANNOUNCES))

    def acknowledging_later(self) -> frozenset[str]:
        """Care systems that say by messages what became of a note."""
        return frozenset(self.able(Capability.ACKNOWLEDGES_LATER, "eoj"))

    def notifying(self) -> Sequence[str]:
        return self.able(Capability.NOTIFIES)

    def polled(self, name: str, cursor: str) -> None:
        self._polls.keep(name, cursor)

    def poll_soon(self, name: str) -> None:
        self._polls.soon(name)

    def door_token(self, name: str) -> str:
        """Shared with that peer alone, derived so that no row holds it."""
        key = self._settings.key_bytes(self._settings.index_key)
        return hmac.new(key, f"notification:{name}".encode(), hashlib.sha256).hexdigest()

    def door_address(self, name: str) -> str:
        """Where that peer calls us; ``NotFound`` where its adapter offers no address for a single connection."""
        connection = self.in_use.named(name)
        door = find_door(connection.kind, connection.adapter)
        path = "" if door is None else door.path_of(name)
        if not path:
            raise NotFound("door")
        return self._settings.public_url + path

    def jwks(self) -> dict[str, Any]:
        """Our public keys, for peers to verify our logins with."""
        return self._published.jwks()

    @cached_property
    def _published(self) -> PublishedKeys:
        return PublishedKeys(self._settings, self._connections, self._clock)

    # building

    def build_all(self) -> None:
        """At process start, so that no citizen's launch pays for imports and schemas read from disk (1–3 s)."""
        for connection in self.in_use.of():
            self._workshop.build_now(connection)

    def _said(self, kind: str, adapter: str = "", **said: str) -> list[Any]:
        active = (c for c in self.in_use.of(kind) if adapter in ("", c.adapter))
        return [self._adapter(c) for c in active if says(c.config, said)]

    def able(self, capability: Capability, kind: str = "gp_system") -> list[str]:
        """Systems that can; one that cannot be built here is nobody else's trouble."""
        able = []
        for connection in self.in_use.of(kind):
            with suppress(PeerBusy):
                able += [connection.name] if capability in _abilities(self._adapter(connection)) else []
        return able

    def _adapter(self, connection: ActiveConnection) -> Any:
        return self._workshop.adapter(connection)


def _abilities(adapter: Any) -> frozenset[Capability]:
    """None for what only launches."""
    return getattr(adapter, "capabilities", frozenset())
