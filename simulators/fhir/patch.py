"""JSON Patch (RFC 6902) as far as a FHIR update needs it: add, replace, remove, test."""

import copy
from typing import Any

from simulators.fhir.outcome import Json, Refused, refused


def patched(resource: Json, operations: object) -> Json:
    """A changed copy; the first operation that does not fit refuses the whole patch."""
    if not isinstance(operations, list):
        raise Refused(refused(400, "invalid", "a patch is a list of operations"))
    changed = copy.deepcopy(resource)
    for number, operation in enumerate(operations):
        try:
            _apply(changed, operation)
        except (KeyError, IndexError, TypeError, ValueError, AttributeError) as error:
            raise Refused(refused(422, "processing", "an operation does not fit", [f"[{number}]"])) from error
    return changed


def _apply(document: Json, operation: Json) -> None:
    steps = [step.replace("~1", "/").replace("~0", "~") for step in operation["path"].split("/")[1:]]
    parent: Any = document
    for step in steps[:-1]:
        parent = parent[_key(parent, step)]
    verb, last = operation["op"], _key(parent, steps[-1])
    if verb == "remove":
        del parent[last]
    elif verb == "test":
        if parent[last] != operation["value"]:
            raise ValueError("test failed")
    elif verb == "replace":
        _ = parent[last]
        parent[last] = operation["value"]
    elif verb == "add":
        _add(parent, last, operation["value"])
    else:
        raise ValueError("unknown operation")


def _key(parent: Any, step: str) -> Any:
    if not isinstance(parent, list):
        return step
    return len(parent) if step == "-" else int(step)


def _add(parent: Any, key: Any, value: Any) -> None:
    if isinstance(parent, list):
        parent.insert(key, value)
    else:
        parent[key] = value
