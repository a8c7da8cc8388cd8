"""What an organisation decides for its people: one model for files, commands and the console's form (AD16)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import time
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from gateway.domain.citizen.finding import Source
from gateway.domain.note.rules import LONGEST_REVIEW
from gateway.domain.people import RoleCategory
from gateway.domain.practice import AgreementPolicy, Span

LONGEST_MINUTES = int(LONGEST_REVIEW.total_seconds() // 60)


def span(text: str) -> Span:
    opens, _, closes = text.partition("-")
    try:
        return Span(time.fromisoformat(opens.strip()), time.fromisoformat(closes.strip()))
    except ValueError:
        raise ValueError("write spans as 08:00-15:00") from None


def _hours(text: str) -> str:
    """Hours of an ordinary day, kept as they are written."""
    found = span(text)
    if found.opens >= found.closes:
        raise ValueError("must end after it begins, on the same day")
    return f"{found.opens:%H:%M}-{found.closes:%H:%M}"


def _link(text: str) -> str:
    """An address that a browser may be sent to, never a script."""
    if text and not text.startswith(("https://", "http://")):
        raise ValueError("write a whole address: https://…")
    return text


def _places(rows: list[tuple[str, str, str]]) -> list[tuple[str, str, str]]:
    names = [name.casefold() for name, _sor, _phone in rows]
    if len(set(names)) < len(names):
        raise ValueError("two workplaces have the same name")
    return rows


PlaceName = Annotated[str, Field(min_length=1, max_length=100, pattern="^[^=]*$")]
Place = tuple[PlaceName, Annotated[str, Field(max_length=18)], Annotated[str, Field(max_length=50)]]
Language = Literal["da", "en", "ar", "bs", "de", "fa", "pl", "ro", "so", "tr", "uk", "ur"]  # of the citizen's page
Link = Annotated[str, AfterValidator(_link)]


class TenantSettings(BaseModel):
    """What an organisation decides for its people. Members left out have the product's own value."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    workplaces: Annotated[list[Place], AfterValidator(_places)] | None = None  # name, SOR code, telephone
    review_minutes: int | None = Field(None, ge=0, le=LONGEST_MINUTES)
    review_limit_minutes: int | None = Field(None, ge=0, le=LONGEST_MINUTES)
    notes_for: list[str] | None = None
    note_placement: list[tuple[str, str, str]] | None = None
    stills: bool | None = None
    roles: list[tuple[str, RoleCategory]] | None = None
    practice_sources: list[Source] | None = None
    consent_wording: str | None = None
    consent_text: str | None = Field(None, max_length=600)
    consent_approved_by: str | None = Field(None, max_length=100)
    agreement: AgreementPolicy | None = None
    doctors_on_call: list[tuple[str, str]] | None = None
    citizen_languages: list[Language] | None = None
    support_name: str | None = None
    support_phone: str | None = None
    support_mail: str | None = None
    support_link: Link | None = None
    implementation_name: str | None = None
    implementation_phone: str | None = None
    implementation_mail: str | None = None
    implementation_link: Link | None = None
    procedure_link: Link | None = None
    accessibility_link: Link | None = None
    alarm_mail: list[str] | None = None
    right: str | None = None
    unlocked_handover: bool | None = None
    audit_months: int | None = Field(None, ge=6, le=60)
    review_size: int | None = Field(None, ge=1, le=200)
    review_day: int | None = Field(None, ge=1, le=28)
    ordinary_hours: Annotated[str, AfterValidator(_hours)] | None = None
    text_days: int | None = Field(None, ge=1, le=90)
    draft_days: int | None = Field(None, ge=1, le=90)
    attempt_days: int | None = Field(None, ge=7, le=1825)
    lock_guide: str | None = None
    lock_guide_link: Link | None = None


# The form's sections, in order; every key of the model stands in one of them.
SECTIONS: Mapping[str, Sequence[str]] = {
    "workplaces": ("workplaces",),
    "consent": ("consent_wording", "consent_text", "consent_approved_by"),
    "notes": ("review_minutes", "review_limit_minutes", "notes_for", "note_placement", "stills"),
    "start": ("roles", "right", "agreement", "practice_sources"),
    "contacts": (
        *("support_name", "support_phone", "support_mail", "support_link"),
        *("implementation_name", "implementation_phone", "implementation_mail", "implementation_link"),
        *("procedure_link", "accessibility_link", "doctors_on_call", "alarm_mail"),
    ),
    "citizen": ("citizen_languages", "unlocked_handover", "lock_guide", "lock_guide_link"),
    "log": ("review_size", "review_day", "ordinary_hours"),
    "retention": ("audit_months", "text_days", "draft_days", "attempt_days"),
}


def faults_of(settings: Mapping[str, Any]) -> Sequence[tuple[str, str, str]]:
    """Key, pydantic's type, and its words, for all that is wrong."""
    try:
        TenantSettings.model_validate(settings)
    except ValidationError as fault:
        told = fault.errors(include_input=False, include_url=False)
        return [(str(one["loc"][0]), str(one["type"]), str(one["msg"]).removeprefix("Value error, ")) for one in told]
    return ()
