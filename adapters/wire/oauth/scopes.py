"""Scopes asked for and scopes granted (RFC 6749 §3.3, §5.1): what is missing, in the words it was asked for. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

# SMART App Launch 2.x: context, resource or all, acts in SMART 2's letters or SMART 1's words.
_SMART = re.compile(r"(patient|user|system)/([A-Za-z]+|\*)\.(c?r?u?d?s?|read|write|\*)")
_FIRST_VERSION = {"read": "rs", "write": "cud", "*": "cruds"}
# Asked for to steer the login, and rarely repeated by a server that honours them.
_SILENT = frozenset({"launch", "launch/patient", "openid", "online_access", "offline_access"})


def missing_scopes(asked: str, answer: Mapping[str, Any]) -> tuple[str, ...]:
    """Those of ``asked`` that the token endpoint's answer does not grant; () where it says no scope, which means that
    all were granted."""
    said = answer.get("scope")
    if not isinstance(said, str) or not said.strip():
        return ()
    granted = said.split()
    return tuple(each for each in asked.split() if each not in _SILENT and not _is_covered(each, granted))


def _is_covered(scope: str, granted: list[str]) -> bool:
    wanted = _SMART.fullmatch(scope)
    if wanted is None:
        return scope in granted
    acts = set(_acts(wanted))
    for each in filter(None, map(_SMART.fullmatch, granted)):
        if each[1] == wanted[1] and each[2] in (wanted[2], "*"):
            acts -= _acts(each)
    return not acts


def _acts(scope: re.Match[str]) -> set[str]:
    return set(_FIRST_VERSION.get(scope[3], scope[3]))
