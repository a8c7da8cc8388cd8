"""What each of the employee's acts may be told. Where the domain has a limit, it is named here from there."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, ClassVar
from uuid import UUID

from pydantic import AwareDatetime, BeforeValidator, ConfigDict, Field, StringConstraints, model_validator

from gateway.domain.citizen.citizen import UNNUMBERED
from gateway.domain.consultation.aggregate import Availability
from gateway.domain.consultation.case import ConsentAnswer, Representative
from gateway.domain.consultation.opening import CALLED_LENGTH, REASON_LENGTH, UNSTARTED_CAUSES
from gateway.domain.consultation.queue_entry import CHOICES
from gateway.domain.consultation.queueing import DEVICE_VERDICTS, WITHDRAW_REASONS
from gateway.domain.consultation.rounds import OUT_REASONS
from gateway.domain.consultation.talking import BROKEN_OFF_CAUSES
from gateway.domain.consultation.typed_moment import typed_moment
from gateway.domain.note.review import TEXT_LENGTH
from gateway.domain.people import Form as TalkForm
from gateway.domain.people import ParticipantRole, Presence
from gateway.web.arrival.workstation import Station
from gateway.web.forms import CaseId, Form, Lost, Name, Number, Text, Typed, codes, refused

LongName = Annotated[str, StringConstraints(max_length=200)]
ReasonText = Annotated[Text, StringConstraints(max_length=REASON_LENGTH[1])]
NoteText = Annotated[Text, StringConstraints(max_length=TEXT_LENGTH)]


class Breaking(Form):
    cause: Annotated[str, codes(BROKEN_OFF_CAUSES)] = ""
    needed: ClassVar = ("cause",)


class Unstarted(Form):
    cause: Annotated[str, codes(UNSTARTED_CAUSES)] = ""
    needed: ClassVar = ("cause",)


class Withdrawal(Form):
    reason: Annotated[str, codes(WITHDRAW_REASONS)] = ""
    needed: ClassVar = ("reason",)


class Correction(Form):
    reason: ReasonText = ""
    needed: ClassVar = ("reason",)


class Draft(Form):
    reason: Annotated[Typed, StringConstraints(max_length=REASON_LENGTH[1])] = ""


def _here_or_away(value: Any) -> Any:
    if not isinstance(value, str):
        raise refused("malformed")
    if value not in (Availability.HERE, Availability.AWAY):
        raise refused("unknown")
    return value


class Stepping(Form):
    availability: Annotated[Availability, BeforeValidator(_here_or_away), codes((Availability.HERE, Availability.AWAY))]


class DeviceCheck(Form):
    verdict: Annotated[str, codes(DEVICE_VERDICTS)] = ""
    needed: ClassVar = ("verdict",)


class Entering(Lost):
    """``look`` only asks how far a room elsewhere is, and takes no seat."""

    look: bool = False


class Elsewhere(Form):
    """Another practice, and why that one."""

    ydernummer: Number
    basis: Annotated[str, codes(CHOICES)] = ""


class Practice(Form):
    ydernummer: Number


class Approval(Form):
    """``text`` is what was agreed; absent keeps the draft. ``case`` where there are several. ``stills``: the pictures
    that go with the note; a page names each that is left chosen."""

    text: NoteText | None = None
    clinician: Name = ""
    case: CaseId = None
    stills: Annotated[list[UUID], BeforeValidator(lambda told: list(told) if isinstance(told, dict) else told)] = Field(
        default_factory=list
    )


class Approvals(Form):
    """Several citizens' notes on one page: a text for each case; ``case`` is the one to approve, or ``all``."""

    text: dict[UUID, NoteText] = Field(default_factory=dict)
    clinician: Name = ""
    case: Annotated[UUID | None, BeforeValidator(lambda value: None if value == "all" else value)]


class NoteDraft(Form):
    text: Annotated[Typed, StringConstraints(max_length=TEXT_LENGTH)] = ""
    case: CaseId = None


class OneCase(Form):
    case: CaseId = None


class NamedCase(Form):
    case: UUID


class TakingOut(Form):
    case: UUID
    reason: Annotated[str, codes((*OUT_REASONS, ConsentAnswer.REFUSED))] = ""


class Settling(Form):
    case: UUID
    discussed: str = ""


class Agreed(Form):
    """An agreement made by telephone."""

    date: str = ""
    time: str = ""
    with_whom: LongName = Field("", alias="with")

    def agreed(self, now: datetime) -> datetime:
        return typed_moment("agreed_at", self.date, self.time, now)


class Consenting(Form):
    """``wording``: the version of the consent's words that was shown."""

    model_config = ConfigDict(coerce_numbers_to_str=True)
    answer: Annotated[str, codes(ConsentAnswer)] = ""
    representative: Annotated[str, codes(Representative)] = ""
    representative_name: LongName = ""
    reason: LongName = ""
    wording: str | None = None


class Other(Form):
    model_config = ConfigDict(coerce_numbers_to_str=True)
    role: Annotated[str, codes(ParticipantRole)] = ""
    name: LongName = ""
    how: Annotated[str, codes(Presence)] = ""


class Others(Other):
    """The first of "Andre til stede", and two more rows."""

    second: Other = Field(Other(), alias="2")
    third: Other = Field(Other(), alias="3")

    def rows(self) -> tuple[tuple[str, Other], ...]:
        return ("other", self), ("other.2", self.second), ("other.3", self.third)


class Agreeing(Form):
    """``agreed_at`` as ISO; or a date and a time of day in Copenhagen as the page sends them. No time means now."""

    agreed_at: str | None = None
    agreed_date: str = ""
    agreed_time: str = ""
    agreed_with: LongName | None = None


class Adding(Form):
    """What is said about one citizen as she is added to a round."""

    consent: Consenting = Consenting()
    reason: ReasonText | None = None


class StartPage(Station, Agreeing):
    """The whole start page. What is absent stays as the draft has it; a refusal closes."""

    model_config = ConfigDict(coerce_numbers_to_str=True)
    ydernummer: Number | None = None
    consent: Consenting = Consenting()
    form: Annotated[str, codes(TalkForm)] = ""
    reason: ReasonText | None = None
    basis: Annotated[str, codes(CHOICES)] | None = None
    called: Annotated[str, StringConstraints(max_length=CALLED_LENGTH)] = ""
    because: Annotated[str, codes(UNNUMBERED)] = ""
    other: Others = Others()

    @model_validator(mode="before")
    @classmethod
    def _nothing_is_absent(cls, document: Any) -> Any:
        """null is as good as absent; so is an empty number of a practice."""
        empty = {"ydernummer"}
        return {k: v for k, v in document.items() if v is not None and not (k in empty and v == "")}


class ReadUntil(Form):
    """``until``: when the newest was written that she was shown."""

    until: AwareDatetime


class Gathering(Agreeing):
    """A round of several citizens, or general advice: opened by practice and agreement."""

    ydernummer: str = ""
    kind: str = ""
    needed: ClassVar = ("ydernummer",)


class Unnumbered(Agreeing):
    """A citizen without an identity number: what to call her, and why there is none."""

    called: str = ""
    because: Annotated[str, codes(UNNUMBERED)] = ""
    needed: ClassVar = ("called", "because")
