"""Which adapters there are: a folder ``adapters/<kind>/<name>`` with ``Settings`` and ``Adapter`` is one. No list."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from pkgutil import iter_modules
from types import ModuleType
from typing import Any

from pydantic import BaseModel

from gateway.domain.errors import ConfigFault

KINDS = ("eoj", "gp_system", "identity", "register")


@dataclass(frozen=True, slots=True)
class FoundAdapter:
    """One adapter: ``settings`` validates a stanza, ``adapter(name, settings, secrets)`` builds a connection from it,
    where ``secrets`` turns a reference into its value. ``module`` holds what else the adapter offers
    (parsers for its doors)."""

    kind: str
    name: str
    settings: type[BaseModel]
    adapter: Any
    module: ModuleType


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
