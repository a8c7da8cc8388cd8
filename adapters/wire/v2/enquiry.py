"""Whether somebody acknowledges on a line: an enquiry about the system itself (HL7 NMQ^N01, v2.5.1 §14.3.1).

A system that does not know the message says so (table 0357: 200, 201), and that is an acknowledgement as good as any.
"""

from __future__ import annotations

from datetime import datetime
from typing import Final
from uuid import uuid4

from adapters.wire.er7 import encoded, segment
from adapters.wire.mllp import MllpClient
from adapters.wire.v2.answers import accepted, standing_of
from adapters.wire.v2.people import msh
from adapters.wire.v2.settings import LineSettings
from gateway.domain.errors import PeerUnclear

SPEAKS: Final = "HL7 v2.5.1 (MLLP)"
KIND: Final = ("NMQ", "N01", "NMQ_N01")
UNKNOWN: Final = ("-200", "-201")


def enquire(client: MllpClient, settings: LineSettings, name: str, now: datetime) -> None:
    control = uuid4().hex[:20]
    asked = [msh(settings, KIND, control, now), segment("NST", {1: "N"})]
    answer = client.exchange(encoded(asked, settings.charset), lambda frame: standing_of(frame, control), is_read=True)
    try:
        accepted(answer, name, is_read=True)
    except PeerUnclear as fault:
        if not fault.code.endswith(UNKNOWN):
            raise
