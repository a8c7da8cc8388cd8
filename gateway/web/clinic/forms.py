"""What each of the clinic's acts may be told. Where the domain has a limit, it is named here from there."""

from __future__ import annotations

from typing import Annotated, ClassVar
from uuid import UUID

from pydantic import ConfigDict, Field, StringConstraints

from gateway.domain.consultation.arranging import FORWARD_REASONS
from gateway.domain.consultation.queue_entry import RejectReason
from gateway.domain.consultation.queueing import REJECTION_LENGTH
from gateway.domain.note.review import TEXT_LENGTH
from gateway.domain.people import ParticipantRole
from gateway.domain.practice import AgreementPolicy
from gateway.web.forms import CaseId, Form, Lost, Name, Text, Typed, chosen, codes

RejectionText = Annotated[Text, StringConstraints(max_length=REJECTION_LENGTH)]


class Taking(Form):
    """A doctor who takes the call is the clinician unless another name is given (D10)."""

    clinician: Name = ""


class Rejection(Form):
    """With the reason ``other`` a text is needed."""

    reason: Annotated[RejectReason, chosen(RejectReason)]
    text: RejectionText = ""


class Seating(Lost):
    """``move`` takes the seat from another device (D6); ``look`` only asks how far a room elsewhere is."""

    move: bool = False
    look: bool = False


class ClinicText(Form):
    """In a round ``case`` says whom the text was written about: they may have gone on to another meanwhile."""

    text: Annotated[Text, StringConstraints(max_length=TEXT_LENGTH)] = ""
    case: CaseId = None


class ClinicDraft(Form):
    text: Annotated[Typed, StringConstraints(max_length=TEXT_LENGTH)] = ""
    case: CaseId = None


class Invitation(Form):
    """Who comes: a role, never a name."""

    role: Annotated[ParticipantRole, chosen(ParticipantRole)]


class GuestNamed(Form):
    guest: UUID


class Locking(Form):
    on: bool = False


class Colleague(Form):
    colleague: Name = ""
    needed: ClassVar = ("colleague",)


class Forwarding(Form):
    reason: Annotated[str, codes(FORWARD_REASONS)] = ""
    needed: ClassVar = ("reason",)


class Sitting(Form):
    clinic: UUID


class Week(Form):
    """``opens-<weekday>-<number>`` and ``closes-<weekday>-<number>``: two spans a day, Monday is 0."""

    model_config = ConfigDict(extra="allow")


class Switch(Form):
    """``open``, ``closed`` or ``hours``, with an optional time today at which it lets go."""

    switch: str = ""
    until: str = ""


class Pause(Form):
    """Without a time the pause is over."""

    until: str = ""


class Holiday(Form):
    """Both days included; ``substitute`` is the ydernummer of whoever takes the patients meanwhile."""

    first: str = Field("", alias="from")
    last: str = Field("", alias="to")
    substitute: str = ""


class Day(Form):
    day: str = ""


class Agreements(Form):
    agreement: Annotated[AgreementPolicy, chosen(AgreementPolicy)]
    agreed_only: str = ""


class RelayOnly(Form):
    relay_only: str = ""


class DirectPhone(Form):
    direct_phone: str = ""
