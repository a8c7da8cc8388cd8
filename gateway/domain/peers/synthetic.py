"""A synthetic run: one whole consultation about an official test person on a deployment in use (D18)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID


class RunStep(StrEnum):
    """The parts of a run, in their order."""

    LAUNCH = "launch"  # the citizen is found in the care system, and the draft is there
    QUEUE = "queue"  # it stands in the practice's queue
    RECEIVED = "received"  # a worker or the relay has told the practice's system
    ACCEPT = "accept"  # the practice takes it, the employee answers
    MEDIA = "media"  # both sides' tickets are taken by the media process, and its UDP port answers
    NOTE = "note"  # the note is approved and owed
    FILED = "filed"  # it stands in the care system, and the practice's system has been told the end


@dataclass(frozen=True, slots=True)
class SyntheticRun:
    """``failed_at`` is None where every part was well. ``fault``: a code or our own words, never the peer's text.
    ``short_id`` is "" where it did not come to a consultation."""

    id: UUID
    organisation: str
    short_id: str
    began_at: datetime
    milliseconds: int
    failed_at: RunStep | None = None
    fault: str = ""

    @property
    def is_well(self) -> bool:
        return self.failed_at is None
