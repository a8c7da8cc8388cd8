"""From what was typed to a configuration, and what its adapter's model says of it, field by field.

Nothing typed is lost: what cannot be read as a number or a list stays the text it is, and the model names it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from adapters.discovery import FoundAdapter
from gateway.connecting.fields import SettingField, Shape, as_text, value_at
from gateway.domain.peers.held import EXPIRES
from gateway.store.practice.routing import SERVES

BESIDE = ("label", SERVES, EXPIRES)  # ours, not the adapter's
WHOLE = "settings"  # a fault of several fields together


@dataclass(frozen=True, slots=True)
class SettingFault:
    """``path``: the field, or ``WHOLE``. ``code``: pydantic's type, or ours; ``words``: the adapter's own sentence;
    ``about``: the day or the other field that ours names."""

    path: str
    code: str
    words: str = ""
    about: str = ""


def config_of(fields: Sequence[SettingField], typed: Mapping[str, str], before: Mapping[str, Any]) -> dict[str, Any]:
    """The configuration as typed. An empty field is left out and has its default, but a secret's empty field leaves it
    as it was; what the form has no field for stays."""
    config: dict[str, Any] = {name: value for name, value in before.items() if name not in _first_names(fields)}
    for field in fields:
        text, former = typed.get(field.path), value_at(before, field.path)
        kept = text is None or (not text and (field.shape is Shape.REFERENCE or former == ""))
        value = former if kept else _value(field.shape, str(text))
        if value is not None:
            _put(config, field.path, value)
    return config


def _first_names(fields: Sequence[SettingField]) -> set[str]:
    return {field.path.partition(".")[0] for field in fields}


def _put(config: dict[str, Any], path: str, value: Any) -> None:
    *outer, last = path.split(".")
    for name in outer:
        config = config.setdefault(name, {})
    config[last] = value


def _value(shape: Shape, text: str) -> Any:
    """None where nothing was typed."""
    text = text.replace("\r\n", "\n").strip()
    if not text:
        return None
    if shape is Shape.LINES and not text.startswith("["):
        return [line.strip() for line in text.splitlines() if line.strip()]
    if shape is Shape.PAIRS and not text.startswith("{"):
        return _pairs(text)
    if shape in (Shape.NUMBER, Shape.FLAG, Shape.JSON, Shape.LINES, Shape.PAIRS):
        with suppress(ValueError):
            return json.loads(text)
    return text


def _pairs(text: str) -> dict[str, str] | str:
    lines = [line.partition("=") for line in text.splitlines() if line.strip()]
    if not all(sign for _name, sign, _value in lines):
        return text
    return {name.strip(): value.strip() for name, _sign, value in lines}


def faults_of(found: FoundAdapter, config: Mapping[str, Any]) -> list[SettingFault]:
    """Everything that the adapter's model finds wrong, in its order."""
    stanza = {name: value for name, value in config.items() if name not in BESIDE}
    try:
        found.settings.model_validate(stanza)
    except ValidationError as fault:
        return [_fault(each) for each in fault.errors(include_input=False, include_url=False)]
    return []


def _fault(told: Any) -> SettingFault:
    place = ".".join(str(part) for part in told["loc"] if not isinstance(part, int))
    return SettingFault(place or WHOLE, str(told["type"]), str(told["msg"]).removeprefix("Value error, "))


def shown(field: SettingField, config: Mapping[str, Any]) -> str:
    """What stands in the field's input: "" for a secret, whatever leads to it."""
    return "" if field.shape is Shape.REFERENCE else as_text(field.shape, value_at(config, field.path))
