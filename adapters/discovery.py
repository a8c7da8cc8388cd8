"""Which adapters there are: a folder ``adapters/<kind>/<name>`` with ``Settings`` and ``Adapter`` is one; a ``door.py``
in it with a class ``Door`` is an address of ours that such systems call. No list."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from pkgutil import iter_modules
from types import ModuleType
from typing import Any

from pydantic import BaseModel

from gateway.domain.errors import ConfigFault
from gateway.ports.doors import Address, Door, DoorPorts

KINDS = ("eoj", "gp_system", "identity", "register", "video")


@dataclass(frozen=True, slots=True)
class FoundAdapter:
    """One adapter: ``settings`` validates a stanza, ``adapter(name, settings, secrets)`` builds a connection from it,
    where ``secrets`` turns a reference into its value. Two settings are read by the gateway itself where a stanza has
    them: ``quiet_period`` and ``poll_interval``, in seconds."""

    kind: str
    name: str
    settings: type[BaseModel]
    adapter: Any
    module: ModuleType


@dataclass(frozen=True, slots=True)
class FoundDoor:
    """``made(ports)`` builds the door that the adapter of that kind and name offers."""

    kind: str
    name: str
    made: type[Door]

    @property
    def addresses(self) -> tuple[Address, ...]:
        return self.made.addresses

    def open(self, ports: DoorPorts) -> Door:
        return self.made(ports)  # type: ignore[call-arg]  # a Protocol says nothing about how its class is built

    def path_of(self, connection: str) -> str:
        """The door's own path for that connection; "" where all connections share its addresses."""
        own = (each.path for each in self.addresses if "{connection}" in each.path)
        return next(own, "").replace("{connection}", connection)


def adapter_names(kind: str) -> list[str]:
    """By folder, in alphabetical order; ``ConfigFault`` for a kind that does not exist."""
    if kind not in KINDS:
        raise ConfigFault(f"kind: must be one of {', '.join(KINDS)}")
    package = import_module(f"adapters.{kind}")
    return sorted(module.name for module in iter_modules(package.__path__) if module.ispkg)


def find_adapter(kind: str, name: str) -> FoundAdapter:
    """Raises ``ConfigFault`` where there is no such folder, or it does not expose ``Settings`` and ``Adapter``."""
    names = adapter_names(kind)
    if name not in names:
        raise ConfigFault(f"adapter: no {kind} adapter of that name; there are: {', '.join(names) or 'none'}")
    module = import_module(f"adapters.{kind}.{name}")
    settings, adapter = getattr(module, "Settings", None), getattr(module, "Adapter", None)
    if not (isinstance(settings, type) and issubclass(settings, BaseModel)) or adapter is None:
        raise ConfigFault(f"adapters/{kind}/{name}: must expose Settings (pydantic) and Adapter")
    return FoundAdapter(kind, name, settings, adapter, module)


def found_adapters(kind: str) -> list[FoundAdapter]:
    return [find_adapter(kind, name) for name in adapter_names(kind)]


@cache
def find_door(kind: str, name: str) -> FoundDoor | None:
    """None for an adapter that is never called; ``ConfigFault`` for a ``door.py`` without a ``Door``."""
    if find_spec(f"adapters.{kind}.{name}.door") is None:
        return None
    made = getattr(import_module(f"adapters.{kind}.{name}.door"), "Door", None)
    if not isinstance(made, type) or not getattr(made, "addresses", ()):
        raise ConfigFault(f"adapters/{kind}/{name}/door.py: must expose Door with its addresses")
    return FoundDoor(kind, name, made)


def found_doors() -> list[FoundDoor]:
    """Every door of every adapter, by kind and name."""
    doors = (find_door(kind, name) for kind in KINDS for name in adapter_names(kind))
    return [door for door in doors if door is not None]
