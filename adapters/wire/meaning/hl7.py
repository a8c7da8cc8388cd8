"""Acknowledgements of HL7 v2.5.1: MSA-1 (table 0008) by the error code in ERR-3 (table 0357).

AE and CE hold an error of content, AR and CR a rejection; both say something definite only with a code that does.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from adapters.wire.meaning.lines import Line, Means, meaning, table

TAKEN: Final = ("AA", "CA")
NO: Final = ("AE", "AR", "CE", "CR")
ERRORS: Final[Mapping[str, Line]] = table(
    (Means.REFUSED, "100 101 102 103", "table 0357: segments, required fields, data types, table values"),
    (Means.REFUSED, "200 201", "table 0357: message type or event not supported"),
    (Means.ILL, "202 203", "table 0357: processing id or version not supported (MSH-11, MSH-12 of our set-up)"),
    (Means.REFUSED, "204 205", "table 0357: key identifier unknown, or there already"),
    (Means.BUSY, "206", "table 0357: application record locked"),
    (Means.AGAIN, "207", "table 0357: application internal error"),
    (Means.AGAIN, "0", "table 0357: message accepted, and yet refused by MSA-1"),
)


def means_of(answer: str, error: str) -> Means:
    """``answer``: MSA-1, ``error``: ERR-3. A rejection without a code has to do with the peer, not with the message
    (§2.9.2.2: "for reasons unrelated to its content"); no acknowledgement code at all settles nothing."""
    return (meaning(ERRORS, [error]) if answer in NO else None) or Means.AGAIN
