"""Nothing leaves that hl7apy does not accept at its strictest, or that reads otherwise than it was written."""

from __future__ import annotations

from collections.abc import Sequence

from hl7apy.consts import VALIDATION_LEVEL
from hl7apy.exceptions import HL7apyException
from hl7apy.parser import parse_message

from adapters.wire.er7 import Unsayable, encoded, parsed


def judged(segments: Sequence[str], charset: str) -> bytes:
    """The message's bytes; ``Unsayable`` where it is not valid HL7 v2.5.1."""
    if not is_strictly_valid("\r".join(segments)):
        raise Unsayable("not valid HL7 v2.5.1")
    data = encoded(segments, charset)
    if len(parsed(data).segments) != len(segments):
        raise Unsayable("does not read as written")
    return data


def is_strictly_valid(message: str) -> bool:
    """hl7apy quotes the offending value, so what it says goes no further."""
    try:
        return bool(parse_message(message, validation_level=VALIDATION_LEVEL.STRICT).validate())
    except HL7apyException:
        return False
