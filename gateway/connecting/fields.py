"""The form of a connection's settings, read from its adapter's own ``Settings``: nothing here knows an adapter.

Label, help, example, unit and allowed values are those of the model's JSON schema (``title``, ``description``,
``examples``, ``unit``, ``enum``). A model inside the model is taken apart: ``form.name`` is one field.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from pydantic import BaseModel

from gateway.connecting.describing import OURS
from gateway.store.peers.soundness import is_secret

_LOWEST, _HIGHEST = ("minimum", "exclusiveMinimum"), ("maximum", "exclusiveMaximum")


class Shape(StrEnum):
    """How a setting is typed."""

    TEXT = "text"
    NUMBER = "number"
    CHOICE = "choice"
    FLAG = "flag"
    LINES = "lines"  # a list: one value a line
    PAIRS = "pairs"  # a mapping of texts: ``theirs = ours``, one a line
    JSON = "json"  # anything else
    REFERENCE = "reference"  # where a secret lies: env:NAME or file:PATH


@dataclass(frozen=True, slots=True)
class SettingField:
    """One field of the form. ``path``: its place, with dots; ``bounds``: lowest and highest, "" where there is none.
    ``is_path``: of a file or folder on the gateway's machine. ``holds``: a ``HeldKind``, of what ends one day; ``key``:
    of a certificate, the field with its key."""

    path: str
    shape: Shape
    label: str
    help: str = ""
    example: str = ""
    unit: str = ""
    allowed: tuple[str, ...] = ()
    default: Any = None
    required: bool = False
    bounds: tuple[str, str] = ("", "")
    is_path: bool = False
    holds: str = ""
    key: str = ""


def fields_of(settings: type[BaseModel]) -> Sequence[SettingField]:
    """In the order of the model; ids of owners are not for typing."""
    schema = settings.model_json_schema()
    return [field for field in _inside(schema, schema, "", True) if field.path not in OURS]


def value_at(config: Mapping[str, Any], path: str) -> Any:
    """What the configuration says there; None where it says nothing."""
    found: Any = config
    for name in path.split("."):
        if not isinstance(found, Mapping) or name not in found:
            return None
        found = found[name]
    return found


def as_text(shape: Shape, value: Any) -> str:
    """A value as it stands in its input."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if shape is Shape.LINES and isinstance(value, (list, tuple)) and all(isinstance(each, str) for each in value):
        return "\n".join(value)
    if shape is Shape.PAIRS and isinstance(value, Mapping) and all(isinstance(each, str) for each in value.values()):
        return "\n".join(f"{name} = {each}" for name, each in value.items())
    return json.dumps(value, ensure_ascii=False, default=str)


def _inside(schema: Mapping[str, Any], root: Mapping[str, Any], prefix: str, whole: bool) -> Iterator[SettingField]:
    """``whole``: whether the model around these fields must be given; then what it requires is required."""
    needed = schema.get("required", ()) if whole else ()
    for name, told in schema.get("properties", {}).items():
        given = _resolved(told, root)
        path = f"{prefix}{name}"
        if given.get("properties"):
            yield from _inside(given, root, f"{path}.", name in needed)
        else:
            yield _field(path, name, given, name in needed)


def _resolved(told: Mapping[str, Any], root: Mapping[str, Any]) -> dict[str, Any]:
    """Without references and without *or nothing*: what remains says how the value looks."""
    found = dict(told)
    for part in [*found.pop("allOf", ()), *(each for each in found.get("anyOf", ()) if each.get("type") != "null")]:
        found = {**_resolved(part, root), **found}
    if "$ref" in found:
        found = {**root["$defs"][found.pop("$ref").rpartition("/")[2]], **found}
    return found


def _field(path: str, name: str, given: Mapping[str, Any], required: bool) -> SettingField:
    examples = given.get("examples") or ("",)
    shape = _shape(name, given)
    return SettingField(
        path,
        shape,
        str(given.get("title") or name),
        str(given.get("description", "")),
        as_text(shape, examples[0]),
        str(given.get("unit", "")),
        _allowed(given),
        given.get("default"),
        required,
        (_bound(given, _LOWEST), _bound(given, _HIGHEST)),
        given.get("format") == "path",
        str(given.get("holds", "")),
        str(given.get("key", "")),
    )


def _shape(name: str, given: Mapping[str, Any]) -> Shape:
    if given.get("format") == "reference" or is_secret(name, "-") or "(env|file)" in str(given.get("pattern", "")):
        return Shape.REFERENCE
    if given.get("type") == "array":
        return Shape.LINES if given.get("items", {}).get("type") == "string" else Shape.JSON
    if given.get("type") == "object":
        inner = given.get("additionalProperties")
        return Shape.PAIRS if isinstance(inner, Mapping) and inner.get("type") == "string" else Shape.JSON
    by_type = {"boolean": Shape.FLAG, "integer": Shape.NUMBER, "number": Shape.NUMBER}
    if "enum" in given:
        return Shape.CHOICE
    return by_type.get(str(given.get("type")), Shape.TEXT)


def _allowed(given: Mapping[str, Any]) -> tuple[str, ...]:
    values = given.get("enum") or given.get("items", {}).get("enum") or ()
    return tuple(str(value) for value in values)


def _bound(given: Mapping[str, Any], names: Sequence[str]) -> str:
    return next((f"{given[name]:g}" for name in names if name in given), "")
