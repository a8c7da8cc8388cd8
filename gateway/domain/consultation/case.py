"""A citizen case: one citizen of a consultation, keyed by the care record, not by the CPR (D2, D3)."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from gateway.domain.citizen.citizen import Citizen, OwnPractice
from gateway.domain.citizen.finding import Finding
from gateway.domain.errors import InvalidField
from gateway.domain.note.note import NoteStatus, NoteVersion
from gateway.domain.note.still import Still, StillsConsent


class ConsentAnswer(StrEnum):
    """Five answers; none is preselected (D3)."""

    GIVEN = "given"
    REPRESENTATIVE = "representative"
    URGENT = "urgent"  # cannot be obtained, treatment cannot wait: sundhedsloven § 19
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"

    @property
    def allows_contact(self) -> bool:
        return self in (ConsentAnswer.GIVEN, ConsentAnswer.REPRESENTATIVE, ConsentAnswer.URGENT)


class Representative(StrEnum):
    """Who may consent on the citizen's behalf (sundhedsloven § 18)."""

    NEXT_OF_KIN = "next-of-kin"
    GUARDIAN = "guardian"
    FUTURE_PROXY = "future-proxy"
    CUSTODY_HOLDER = "custody-holder"


@dataclass(frozen=True, slots=True)
class Consent:
    """What was declared ("tro og love"), by whom, when and under which wording."""

    answer: ConsentAnswer
    declared_by: str = field(repr=False)
    declared_by_id: str
    declared_at: datetime
    wording_version: str
    representative: Representative | None = None
    representative_name: str = field(default="", repr=False)
    reason: str = field(default="", repr=False)

    def __post_init__(self) -> None:
        if self.answer is ConsentAnswer.REPRESENTATIVE:
            if self.representative is None:
                raise InvalidField("consent.representative", "required")
            if not self.representative_name.strip():
                raise InvalidField("consent.representative_name", "required")
        if self.answer is ConsentAnswer.URGENT and not self.reason.strip():
            raise InvalidField("consent.reason", "required")


@dataclass(frozen=True, slots=True)
class CitizenCase:
    """One citizen in the consultation, with an own practice, own consents and own note versions.

    ``eoj_connection``/``record_ref`` say where the note goes; both are empty only where the citizen was never
    launched from a record and no number is known: such a note waits for a hand.
    """

    id: UUID
    citizen: Citizen = field(repr=False)
    eoj_connection: str = ""
    record_ref: str = field(default="", repr=False)
    own_practice: OwnPractice | None = None
    reason: str = field(default="", repr=False)  # in a round: what it is about for this citizen alone
    unnumbered_because: str = ""  # one of ``UNNUMBERED``, where there is no identity number
    finding: Finding | None = None  # why it is that practice, or why none: what each source said at the launch
    consents: tuple[Consent, ...] = ()
    discussed_from: datetime | None = None
    discussed_to: datetime | None = None
    notes: tuple[NoteVersion, ...] = ()
    reply_at: datetime | None = None  # when the care system wrote back about the note; None where all has been read
    stills_asked_at: datetime | None = None  # the doctor would like a picture, and none has been taken since
    stills_consent: StillsConsent | None = None
    stills: tuple[Still, ...] = ()

    @property
    def consent(self) -> Consent | None:
        """The answer in force: the latest one."""
        return self.consents[-1] if self.consents else None

    @property
    def registered(self) -> OwnPractice | None:
        """The own practice by somebody's evidence; that the employee chose one is none (D1)."""
        found = self.finding.own_practice if self.finding else None
        if found is not None or self.own_practice is None or self.own_practice.source == "employee":
            return found
        return self.own_practice

    @property
    def current_note(self) -> NoteVersion | None:
        return self.notes[-1] if self.notes else None

    @property
    def can_be_filed(self) -> bool:
        return bool(self.eoj_connection and self.record_ref)

    @property
    def taken_out(self) -> bool:
        """Of a round, before a word was said about the citizen, or because the wrong record was open."""
        return self.current_note is not None and self.current_note.status in (NoteStatus.VOID, NoteStatus.RETRACT)

    @property
    def allows_contact(self) -> bool:
        return self.consent is not None and self.consent.answer.allows_contact

    @property
    def may_be_discussed(self) -> bool:
        """Contact was allowed, and still is."""
        return not self.taken_out and self.allows_contact

    @property
    def is_discussed(self) -> bool:
        """In a round: the talk is about this citizen just now."""
        return self.discussed_from is not None and self.discussed_to is None
