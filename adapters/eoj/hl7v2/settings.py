"""One connection's settings: the line, and what the care system makes of a document."""

from __future__ import annotations

from typing import Literal
from uuid import UUID

from pydantic import Field

from adapters.wire.v2.settings import LineSettings


class Settings(LineSettings):
    """``unique_numbers``: the same TXA-12 twice is one document there, as the vendor has confirmed; without it a note
    whose fate is unknown goes to a person instead of being sent again. ``content``: OBX-5 as formatted text, or as a
    text file in base64 (ED). ``document_type``: TXA-2 by the care system's table 0270. ``accept_is_filed``: AA says
    that the note stands in the record, rather than in a queue before it."""

    tenant: UUID
    unique_numbers: bool = True
    accept_is_filed: bool = True
    content: Literal["text", "document"] = "text"
    document_type: str = Field(default="CN", pattern=r"^[A-Z0-9]{1,30}$")
    organisation_cvr: str = Field("", pattern=r"^([0-9]{8})?$")
