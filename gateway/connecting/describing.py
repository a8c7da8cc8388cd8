"""A connection's settings as its adapter's own ``Settings`` describe them, and what two revisions differ in.

A secret is never shown, nor the reference that leads to it: only that there is one.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic.fields import FieldInfo

from adapters.discovery import find_adapter
from gateway.domain.errors import ConfigFault
from gateway.store.peers.connections import Revision
from gateway.store.peers.soundness import is_secret

OURS = ("tenant", "clinic")  # ids of owners, shown by their names elsewhere


@dataclass(frozen=True, slots=True)
class Shown:
    """One setting. ``value`` is "" for a secret; ``help`` is the adapter's own word for it."""

    name: str
    value: str
    help: str
    is_secret: bool
    is_default: bool


@dataclass(frozen=True, slots=True)
class Change:
    """One line of a difference; both values are "" for a secret."""

    name: str
    before: str
    after: str
    is_secret: bool


def settings_shown(kind: str, adapter: str, config: Mapping[str, Any]) -> Sequence[Shown]:
    """In the order of the model; of a revision whose adapter is gone, what the row itself holds."""
    try:
        fields: Mapping[str, FieldInfo] = find_adapter(kind, adapter).settings.model_fields
    except ConfigFault:
        fields = {name: FieldInfo() for name in config}
    return [_shown(name, field, config) for name, field in fields.items() if name not in OURS]


def changes(before: Revision, after: Revision) -> Sequence[Change]:
    """Key by key; a change of state alone is none."""
    told = [_change(name, before.config.get(name), after.config.get(name)) for name in _names(before, after)]
    if before.adapter != after.adapter:
        told.append(Change("adapter", before.adapter, after.adapter, False))
    return told


def _names(before: Revision, after: Revision) -> list[str]:
    names = sorted({*before.config, *after.config})
    return [name for name in names if before.config.get(name) != after.config.get(name)]


def _change(name: str, before: Any, after: Any) -> Change:
    if is_secret(name, before) or is_secret(name, after):
        return Change(name, "", "", True)
    return Change(name, _text(before), _text(after), False)


def _shown(name: str, field: FieldInfo, config: Mapping[str, Any]) -> Shown:
    given = name in config
    value = config[name] if given else field.get_default(call_default_factory=True)
    secret = value not in (None, "") and is_secret(name, value)
    told = "" if secret or (field.is_required() and not given) else _text(value)
    return Shown(name, told, field.description or "", secret, not given)


def _text(value: Any) -> str:
    if value is None or isinstance(value, str):
        return value or ""
    return json.dumps(value, ensure_ascii=False, default=str)
