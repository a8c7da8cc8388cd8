"""A revision of an organisation's set-up: drafted, put in force from a day, followed by the next. Pure.

Each revision in force is the whole set-up, valid from its day until the next one's; of two with the same day the later
number is valid.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Any

RETENTION = ("audit_months", "text_days", "draft_days", "attempt_days")  # not one person's to change


class SetupState(StrEnum):
    DRAFT = "draft"
    IN_FORCE = "in-force"  # from its day on, which may be to come
    DROPPED = "dropped"


@dataclass(frozen=True, slots=True)
class SetupRevision:
    """``by``: whoever wrote it, and who else approved it. ``valid_from`` None: a draft."""

    number: int
    state: SetupState
    settings: Mapping[str, Any]
    by: str = field(repr=False)
    at: datetime
    why: str = ""
    valid_from: date | None = None


@dataclass(frozen=True, slots=True)
class SetupChange:
    """One line of a difference, each value as JSON writes it; "" where nothing is said."""

    name: str
    before: str
    after: str
    is_secret: bool = False


def valid_on(history: Iterable[SetupRevision], day: date) -> SetupRevision | None:
    """None before the first one: what was valid then is not known."""
    known = [(each.valid_from, each.number, each) for each in history if each.state is SetupState.IN_FORCE]
    past = [(since, number, each) for since, number, each in known if since is not None and since <= day]
    return max(past, key=lambda one: one[:2])[2] if past else None


def planned(history: Iterable[SetupRevision], today: date) -> Sequence[SetupRevision]:
    """Those whose day is to come, the next first."""
    later = [(each.valid_from, each.number, each) for each in history if each.valid_from and each.valid_from > today]
    return [each for _since, _number, each in sorted(later, key=lambda one: one[:2])]


def draft_of(history: Sequence[SetupRevision]) -> SetupRevision | None:
    """``history``: the newest first."""
    return history[0] if history and history[0].state is SetupState.DRAFT else None


def changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> Sequence[SetupChange]:
    names = [name for name in sorted({*before, *after}) if before.get(name) != after.get(name)]
    return [SetupChange(name, _text(before.get(name)), _text(after.get(name))) for name in names]


def needs_second_person(before: Mapping[str, Any], after: Mapping[str, Any]) -> bool:
    return any(before.get(name) != after.get(name) for name in RETENTION)


def consent_faults(before: Mapping[str, Any], after: Mapping[str, Any]) -> Sequence[tuple[str, str]]:
    """Field and code: another wording has a version of its own, and somebody who approved it."""
    if before.get("consent_text") == after.get("consent_text"):
        return ()
    same = before.get("consent_wording") == after.get("consent_wording")
    faults = [("consent_wording", "new-version")] if same else []
    return faults if after.get("consent_approved_by") else [*faults, ("consent_approved_by", "required")]


def _text(value: Any) -> str:
    if value is None or isinstance(value, str):
        return value or ""
    return json.dumps(value, ensure_ascii=False, default=str)
