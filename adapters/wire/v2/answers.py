"""What the peer's acknowledgement means for the delivery (HL7 v2.5.1 §2.9, table 0357). Pure.

An acknowledgement is read as bytes: MSA and ERR hold ASCII in every character set, and one byte elsewhere that the
declared set does not allow must not make a message unheard that was taken.

What each code means stands in ``adapters/wire/meaning/hl7.py``. A commit acknowledgement (CA) says that the peer has
the message: it counts, unless the application's own answer follows at once.
"""

from __future__ import annotations

import re
from typing import Literal

from adapters.wire.er7 import header_fields
from adapters.wire.meaning.hl7 import NO, TAKEN, means_of
from adapters.wire.meaning.lines import fault_of

UNKNOWN_KEY = "AE-204"
DUPLICATE_KEY = "AE-205"


def standing_of(frame: bytes, control: str) -> Literal["no", "interim", "final"]:
    """Whether it acknowledges the message of that control id (MSA-2), and whether that is the last word."""
    if _part(frame, b"MSA", 2) != control:
        return "no"
    return "interim" if _part(frame, b"MSA", 1) == "CA" else "final"


def accepted(answer: bytes, peer: str, *, is_read: bool) -> None:
    """Raises what the answer asks for; the code is the peer's, and nothing it wrote beside it. ``is_read``: it answers
    a question."""
    code = _part(answer, b"MSA", 1)
    if code in TAKEN:
        return
    error = _error_code(answer)
    said = f"{code if code in NO else 'no-ack'}-{error or 'none'}"
    raise fault_of(means_of(code, error), peer, said, sent=not is_read)


def is_final(answer: bytes) -> bool:
    """The application's own word (AA), rather than that the message was received (CA)."""
    return _part(answer, b"MSA", 1) == "AA"


def said_at(answer: bytes) -> str:
    """MSH-7."""
    fields = header_fields(answer)
    return fields[7].decode("ascii", "replace") if len(fields) > 7 else ""


def _error_code(answer: bytes) -> str:
    """ERR-3; ERR-1.4 from a peer of before v2.5."""
    code = _part(answer, b"ERR", 3) or _part(answer, b"ERR", 1, 4)
    return code if code.isdigit() and len(code) < 7 else ""


def _part(frame: bytes, segment: bytes, field: int, component: int = 1) -> str:
    """ASCII of that part of the first such segment; "" where there is none."""
    if not frame.startswith(b"MSH") or len(frame) < 6:
        return ""
    bar, mark = frame[3:4], frame[4:5]
    for line in re.split(rb"[\r\n]+", frame):
        fields = line.split(bar)
        if fields[0] == segment:
            parts = fields[field].split(mark) if field < len(fields) else []
            said = parts[component - 1] if component <= len(parts) else b""
            return said.decode("ascii", "replace").strip()
    return ""
