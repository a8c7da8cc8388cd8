"""Acknowledgement messages (MedCom Acknowledgement 2.0): MessageHeader.response.code, FHIR R4 response-code.

The access point's own answer to a message is HTTP's business; only the practice's acknowledgement says that the message
came to where it was to go.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from adapters.wire.meaning.lines import Line, Means, table

ANSWERS: Final[Mapping[str, Line]] = table(
    (Means.REFUSED, "fatal-error", "R4 response-code: will not be accepted, do not send it again"),
    (Means.AGAIN, "transient-error", "R4 response-code: cannot be processed now, send it again"),
)
