"""The consultation note: facts by the system, text by the employee, text by the clinic (D12).

STPK 182801: the name of the person conferred with must stand in the record, so a note without the clinician's
name cannot be approved.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


class NoteStatus(StrEnum):
    DRAFT = "draft"
    APPROVED = "approved"
    UNREVIEWED = "unreviewed"  # sent by itself: "ikke gennemgået af medarbejderen"
    BY_HAND = "by-hand"  # a person wrote it into the record herself: nothing is sent any more
    VOID = "void"  # wrong citizen: nothing may be filed
    RETRACT = "retract"  # wrong citizen, but the note had gone: somebody must take it out of the record


class Modality(StrEnum):
    VIDEO = "video"
    PHONE = "phone"
    NONE = "none"  # attempted, refused or rejected contact


@dataclass(frozen=True, slots=True)
class NoteFacts:
    """What the system knows, frozen when the note is sent. Names are personal data: never logged."""

    practice: str
    ydernummer: str
    clinician: str = field(repr=False)
    started_at: datetime | None
    ended_at: datetime | None
    participants: tuple[tuple[str, str], ...] = field(repr=False)  # (role, name)
    consent: str
    consent_detail: str = field(repr=False)
    consent_declared_by: str = field(repr=False)
    consent_declared_at: datetime | None
    consent_wording: str
    reason: str = field(repr=False)
    modality: Modality
    outcome: str
    technical_failure: str = ""
    employee: str = field(default="", repr=False)
    employee_role: str = ""
    workplace: str = ""
    organisation: str = ""
    form: str = ""  # who talked with the doctor (D4)


@dataclass(frozen=True, slots=True)
class Author:
    """Who wrote a section, in which role and when (D12)."""

    name: str = field(repr=False)
    role: str
    at: datetime


@dataclass(frozen=True, slots=True)
class NoteVersion:
    """One version of one case's note; a later version replaces the former one, never stands beside it."""

    version: int
    status: NoteStatus
    created_at: datetime
    employee_text: str = field(default="", repr=False)
    clinic_text: str = field(default="", repr=False)
    facts: NoteFacts | None = field(default=None, repr=False)
    approved_by: str = field(default="", repr=False)
    approved_at: datetime | None = None
    employee_author: Author | None = None
    clinic_author: Author | None = None  # None while somebody there is still typing
    clinic_awaited: bool = False  # the note has been held back once for the clinic's text

    @property
    def clinic_is_writing(self) -> bool:
        """Somebody in the clinic has begun a text and not sent it: the only case in which a note waits for it."""
        return self.status is NoteStatus.DRAFT and bool(self.clinic_text.strip()) and self.clinic_author is None

    @property
    def is_approved_and_waits(self) -> bool:
        """Approved by the employee, held back for the clinic's text."""
        return self.status is NoteStatus.DRAFT and bool(self.approved_by)

    @property
    def is_owed(self) -> bool:
        return self.status in (NoteStatus.APPROVED, NoteStatus.UNREVIEWED)

    @property
    def lacks_clinician(self) -> bool:
        """Sent by itself before anybody said who had talked: the record must still be told (STPK 182801)."""
        talked = self.facts is not None and self.facts.modality is not Modality.NONE
        return self.status is NoteStatus.UNREVIEWED and talked and self.facts is not None and not self.facts.clinician

    @property
    def is_finished(self) -> bool:
        """Nobody writes in it any more: it has gone, or a person wrote it into the record herself."""
        return self.is_owed or self.status is NoteStatus.BY_HAND
