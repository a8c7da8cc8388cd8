"""The one gate: bytes in, a message with every rule it breaks out.

Three outcomes. ``InvalidField``: nothing to answer by (no Bundle, or no MessageHeader.id). ``faults``: it breaks FHIR
R4 or MedCom's profile, and is acknowledged as a fatal error that names the rules. Neither: it is what it says it is.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from adapters.wire.medcom import reading, structure
from adapters.wire.medcom.judging import Fault, judged
from adapters.wire.medcom.message import Message, message
from adapters.wire.medcom.table import generations
from gateway.domain.errors import InvalidField

MOST_ATTACHED: Final = 10 * 1024 * 1024  # bytes of all attachments of a message (MedCom)
UNKNOWN_EVENT: Final = "event"  # the kind of a fault: a message that is neither of the two


@dataclass(frozen=True, slots=True)
class Gated:
    """``faults``: of the first, most telling kind first."""

    message: Message
    faults: tuple[Fault, ...]


def gated(body: bytes, media_type: str, now: datetime) -> Gated:
    """``media_type``: one of ``reading.MEDIA_TYPES``."""
    bundle = reading.document(body, media_type)
    found = message(bundle, now)
    if not found.header:
        raise InvalidField("body", "no-message")
    if not found.envelope:  # required by the profile: told in the answer, for which it needs a name of its own
        found = replace(found, envelope=hashlib.sha256(body).hexdigest())
    return Gated(found, tuple(faults(bundle, found)))


def faults(bundle: dict[str, Any], found: Message) -> list[Fault]:
    """Structure first: what is not FHIR R4 cannot be held against a profile."""
    known = generations().get(found.event)
    broken = structure.faults(bundle)
    if broken:
        return broken
    if known is None:
        return [Fault(UNKNOWN_EVENT, "neither a CareCommunication nor an Acknowledgement", "Bundle.entry[0].resource")]
    attached = sum(len(each.attachment.data or b"") for each in found.segments if each.attachment)
    if attached > MOST_ATTACHED:
        return [Fault("length", "attachments of more than 10 MB in all", "Bundle")]
    return judged(bundle, known)
