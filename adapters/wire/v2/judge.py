"""Nothing leaves that hl7apy does not accept at its strictest, or that reads otherwise than it was written."""

from __future__ import annotations

from collections.abc import Sequence

from hl7apy.consts import VALIDATION_LEVEL
from hl7apy.exceptions import HL7apyException
from hl7apy.parser import parse_message

from adapters.wire.er7 import Unsayable, encoded, parsed

LONGEST_VALUE = {"FT": 65_536, "TX": 65_536}  # §2.A.31, §2.A.79: characters of one OBX-5
LONGEST_ST = 199  # §2.A.74


def judged(segments: Sequence[str], charset: str) -> bytes:
    """The message's bytes; ``Unsayable`` where it is not valid HL7 v2.5.1."""
    if not is_strictly_valid("\r".join(map(_with_short_value, segments))):
        raise Unsayable("not valid HL7 v2.5.1")
    data = encoded(segments, charset)
    if len(parsed(data).segments) != len(segments):
        raise Unsayable("does not read as written")
    return data


def as_text(data: bytes, charset: str) -> str:
    """A segment on each line, to be read."""
    return data.decode("latin-1" if charset == "8859/1" else "utf-8").replace("\r", "\n")


def _with_short_value(segment: str) -> str:
    """hl7apy 1.3.5 holds every OBX-5 against the length of an ST, whatever type OBX-2 names; the types' own lengths are
    held here, and the rest of the segment by hl7apy."""
    fields = segment.split("|")
    if fields[0] != "OBX" or len(fields) < 6:
        return segment
    if len(fields[5]) > LONGEST_VALUE.get(fields[2], len(fields[5])):
        raise Unsayable("text-too-long")
    parts = ("x" if len(part) > LONGEST_ST else part for part in fields[5].split("^"))
    return "|".join([*fields[:5], "^".join(parts), *fields[6:]])


def is_strictly_valid(message: str) -> bool:
    """hl7apy quotes the offending value, so what it says goes no further."""
    try:
        return bool(parse_message(message, validation_level=VALIDATION_LEVEL.STRICT).validate())
    except HL7apyException:
        return False
