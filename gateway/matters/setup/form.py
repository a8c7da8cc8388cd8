"""The set-up as a form: a field for each key of the model, and what was typed read back into the document."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from gateway.matters.setup.model import SECTIONS, TenantSettings

ROWS = frozenset({"workplaces", "roles", "note_placement", "doctors_on_call"})  # one a line, its parts with = between
LISTS = frozenset({"notes_for", "practice_sources", "alarm_mail", "citizen_languages"})
LONG = frozenset({"consent_text", "lock_guide"})
_YES_OR_NO = ("true", "false")
CHOICES: Mapping[str, Sequence[str]] = {
    "agreement": ("free", "recommended", "required"),
    "unlocked_handover": _YES_OR_NO,
    "stills": _YES_OR_NO,
}
_SCHEMA = TenantSettings.model_json_schema()["properties"]
NUMBERS: Mapping[str, tuple[int, int]] = {
    name: (int(one["minimum"]), int(one["maximum"]))
    for name, told in _SCHEMA.items()
    for one in told["anyOf"]
    if one.get("type") == "integer"
}
NAMES = tuple(name for names in SECTIONS.values() for name in names)


def shown(settings: Mapping[str, Any]) -> dict[str, str]:
    """Each key's text as it stands in its input."""
    return {name: _text(name, settings.get(name)) for name in NAMES}


def read(typed: Mapping[str, str]) -> dict[str, Any]:
    """The document as typed; what says nothing is left out. What cannot be read stays text, and the model names it."""
    found = {name: _value(name, typed.get(name, "").replace("\r\n", "\n").strip()) for name in NAMES}
    return {name: value for name, value in found.items() if value is not None}


def _text(name: str, value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if name in ROWS and isinstance(value, Sequence) and not isinstance(value, str):
        return "\n".join(_row(each) for each in value)
    if name in LISTS and isinstance(value, Sequence) and not isinstance(value, str):
        return "\n".join(str(each) for each in value)
    return str(value)


def _row(parts: Any) -> str:
    return str(parts) if isinstance(parts, str) else " = ".join(str(part) for part in parts).rstrip(" =")


def _value(name: str, text: str) -> Any:
    if not text:
        return None
    lines = [line.strip() for line in text.split("\n") if line.strip()]
    if name in ROWS:
        rows = [[part.strip() for part in line.split("=")] for line in lines]
        return [[*row, "", ""][: max(3, len(row))] for row in rows] if name == "workplaces" else rows
    if name in LISTS:
        return lines
    if name in NUMBERS:
        return int(text) if text.isascii() and text.isdigit() else text
    return {"true": True, "false": False}.get(text, text) if CHOICES.get(name) == _YES_OR_NO else text
