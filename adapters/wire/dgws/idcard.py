"""The SOSI ID card: a SAML assertion in DGWS clothes that says which system, of which organisation, is calling.

We write a card about ourselves and sign it with the organisation's OCES key; the STS writes it anew under its own
signature, and that one opens the national services for a day (DGWS 1.0.1; SOSI ID card 1.0.1).
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from cryptography.hazmat.primitives.serialization import Encoding
from lxml import etree

from adapters.wire.dgws.assertion import SAML, AssertionRefused, Demands, genuine
from adapters.wire.dgws.signature import DS, Signer, sign

CARD_ID: Final = "IDCard"
VERSION: Final = "1.0.1"
LEVEL: Final = "3"
LIFE: Final = timedelta(hours=24)
# As SEAL and the STS do: a card is valid a little before it is made, for clocks that lag.
BACK_DATED: Final = timedelta(minutes=5)
HOLDER_OF_KEY: Final = "urn:oasis:names:tc:SAML:2.0:cm:holder-of-key"


@dataclass(frozen=True, slots=True)
class SystemIdentity:
    """Who calls: the system's name, and the organisation (CVR and name) on whose agreement it does so."""

    system: str
    cvr: str
    organisation: str


@dataclass(frozen=True, slots=True)
class IdCard:
    """A card as the STS signed it: ``content`` goes into every request byte for byte."""

    content: bytes = field(repr=False)
    not_on_or_after: datetime


def stamp(moment: datetime) -> str:
    """UTC without a fraction: what DGWS 1.0.1 writes, and what old peers can read."""
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def own_card(identity: SystemIdentity, signer: Signer, now: datetime, random: Callable[[int], bytes]) -> bytes:
    """The card we ask the STS to sign, signed by ourselves (level 3: an organisation's certificate)."""
    since = now - BACK_DATED
    namespaces = {"saml": SAML, "ds": DS}
    card = etree.Element(f"{{{SAML}}}Assertion", nsmap=namespaces)
    for name, value in (("IssueInstant", stamp(since)), ("Version", "2.0"), ("id", CARD_ID)):
        card.set(name, value)
    _element(card, "Issuer", identity.system)
    _subject(card, identity)
    conditions = _element(card, "Conditions")
    conditions.set("NotBefore", stamp(since))
    conditions.set("NotOnOrAfter", stamp(since + LIFE))
    _statements(card, identity, signer, base64.b64encode(random(16)).decode())
    sign(card, signer, signature_id="OCESSignature")
    return etree.tostring(card)


def _subject(card: etree._Element, identity: SystemIdentity) -> None:
    subject = _element(card, "Subject")
    _element(subject, "NameID", identity.cvr).set("Format", "medcom:cvrnumber")
    confirmation = _element(subject, "SubjectConfirmation")
    _element(confirmation, "ConfirmationMethod", HOLDER_OF_KEY)
    key_info = etree.SubElement(_element(confirmation, "SubjectConfirmationData"), f"{{{DS}}}KeyInfo")
    etree.SubElement(key_info, f"{{{DS}}}KeyName").text = "OCESSignature"


def _statements(card: etree._Element, identity: SystemIdentity, signer: Signer, card_id: str) -> None:
    # SHA-1 is what the format asks for; it names the certificate, it proves nothing.
    fingerprint = hashlib.sha1(signer.certificate.public_bytes(Encoding.DER), usedforsecurity=False).digest()
    data = _element(card, "AttributeStatement")
    data.set("id", "IDCardData")
    _attribute(data, "sosi:IDCardID", card_id)
    _attribute(data, "sosi:IDCardVersion", VERSION)
    _attribute(data, "sosi:IDCardType", "system")
    _attribute(data, "sosi:AuthenticationLevel", LEVEL)
    _attribute(data, "sosi:OCESCertHash", base64.b64encode(fingerprint).decode())
    log = _element(card, "AttributeStatement")
    log.set("id", "SystemLog")
    _attribute(log, "medcom:ITSystemName", identity.system)
    _attribute(log, "medcom:CareProviderID", identity.cvr).set("NameFormat", "medcom:cvrnumber")
    _attribute(log, "medcom:CareProviderName", identity.organisation)


def _element(parent: etree._Element, name: str, text: str | None = None) -> etree._Element:
    child = etree.SubElement(parent, f"{{{SAML}}}{name}")
    child.text = text
    return child


def _attribute(parent: etree._Element, name: str, value: str) -> etree._Element:
    attribute = _element(parent, "Attribute")
    attribute.set("Name", name)
    _element(attribute, "AttributeValue", value)
    return attribute


def signed_card(card: etree._Element, identity: SystemIdentity, demands: Demands, now: datetime) -> IdCard:
    """What the STS gave us, if it is a system card of level 3 for this organisation, signed by that STS and in time.

    Raises ``AssertionRefused`` or ``SignatureRefused``."""
    read = genuine(card, demands, now)
    expected = {
        "sosi:IDCardVersion": VERSION,
        "sosi:IDCardType": "system",
        "sosi:AuthenticationLevel": LEVEL,
        "medcom:CareProviderID": identity.cvr,
    }
    if card.get("id") != CARD_ID or any(read.only(name) != value for name, value in expected.items()):
        raise AssertionRefused("shape")
    return IdCard(etree.tostring(card, with_tail=False), read.not_on_or_after)
