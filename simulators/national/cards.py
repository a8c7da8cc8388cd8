"""SOSI ID cards: read what a caller says about itself, and write the card the STS answers with."""

import base64
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from lxml import etree

from simulators.national.envelopes import NAMES, Refused
from simulators.national.keys import KeyPair
from simulators.national.signing import DS, NotGenuine, sign_card, verified_certificate

SAML = NAMES["saml"]
BACK_DATED = timedelta(minutes=5)
SLACK = timedelta(seconds=5)


@dataclass(frozen=True)
class Card:
    """What a card says. `element` is the one that was verified."""

    element: etree._Element
    issuer: str
    not_before: datetime
    not_on_or_after: datetime
    kind: str
    level: str
    cvr: str
    system: str
    organisation: str


def read_card(element: etree._Element) -> Card:
    """Raises `Refused` (invalid_idcard) where a part is missing."""
    conditions = element.find(f"{{{SAML}}}Conditions")
    if element.get("id") != "IDCard" or conditions is None:
        raise Refused("invalid_idcard", "the card is not a SOSI ID card")
    said = {
        each.get("Name", ""): (each.findtext(f"{{{SAML}}}AttributeValue") or "").strip()
        for each in element.iterfind(f"{{{SAML}}}AttributeStatement/{{{SAML}}}Attribute")
    }
    try:
        return Card(
            element,
            (element.findtext(f"{{{SAML}}}Issuer") or "").strip(),
            _moment(conditions.get("NotBefore")),
            _moment(conditions.get("NotOnOrAfter")),
            said["sosi:IDCardType"],
            said["sosi:AuthenticationLevel"],
            said["medcom:CareProviderID"],
            said["medcom:ITSystemName"],
            said["medcom:CareProviderName"],
        )
    except KeyError:
        raise Refused("invalid_idcard", "the card lacks an attribute") from None


def require_in_time(card: Card, now: datetime) -> None:
    if now - SLACK >= card.not_on_or_after or now + SLACK < card.not_before:
        raise Refused("expired_idcard", "the card is not valid now")


def require_signed_by(card: Card, pair: KeyPair) -> None:
    """The one signature that opens a service: the STS's own."""
    try:
        certificate = verified_certificate(card.element)
    except NotGenuine as fault:
        raise Refused("invalid_idcard", f"the card is not genuine: {fault}") from None
    if certificate != pair.certificate:
        raise Refused("invalid_certificate", "the card is signed by somebody else")


def issued_card(asked: Card, subject: str, issuer: str, pair: KeyPair, lifetime: timedelta, sha1: bool) -> str:
    """The card anew under the STS's name: back-dated five minutes, as the national one does."""
    since = datetime.now(UTC) - BACK_DATED
    card = etree.Element(f"{{{SAML}}}Assertion", nsmap={"saml": SAML, "ds": DS})
    for name, value in (("IssueInstant", _stamp(since)), ("Version", "2.0"), ("id", "IDCard")):
        card.set(name, value)
    _below(card, "Issuer", issuer)
    whom = _below(card, "Subject")
    _below(whom, "NameID", subject).set("Format", "medcom:other")
    confirmation = _below(whom, "SubjectConfirmation")
    _below(confirmation, "ConfirmationMethod", "urn:oasis:names:tc:SAML:2.0:cm:holder-of-key")
    key_info = etree.SubElement(_below(confirmation, "SubjectConfirmationData"), f"{{{DS}}}KeyInfo")
    etree.SubElement(key_info, f"{{{DS}}}KeyName").text = "OCESSignature"
    conditions = _below(card, "Conditions")
    conditions.set("NotBefore", _stamp(since))
    conditions.set("NotOnOrAfter", _stamp(since + lifetime))
    for statement in asked.element.iterfind(f"{{{SAML}}}AttributeStatement"):
        card.append(_copied(statement))
    sign_card(card, pair, sha1)
    return etree.tostring(card, encoding="unicode")


def _copied(statement: etree._Element) -> etree._Element:
    """The caller's own words, save the card's id, which is the STS's to choose."""
    copy = etree.fromstring(etree.tostring(statement, with_tail=False))
    for attribute in copy.iterfind(f"{{{SAML}}}Attribute"):
        if attribute.get("Name") == "sosi:IDCardID":
            attribute[0].text = base64.b64encode(secrets.token_bytes(16)).decode()
    return copy


def _moment(text: str | None) -> datetime:
    try:
        moment = datetime.fromisoformat(text or "")
    except ValueError:
        raise Refused("invalid_idcard", "the card's times cannot be read") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _stamp(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def _below(parent: etree._Element, name: str, text: str | None = None) -> etree._Element:
    child = etree.SubElement(parent, f"{{{SAML}}}{name}")
    child.text = text
    return child
