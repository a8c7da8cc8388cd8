"""When two Tasks mean the same, however a library has written one of them anew (R4 §2.1: JSON, references, dateTime).

What may differ: the form of a time, the names of contained resources and their order, elements that are empty, line
ends, a reference's type said beside it, and what a server generates for people (``text`` and ``meta`` of what is
contained). Pure.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from adapters.wire.task.words import Json, mapping, mappings, text

# Text of people: it may look like a time, and stays what it is.
_WORDS = frozenset(("valueString", "valueMarkdown", "text", "description", "display", "value"))
_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)")


def same(one: Any, other: Any) -> bool:
    """Two values of one element, neither of which refers to anything contained."""
    return bool(_plain(one, "", {}) == _plain(other, "", {}))


def differing(put: Json, present: Json) -> list[str]:
    """The names of the elements that do not mean the same, in order."""
    ours, theirs = normal(put), normal(present)
    return [name for name in sorted({*ours, *theirs}) if ours.get(name) != theirs.get(name)]


def normal(task: Json) -> Json:
    """The Task by meaning: contained resources stand where they are referred to, and beside that as a sorted list."""
    contained = {_local(text(each.get("id"))): each for each in mappings(task.get("contained"))}
    # Within what is contained a reference stays a name, by type: no chain of them is followed.
    kinds = {id: f"#{each.get('resourceType')}" for id, each in contained.items()}
    held = {id: _plain(_authored(each), "", kinds) for id, each in contained.items()}
    plain = {name: _plain(value, name, held) for name, value in task.items() if name != "contained"}
    plain["contained"] = sorted(json.dumps(each, sort_keys=True) for each in held.values())
    return {name: value for name, value in plain.items() if not _is_empty(value)}


def referred(task: Json, *names: str) -> set[str]:
    """Ids of the contained resources that those elements of the Task refer to."""
    return {_local(text(mapping(task.get(name)).get("reference"))) for name in names}


def _local(reference: str) -> str:
    return reference.removeprefix("#")


def _authored(resource: Json) -> Json:
    """Without its name, and without what servers add."""
    generated = ("id", "meta", *(("text",) if "div" in mapping(resource.get("text")) else ()))
    return {name: value for name, value in resource.items() if name not in generated}


def _plain(value: Any, name: str, held: Mapping[str, Any]) -> Any:
    if isinstance(value, dict):
        inner = {key: _plain(each, key, held) for key, each in value.items() if key != "reference"}
        if isinstance(reference := value.get("reference"), str):
            inner |= _referred(reference, inner.get("type"), held)
        return {key: each for key, each in inner.items() if not _is_empty(each)}
    if isinstance(value, list):
        return [_plain(each, name, held) for each in value]
    return _told(value, name) if isinstance(value, str) else value


def _referred(reference: str, kind: Any, held: Mapping[str, Any]) -> Json:
    """What is referred to, where it is contained; a type that the reference says already is no news."""
    target = held.get(_local(reference)) if reference.startswith("#") else None
    known = mapping(target).get("resourceType") if target is not None else "/".join(reference.split("/")[-2:-1])
    return {"reference": reference if target is None else target, "type": None if kind == known else kind}


def _told(value: str, name: str) -> Any:
    if name not in _WORDS and _INSTANT.fullmatch(value):
        try:
            return datetime.fromisoformat(value).astimezone(UTC).isoformat()
        except (ValueError, OverflowError):
            return value
    return unicodedata.normalize("NFC", value.replace("\r\n", "\n").replace("\r", "\n")).strip()


def _is_empty(value: Any) -> bool:
    return value is None or value == [] or value == {}
