"""An XDIS91 letter as it is judged before anybody reads it: element by element, order, number and length.

Written after MedCom's description of XD9134L; a letter that is not of it is refused with `syntaksfejl` or
`problem_med_version`, as the net does.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date

from lxml import etree

NAMESPACE = "http://rep.oio.dk/sundcom.dk/medcom.dk/xml/schemas/2006/07/01/"
Check = Callable[[str], bool]
MARKUP = {"Break", "Space", "Right", "Center", "Bold", "Italic", "Underline", "FixedFont"}


class Unreadable(Exception):
    """`args[0]` is a RefuseCode, `args[1]` the element."""


def _long(most: int) -> Check:
    return lambda text: 1 <= len(text) <= most


def _one_of(*words: str) -> Check:
    return lambda text: text in words


def _is_date(text: str) -> bool:
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def _like(pattern: str) -> Check:
    return lambda text: re.fullmatch(pattern, text) is not None


MOMENT = (("Date", True, _is_date), ("Time", True, _like("([01][0-9]|2[0-3]):[0-5][0-9]")))
CODES = _one_of("sygehusafdelingsnummer", "ydernummer", "lokationsnummer", "kommunenummer", "amt", "sorkode")
ADDRESS = tuple(
    (name, False, _long(35)) for name in ("DepartmentName", "UnitName", "StreetName", "SuburbName", "DistrictName")
)
PLACE = (("EANIdentifier", True, _long(35)), ("Identifier", True, _long(17)), ("IdentifierCode", True, CODES))
SENDER = (*PLACE, ("OrganisationName", True, _long(35)), *ADDRESS, ("PostCodeIdentifier", False, _long(9)))
RECEIVER = (*PLACE, ("OrganisationName", False, _long(35)), *ADDRESS, ("PostCodeIdentifier", False, _long(9)))
PATIENT = (
    ("CivilRegistrationNumber", False, _like("[0-9]{10}")),
    ("AlternativeIdentifier", False, _like(".{10}")),
    ("PersonSurnameName", True, _long(70)),
    ("PersonGivenName", False, _long(70)),
    ("EpisodeOfCareStatusCode", True, _one_of("inaktiv", "indlagt", "ambulant", "doed", "ambulant_roentgen")),
)
HEAD = (
    ("Identifier", True, _long(14)),
    ("VersionCode", True, _one_of("XD9134L")),
    ("StatisticalCode", True, _long(8)),
    ("Authorisation", True, MOMENT),
    ("TypeCode", True, _one_of("XDIS91")),
    ("StatusCode", True, _one_of("nytbrev", "rettetbrev")),
    ("EpisodeOfCareIdentifier", False, _long(35)),
)
ENVELOPE = (
    ("Sent", True, MOMENT),
    ("Identifier", True, _long(14)),
    ("AcknowledgementCode", True, _one_of("pluspositivkvitt", "minuspositivkvitt")),
)
MORE = (("Priority", False, _one_of("rutine", "høj_prioritet")), ("Subject", False, _long(70)))
MAIL = (
    ("Letter", True, HEAD),
    ("Sender", True, SENDER),
    ("Receiver", True, RECEIVER),
    ("Patient", True, PATIENT),
    ("AdditionalInformation", False, MORE),
)


@dataclass(frozen=True)
class ReadLetter:
    id: str
    envelope: str
    episode: str
    correction: bool
    authorised: str
    sender: str
    receiver: str
    number: str
    subject: str
    text: str
    wants_yes: bool


def read(content: bytes) -> ReadLetter:
    """Raises `Unreadable`."""
    if not re.match(rb"<\?xml[^>]*encoding=['\"]ISO-8859-1['\"]", content, re.IGNORECASE):
        raise Unreadable("syntaksfejl", "encoding")
    try:
        root = etree.fromstring(content, etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False))
    except etree.XMLSyntaxError as fault:
        raise Unreadable("syntaksfejl", "xml") from fault
    parts = list(root)
    if root.tag != _tag("Emessage") or [each.tag for each in parts] != [_tag("Envelope"), _tag("ClinicalEmail")]:
        raise Unreadable("problem_med_version", "Emessage")
    _judge(parts[0], ENVELOPE)
    mail = list(parts[1])
    known = {_tag(name) for name, _, _ in MAIL}
    texts = [each for each in mail if each.tag not in known]
    _judge(parts[1], MAIL, len(mail) - len(texts))
    return _letter(parts[0], parts[1], "\n".join(_texts(texts)))


def _letter(envelope: etree._Element, mail: etree._Element, text: str) -> ReadLetter:
    patient = mail.find(_tag("Patient"))
    assert patient is not None
    moment = [_text(mail, "Letter", "Authorisation", part) for part in ("Date", "Time")]
    return ReadLetter(
        id=_text(mail, "Letter", "Identifier"),
        envelope=_text(envelope, "Identifier"),
        episode=_text(mail, "Letter", "EpisodeOfCareIdentifier"),
        correction=_text(mail, "Letter", "StatusCode") == "rettetbrev",
        authorised="T".join(moment),
        sender=_text(mail, "Sender", "EANIdentifier"),
        receiver=_text(mail, "Receiver", "EANIdentifier"),
        number=_text(patient, "CivilRegistrationNumber") or _text(patient, "AlternativeIdentifier"),
        subject=_text(mail, "AdditionalInformation", "Subject"),
        text=text,
        wants_yes=_text(envelope, "AcknowledgementCode") == "pluspositivkvitt",
    )


def _judge(parent: etree._Element, shape: tuple, count: int | None = None) -> None:  # type: ignore[type-arg]
    """The children are those of the shape, in its order, each as it must be; the first `count` of them only."""
    rest = list(parent)[:count]
    for name, required, check in shape:
        if rest and rest[0].tag == _tag(name):
            child = rest.pop(0)
            if isinstance(check, tuple):
                _judge(child, check)
            elif len(child) or not check(child.text or ""):
                raise Unreadable("problem_med_version" if name == "VersionCode" else "syntaksfejl", name)
        elif required:
            raise Unreadable("syntaksfejl", name)
    if rest:
        raise Unreadable("syntaksfejl", etree.QName(rest[0]).localname)


def _texts(elements: list[etree._Element]) -> Iterator[str]:
    if len(elements) > 10:
        raise Unreadable("syntaksfejl", "ClinicalInformation")
    for each in elements:
        children = list(each)
        if each.tag != _tag("ClinicalInformation") or [child.tag for child in children] != [_tag("Text01")]:
            raise Unreadable("syntaksfejl", etree.QName(each).localname)
        if any(etree.QName(mark).localname not in MARKUP for mark in children[0].iterdescendants()):
            raise Unreadable("syntaksfejl", "Text01")
        for line in children[0].iter(_tag("Break")):
            line.text = "\n"
        yield "".join(map(str, children[0].itertext()))


def _text(element: etree._Element, *path: str) -> str:
    return element.findtext("/".join(map(_tag, path))) or ""


def _tag(name: str) -> str:
    return f"{{{NAMESPACE}}}{name}"
