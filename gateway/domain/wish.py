"""What people report from a page – a wish or a fault – and what their support answers (requirements.md U15, AD21)."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from gateway.domain.errors import InvalidField
from gateway.domain.identifiers import contains_citizen_number

TEXT_LENGTH = 1000
KEPT = timedelta(days=730)


class WishKind(StrEnum):
    WISH = "wish"
    FAULT = "fault"


class WishStatus(StrEnum):
    NEW = "new"  # nobody at the support has looked at it
    NOTED = "noted"
    PLANNED = "planned"
    SOLVED = "solved"
    DECLINED = "declined"


@dataclass(frozen=True, slots=True)
class Wish:
    """One report. ``person`` is our id of who sent it, ``tenant`` her organisation (None: she works in a clinic).

    ``page`` names the page by its endpoint, ``reference`` a consultation or a fault by the code a person reads aloud;
    nobody who is spoken of is named.
    """

    id: UUID
    tenant: UUID | None
    person: str
    kind: WishKind
    text: str = field(repr=False)
    page: str
    reference: str
    version: str
    sent_at: datetime
    status: WishStatus = WishStatus.NEW
    answer: str = field(default="", repr=False)
    answered_at: datetime | None = None


def require_sound(text: str, path: str = "text") -> str:
    """The text without blanks around it; ``InvalidField`` where it is too long or holds a citizen's number (U16)."""
    said = text.strip()
    if len(said) > TEXT_LENGTH:
        raise InvalidField(path, "longer-than-1000")
    if contains_citizen_number(said):
        raise InvalidField(path, "no-number-here")
    return said


def answered(wish: Wish, status: WishStatus, answer: str, at: datetime) -> Wish:
    """What the support has decided. "Declined" is explained: the answer is all that the sender gets to see of it."""
    said = require_sound(answer, "answer")
    if status is WishStatus.NEW:
        raise InvalidField("status", "required")
    if status is WishStatus.DECLINED and not said:
        raise InvalidField("answer", "say-why-not")
    return replace(wish, status=status, answer=said, answered_at=at)
