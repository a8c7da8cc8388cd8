"""An XDIS91 letter, version XD9134L (Den gode korrespondance), as bytes in ISO-8859-1. Pure.

Element order and lengths follow MedCom's schemas of 2006/07/01 (ClinicalEmail, LetterType, Sender, Receiver, Patient).
Nothing is cut and no character is dropped: what cannot be said raises ``Unsayable``.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal

from lxml import etree

from gateway.domain.practice import COPENHAGEN

NAMESPACE: Final = "http://rep.oio.dk/sundcom.dk/medcom.dk/xml/schemas/2006/07/01/"
ENCODING: Final = "ISO-8859-1"
IdentifierCode = Literal["kommunenummer", "lokationsnummer", "sorkode", "ydernummer", "sygehusafdelingsnummer"]
# Punctuation of word processors that Latin-1 lacks and that means the same in its plainer form.
_PLAINER = str.maketrans({"–": "-", "—": "-", "‘": "'", "’": "'", "“": '"', "”": '"', "„": '"', "…": "...", "•": "*"})
NOT_LATIN_1, TOO_LONG, LINE_TOO_LONG = "letter-character", "letter-field-too-long", "letter-line-too-long"


class Unsayable(ValueError):
    """``what`` is a code; the text is never repeated."""

    def __init__(self, what: str) -> None:
        super().__init__(what)
        self.what = what


@dataclass(frozen=True, slots=True)
class Place:
    """A sender or a receiver: ``ean`` its address on the net (lokationsnummer)."""

    ean: str
    identifier: str
    code: IdentifierCode
    organisation: str
    department: str = ""


@dataclass(frozen=True, slots=True)
class Letter:
    """``id`` and ``envelope``: at most 14 characters each. ``episode``: the same for every version of a note; a
    ``correction`` says that it takes the place of what was sent under it. ``number``: ten digits or characters."""

    id: str
    envelope: str
    episode: str
    correction: bool
    authorised_at: datetime
    sent_at: datetime
    sender: Place
    receiver: Place
    number: str
    is_cpr: bool
    surname: str
    given: str
    subject: str
    text: str


def written(letter: Letter, line_length: int = 0) -> bytes:
    """``line_length``: longest line the receiver shows, 0 = any; a longer one goes on in the next at a blank."""
    namespaces: Any = {None: NAMESPACE}
    root = etree.Element(_tag("Emessage"), nsmap=namespaces)
    envelope = _add(root, "Envelope")
    _moment(envelope, "Sent", letter.sent_at)
    _add(envelope, "Identifier", letter.envelope, 14)
    _add(envelope, "AcknowledgementCode", "pluspositivkvitt")
    mail = _add(root, "ClinicalEmail")
    _head(mail, letter)
    _place(mail, "Sender", letter.sender)
    _place(mail, "Receiver", letter.receiver)
    _patient(mail, letter)
    _add(_add(mail, "AdditionalInformation"), "Subject", letter.subject, 70)
    _text(_add(_add(mail, "ClinicalInformation"), "Text01"), list(_lines(letter.text, line_length)))
    content = etree.tostring(root, encoding=ENCODING, xml_declaration=True)
    assert isinstance(content, bytes)
    return content


def _head(mail: etree._Element, letter: Letter) -> None:
    head = _add(mail, "Letter")
    _add(head, "Identifier", letter.id, 14)
    _add(head, "VersionCode", "XD9134L")
    _add(head, "StatisticalCode", "XDIS91")
    _moment(head, "Authorisation", letter.authorised_at)
    _add(head, "TypeCode", "XDIS91")
    _add(head, "StatusCode", "rettetbrev" if letter.correction else "nytbrev")
    _add(head, "EpisodeOfCareIdentifier", letter.episode, 35)


def _place(mail: etree._Element, name: str, place: Place) -> None:
    element = _add(mail, name)
    _add(element, "EANIdentifier", place.ean, 35)
    _add(element, "Identifier", place.identifier, 17)
    _add(element, "IdentifierCode", place.code)
    _add(element, "OrganisationName", place.organisation, 35)
    if place.department:
        _add(element, "DepartmentName", place.department, 35)


def _patient(mail: etree._Element, letter: Letter) -> None:
    element = _add(mail, "Patient")
    _add(element, "CivilRegistrationNumber" if letter.is_cpr else "AlternativeIdentifier", letter.number, 10)
    _add(element, "PersonSurnameName", letter.surname, 70)
    if letter.given:
        _add(element, "PersonGivenName", letter.given, 70)
    _add(element, "EpisodeOfCareStatusCode", "inaktiv")


def _moment(parent: etree._Element, name: str, at: datetime) -> None:
    """Date and time to the minute, by Danish clocks."""
    element, local = _add(parent, name), at.astimezone(COPENHAGEN)
    _add(element, "Date", f"{local:%Y-%m-%d}")
    _add(element, "Time", f"{local:%H:%M}")


def _text(element: etree._Element, lines: list[str]) -> None:
    element.text = lines[0]
    for line in lines[1:]:
        _add(element, "Break").tail = line


def _lines(text: str, length: int) -> Iterator[str]:
    for line in sayable(text).rstrip("\n").split("\n"):
        yield from _broken(line, length) if length else (line,)


def _broken(line: str, length: int) -> Iterator[str]:
    while len(line) > length:
        blank = line.rfind(" ", 1, length + 1)
        if blank < 0:
            raise Unsayable(LINE_TOO_LONG)
        yield line[:blank]
        line = line[blank + 1 :]
    yield line


def sayable(text: str) -> str:
    """In characters of ISO-8859-1 that XML 1.0 allows; typographic punctuation in its plainer form where it must."""
    plain = text if _fits(text) else text.translate(_PLAINER)
    if not _fits(plain) or any(ord(each) < 32 and each not in "\n\t" for each in plain):
        raise Unsayable(NOT_LATIN_1)
    return plain


def _fits(text: str) -> bool:
    try:
        text.encode(ENCODING)
    except UnicodeEncodeError:
        return False
    return True


def _add(parent: etree._Element, name: str, text: str = "", longest: int = 0) -> etree._Element:
    element = etree.SubElement(parent, _tag(name))
    if longest and not 0 < len(text) <= longest:
        raise Unsayable(TOO_LONG)
    if text:
        element.text = sayable(text)
    return element


def _tag(name: str) -> str:
    return f"{{{NAMESPACE}}}{name}"
