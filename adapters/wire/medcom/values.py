"""Values in a FHIR document, as profiles speak of them: by name, by choice of type, by pattern. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from adapters.wire.medcom.table import Generation, Slice, Test

_PRIMITIVES = frozenset(
    (
        *("boolean", "integer", "string", "decimal", "uri", "url", "canonical", "base64Binary", "instant", "date"),
        *("dateTime", "time", "code", "oid", "id", "markdown", "unsignedInt", "positiveInt", "uuid"),
    )
)


@dataclass(frozen=True, slots=True)
class Value:
    """``type`` is told by the name of a choice (``valueCoding``), "" otherwise. ``data`` is None where only extensions
    of a primitive stand."""

    data: Any
    type: str
    where: str


def values(parent: Any, name: str, where: str) -> list[Value]:
    """What stands under a name of FHIR's (``value[x]``: under any of its names)."""
    if not isinstance(parent, dict):
        return []
    if not name.endswith("[x]"):
        return [Value(data, "", place) for data, place in _each(parent, name, where)]
    names = (key for key in parent if _of_choice(name).fullmatch(key))
    return [Value(parent[key], typed(key[len(name) - 3 :]), f"{where}.{key}") for key in names]


@cache
def _of_choice(name: str) -> re.Pattern[str]:
    return re.compile(re.escape(name[:-3]) + "[A-Z][A-Za-z0-9]*")


def _each(parent: dict[str, Any], name: str, where: str) -> Iterator[tuple[Any, str]]:
    found = parent.get(name)
    if isinstance(found, list):
        yield from ((data, f"{where}.{name}[{number}]") for number, data in enumerate(found))
    elif found is not None:
        yield found, f"{where}.{name}"
    elif f"_{name}" in parent:
        beside = parent[f"_{name}"]
        yield from ((None, f"{where}.{name}") for _ in (beside if isinstance(beside, list) else [beside]))


def typed(suffix: str) -> str:
    """The type that the name of a choice ends with: ``ContactPoint``, ``string``."""
    primitive = suffix[0].lower() + suffix[1:]
    return primitive if primitive in _PRIMITIVES else suffix


def fits(value: Any, pattern: Any) -> bool:
    """FHIR's *pattern*: all that it says is there; more may be."""
    if isinstance(pattern, list):
        return isinstance(value, list) and all(any(fits(each, wanted) for each in value) for wanted in pattern)
    if isinstance(pattern, dict):
        return isinstance(value, dict) and all(fits(value.get(name), wanted) for name, wanted in pattern.items())
    return bool(value == pattern)


def belongs(value: Value, each: Slice, known: Generation) -> bool:
    return bool(each.when) and all(_passes(value, test, known) for test in each.when)


def _passes(value: Value, test: Test, known: Generation) -> bool:
    if test.types:
        found = values(value.data, f"{test.path[0]}[x]", "") if test.path else [value]
        return any(one.type in test.types for one in found)
    reached = _reached([value.data], test.path)
    if any(fits(one, wanted) for wanted in test.equal for one in reached):
        return True
    return any(_is_coded(one, value_set, known) for value_set in test.codes if value_set for one in reached)


def _reached(found: list[Any], path: Sequence[Any]) -> list[Any]:
    for step in path:
        found = [below for one in found for below in _step(one, step)]
    return found


def _step(parent: Any, step: Any) -> list[Any]:
    if isinstance(step, dict):
        return [one.data for one in values(parent, "extension", "") if _url(one.data) == step["extension"]]
    found = values(parent, step, "") or values(parent, f"{step}[x]", "")
    return [one.data for one in found]


def _url(extension: Any) -> Any:
    return extension.get("url") if isinstance(extension, dict) else None


def _is_coded(one: Any, value_set: str, known: Generation) -> bool:
    """A system of the set is as good as a code of it: slices of identifiers are told apart by their systems."""
    code = one.get("code") if isinstance(one, dict) else one
    return code in known.codes[value_set] or known.holds_code(value_set, None, code)
