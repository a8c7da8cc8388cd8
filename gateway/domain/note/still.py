"""A picture of the citizen taken during the talk for the note, and her consent to it; the picture itself is the
store's. Nothing here says what it shows."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from uuid import UUID

MOST_STILLS = 4
LARGEST_STILL = 600_000  # bytes: as base64 in one resource it stays below what is read of a peer's answer
LONGEST_EDGE = 4096  # pixels
SHORTEST_EDGE = 16


NO_STILLS = "no-stills"  # fault of a note that was not sent: its record has ceased to take pictures


class StillRefusal(StrEnum):
    """Why a record that took the note refused a picture of it; also the fault of the note's delivery."""

    TOO_LARGE = "picture-too-large"
    KIND = "picture-kind"
    FORBIDDEN = "picture-forbidden"
    OTHER = "picture-refused"


OF_STILLS = frozenset({NO_STILLS, *StillRefusal})  # faults that end when the pictures are left out


@dataclass(frozen=True, slots=True)
class StillsConsent:
    """What the employee declared that the citizen said yes to: ``words`` as they were shown to her."""

    declared_by: str = field(repr=False)
    declared_by_id: str
    declared_at: datetime
    words: str


@dataclass(frozen=True, slots=True)
class Still:
    """``attached``: left chosen when the note was approved. ``filed_at``: it stands in the record, and the picture is
    no longer kept here. ``refused``: why the record did not take it when it was last sent."""

    id: UUID
    taken_at: datetime
    taken_by: str = field(repr=False)
    width: int
    height: int
    attached: bool = False
    filed_at: datetime | None = None
    refused: StillRefusal | None = None
