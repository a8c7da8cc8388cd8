"""Receipts XCTL01, XCTL02 and XCTL03 (MedCom's schemas of 2005/08/07): what they say of which letters. Pure.

XCTL01 is the net's refusal of an envelope, XCTL02 the receiver's refusal, XCTL03 its yes. ``RefuseText`` is written by
people and never read.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from lxml import etree

from adapters.wire.xml import XmlRefused, parse_xml, text_of
from gateway.domain.practice import COPENHAGEN

NAMESPACE: Final = "http://rep.oio.dk/sundcom.dk/medcom.dk/xml/schemas/2005/08/07/"
POSITIVE: Final = "XCTL03"
_KINDS: Final = {
    "NegativeVansReceipt": ("XCTL01", "XC0130Q"),
    "NegativeReceipt": ("XCTL02", "XC0230Q"),
    "PositiveReceipt": (POSITIVE, "XC0330Q"),
}
UNSPECIFIED: Final = "ikke_specificeret"
REFUSE_CODES: Final = frozenset(
    {UNSPECIFIED, "ukendt_lokationsnummer", "problem_med_modtagerID", "problem_med_version", "syntaksfejl"}
)


class NoReceipt(ValueError):
    """``args[0]`` is a code; nothing of the document is repeated."""


@dataclass(frozen=True, slots=True)
class LetterReceipt:
    """What one receipt says of one envelope or one letter in it. ``letter`` is "" where it speaks of the envelope
    alone; ``sender``: who sent the original, by its EAN. ``code``: a RefuseCode, "" for a yes."""

    kind: str
    envelope: str
    letter: str
    sender: str
    receiver: str
    code: str
    at: datetime


def receipts_in(content: bytes) -> list[LetterReceipt]:
    """Raises ``NoReceipt``."""
    try:
        root = parse_xml(content)
    except XmlRefused as fault:
        raise NoReceipt(fault.reason) from None
    if root.tag != _tag("Emessage"):
        raise NoReceipt("root")
    found = [receipt for each in root for receipt in _receipts(each, root)]
    if not found:
        raise NoReceipt("no-receipt")
    return found


def _receipts(element: etree._Element, root: etree._Element) -> Iterator[LetterReceipt]:
    name = etree.QName(element).localname
    if name not in _KINDS or element.tag != _tag(name):
        return
    kind, version = _KINDS[name]
    if _text(element, "Letter", "VersionCode") != version or _text(element, "Letter", "StatisticalCode") != kind:
        raise NoReceipt("version")
    original = element.find(_tag("OriginalEmessage"))
    envelope, at = _text(original, "OriginalEnvelopeIdentifier"), _sent_at(root)
    parties = (_text(original, "OriginalSender", "EANIdentifier"), _text(original, "OriginalReceiver", "EANIdentifier"))
    if original is None or not envelope or not all(parties):
        raise NoReceipt("original")
    whole = _code(original)
    letters = original.findall(_tag("OriginalLetter"))
    if not letters:
        yield LetterReceipt(kind, envelope, "", *parties, _refusal(kind, whole), at)
    for each in letters:
        named = _text(each, "OriginalLetterIdentifier")
        yield LetterReceipt(kind, envelope, named, *parties, _refusal(kind, _code(each) or whole), at)


def _refusal(kind: str, code: str) -> str:
    return "" if kind == POSITIVE else code or UNSPECIFIED


def _code(element: etree._Element) -> str:
    told = _text(element, "RefuseCode")
    return told if told in REFUSE_CODES or not told else UNSPECIFIED


def _sent_at(root: etree._Element) -> datetime:
    told = f"{_text(root, 'Envelope', 'Sent', 'Date')}T{_text(root, 'Envelope', 'Sent', 'Time')}"
    try:
        return datetime.fromisoformat(told).replace(tzinfo=COPENHAGEN).astimezone(UTC)
    except ValueError:
        raise NoReceipt("sent") from None


def _text(element: etree._Element | None, *path: str) -> str:
    return text_of(element, "/".join(map(_tag, path)))


def _tag(name: str) -> str:
    return f"{{{NAMESPACE}}}{name}"
