"""One connection's settings: the line, what the care system makes of a document, and whether it announces launches."""

from __future__ import annotations

from typing import Literal
from uuid import UUID

from pydantic import Field, model_validator

from adapters.wire.claims import Employers
from adapters.wire.v2.settings import Fingerprints, LineSettings


class Settings(LineSettings):
    """``unique_numbers``: the same TXA-12 twice is one document there, as the vendor has confirmed; without it a note
    whose fate is unknown goes to a person instead of being sent again. ``content``: OBX-5 as formatted text, or as a
    text file in base64 (ED). ``document_type``: TXA-2 by the care system's table 0270. ``accept_is_filed``: AA says
    that the note stands in the record, rather than in a queue before it.

    ``launches``: announcements of this care system open drafts (docs/hl7v2-documents.md). ``caller_certificate`` (a
    SHA-256 in hex) says who may bring them; one is taken for ``announcement_life`` seconds from MSH-7."""

    tenant: UUID
    unique_numbers: bool = True
    accept_is_filed: bool = True
    content: Literal["text", "document"] = "text"
    document_type: str = Field(default="CN", pattern=r"^[A-Z0-9]{1,30}$")
    organisation_cvr: str = Field("", pattern=r"^([0-9]{8})?$")
    employers: Employers = Field(default_factory=dict)
    launches: bool = False
    caller_certificate: Fingerprints = ""
    announcement_life: float = Field(default=300.0, gt=0, le=3600, description="seconds an announcement is taken for")

    @model_validator(mode="after")
    def _is_proven(self) -> Settings:
        if self.launches and not self.caller_certificate:
            raise ValueError("launches needs caller_certificate: names in a message prove nobody")
        return self
