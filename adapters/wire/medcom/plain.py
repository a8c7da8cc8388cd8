"""What FHIR R4 asks of every element and every value of a kind: judged by a plain walk, since evaluating FHIRPath at
each of a message's elements would cost more than all other rules together."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

Found = tuple[str, str]  # rule, place
ELEMENT = "ele-1: All FHIR elements must have a @value or children"
EXTENSION = "ext-1: Must have either extensions or value[x], not both"
CONTAINED = "ref-1: SHALL have a contained resource if a local reference is provided"
NAMED = (
    "dom-3: If the resource is contained in another resource, it SHALL be referred to from elsewhere in the resource"
)

BLANK = "a value is never empty (R4 §2.24.0.1)"
ADDRESS = "an address holds no blanks (R4 uri)"
_ADDRESSES = frozenset(("system", "url", "fullUrl", "endpoint", "definition", "implicitRules", "profile"))


def faults(bundle: dict[str, Any]) -> Iterator[Found]:
    for number, entry in enumerate(bundle.get("entry") or []):
        resource = entry.get("resource") if isinstance(entry, dict) else None
        if isinstance(resource, dict):
            where = f"Bundle.entry[{number}].resource"
            yield from _local(resource, where)
            yield from _elements(resource, "resource", where)


def _elements(value: Any, name: str, where: str) -> Iterator[Found]:
    """``name``: under which the value stands."""
    if isinstance(value, list):
        for number, each in enumerate(value):
            yield from _elements(each, name, f"{where}[{number}]")
    elif isinstance(value, dict):
        yield from _element(value, name, where)
        for below, each in value.items():
            yield from _elements(each, below, f"{where}.{below}")
    elif isinstance(value, str):
        if not value.strip():
            yield BLANK, where
        elif name in _ADDRESSES and len(value.split()) != 1:
            yield ADDRESS, where


def _element(value: dict[str, Any], name: str, where: str) -> Iterator[Found]:
    if not value.keys() - {"id"}:
        yield ELEMENT, where
    is_extension = name in ("extension", "modifierExtension")
    if is_extension and ("extension" in value) == any(each.lstrip("_").startswith("value") for each in value):
        yield EXTENSION, where


def _local(resource: dict[str, Any], where: str) -> Iterator[Found]:
    """References to what the resource contains, and what it contains without being referred to."""
    held = resource.get("contained")
    names = {f"#{each.get('id')}" for each in held if isinstance(each, dict)} if isinstance(held, list) else set()
    used = {each for each in _references(resource) if each.startswith("#") and each != "#"}
    if used - names:
        yield CONTAINED, where
    if names - used:
        yield NAMED, f"{where}.contained"


def _references(value: Any) -> Iterator[str]:
    if isinstance(value, list):
        for each in value:
            yield from _references(each)
    elif isinstance(value, dict):
        for name, below in value.items():
            if name == "reference" and isinstance(below, str):
                yield below
            else:
                yield from _references(below)
