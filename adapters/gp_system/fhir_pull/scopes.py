"""SMART scopes of a system (App Launch 2.x, scopes for requesting FHIR resources): asked for, granted, held. Pure."""

from __future__ import annotations

import re

ACTS = "cruds"
_SCOPE = re.compile(r"system/(Task|Subscription|\*)\.(c?r?u?d?s?|read|write|\*)")
_FIRST_VERSION = {"read": "rs", "write": "cud", "*": ACTS}  # SMART 1.0's words for the same


def _read(scope: str) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {"Task": set(), "Subscription": set()}
    for each in scope.split():
        match = _SCOPE.fullmatch(each)
        if match is not None:
            for kind in found if match.group(1) == "*" else (match.group(1),):
                found[kind] |= set(_FIRST_VERSION.get(match.group(2), match.group(2)))
    return found


def granted(asked: str, allowed: str) -> str:
    """What is asked for and allowed, in SMART 2's words; "" where nothing is. Asking for nothing asks for all."""
    limit, wanted = _read(allowed), _read(asked or allowed)
    both = {kind: "".join(act for act in ACTS if act in limit[kind] & wanted[kind]) for kind in limit}
    return " ".join(f"system/{kind}.{acts}" for kind, acts in both.items() if acts)


def permits(scope: str, kind: str, act: str) -> bool:
    return act in _read(scope)[kind]
