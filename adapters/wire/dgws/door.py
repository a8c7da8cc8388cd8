"""The other side of Den Gode Webservice: a system that calls us, read and believed, or refused with the published code.

The card alone is signed (DGWS level 3); what is in the body is protected by the line it came over. Nothing of the body
is read before the card has been believed.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final, Literal
from uuid import UUID
from xml.sax.saxutils import escape

from lxml import etree

from adapters.wire.dgws.assertion import SAML, Assertion, AssertionRefused, Demands, genuine
from adapters.wire.dgws.header import MEDCOM, linked
from adapters.wire.dgws.idcard import CARD_ID, LEVEL, VERSION
from adapters.wire.dgws.signature import SignatureRefused
from adapters.wire.dgws.sts import security
from adapters.wire.soap import ENVELOPE, NAMESPACES, body_of, envelope
from adapters.wire.xml import XmlRefused, parse_xml, text_of

LARGEST: Final = 200_000
DEEPEST: Final = 60
MOST: Final = 4_000  # elements, or attributes: twice what the longest message of ours has
# How far the message's own time may lie from ours: clocks differ, and a repeated message may be repeated whole.
AHEAD: Final = timedelta(minutes=5)
BEHIND: Final = timedelta(hours=1)
_NAME = re.compile(r"[\x21-\x7e]{1,200}")
_SECURITY: Final = f"{{{NAMESPACES['wsse']}}}Security"
UNDERSTOOD: Final = (_SECURITY, f"{{{MEDCOM}}}Header")
NEXT: Final = "http://schemas.xmlsoap.org/soap/actor/next"  # whoever receives it, as without an actor

FaultCode = Literal[
    "syntax_error",
    "missing_required_header",
    "security_level_failed",
    "invalid_signature",
    "invalid_idcard",
    "invalid_certificate",
    "expired_idcard",
    "not_authorized",
    "processing_problem",
]
# XML-DSig's and SAML's reasons in the words of DGWS 1.0.1.
_CODES: Final[Mapping[str, FaultCode]] = {
    "missing": "invalid_signature",
    "shape": "invalid_idcard",
    "ambiguous": "invalid_signature",
    "reference": "invalid_signature",
    "algorithm": "invalid_signature",
    "certificate": "invalid_certificate",
    "forged": "invalid_signature",
    "issuer": "invalid_idcard",
    "expired": "expired_idcard",
    "not-yet-valid": "invalid_idcard",
    "audience": "invalid_idcard",
}


# SOAP 1.1 §4.4.1
Side = Literal["Client", "Server", "MustUnderstand", "VersionMismatch"]


class DgwsRefused(Exception):
    """``code`` is DGWS's; or ``own`` is one of the contract's, where the header was in order; or neither, where SOAP's
    own ``side`` says it all."""

    def __init__(self, code: FaultCode | Literal[""], own: str = "", side: Side = "Client") -> None:
        super().__init__(code, own, side)
        self.code, self.own = code, own
        self.side: Side = "Server" if code == "processing_problem" else side


@dataclass(frozen=True, slots=True)
class Call:
    """``content`` is the body's one element, ``message_id`` the caller's name for it, however often it is sent."""

    content: etree._Element = field(repr=False)
    card: etree._Element = field(repr=False)
    message_id: str
    flow_id: str
    created: datetime

    @property
    def operation(self) -> str:
        return etree.QName(self.content).localname

    @property
    def namespace(self) -> str:
        return etree.QName(self.content).namespace or ""

    @property
    def said(self) -> dict[str, Any]:
        """The content as plain values by local name: a text, a nested dict, or a list where a name is repeated."""
        read = _plain(self.content)
        return read if isinstance(read, dict) else {}

    @property
    def canonical(self) -> bytes:
        """The content as bytes that do not depend on prefixes declared around it, or on white space in tags."""
        return etree.tostring(self.content, method="c14n", exclusive=True, with_tail=False)

    @property
    def claimed(self) -> tuple[str, str]:
        """Issuer and care provider as the card says; nobody has believed it yet."""
        names = self.card.iterfind(f"{{{SAML}}}AttributeStatement/{{{SAML}}}Attribute[@Name='medcom:CareProviderID']")
        values = [text_of(each, f"{{{SAML}}}AttributeValue") for each in names]
        return text_of(self.card, f"{{{SAML}}}Issuer"), values[0] if len(values) == 1 else ""


def read_call(content: bytes) -> Call:
    """The parts of a request. Raises ``DgwsRefused``."""
    root = _root(content)
    body, header = body_of(root), root.find(f"{{{ENVELOPE}}}Header")
    if body is None or header is None:
        raise DgwsRefused("syntax_error")
    _require_understood(header)
    cards = header.findall(f"{_SECURITY}/{{{SAML}}}Assertion")
    message_id, flow_id = linked(root, "MessageID"), linked(root, "FlowID")
    created = text_of(header, f"{_SECURITY}/{{{NAMESPACES['wsu']}}}Timestamp/{{{NAMESPACES['wsu']}}}Created")
    if len(cards) != 1 or not message_id or not created:
        raise DgwsRefused("missing_required_header")
    if not _NAME.fullmatch(message_id):
        raise DgwsRefused("syntax_error")
    at = moment_of(created)
    level = text_of(header, f"{{{MEDCOM}}}Header/{{{MEDCOM}}}SecurityLevel")
    if level not in (LEVEL, "4"):
        raise DgwsRefused("security_level_failed")
    return Call(body, cards[0], message_id, flow_id if _NAME.fullmatch(flow_id) else "", at)


def _require_understood(header: etree._Element) -> None:
    """SOAP 1.1 §4.2.3: a block meant for us that must be understood, and is not, stops everything."""
    for block in header.iterchildren(tag=etree.Element):
        ours = block.get(f"{{{ENVELOPE}}}actor", NEXT) in (NEXT, "")
        if ours and block.get(f"{{{ENVELOPE}}}mustUnderstand") in ("1", "true") and block.tag not in UNDERSTOOD:
            raise DgwsRefused("", side="MustUnderstand")


def moment_of(created: str) -> datetime:
    """wsu:Created: an xs:dateTime that names its zone (WS-Security 1.0 §10)."""
    try:
        at = datetime.fromisoformat(created)
    except ValueError:
        raise DgwsRefused("syntax_error") from None
    if at.tzinfo is None:
        raise DgwsRefused("syntax_error")
    return at


def _plain(element: etree._Element) -> Any:
    if not len(element):
        return element.text or ""
    read: dict[str, Any] = {}
    for child in element:
        name, value = etree.QName(child).localname, _plain(child)
        if name not in read:
            read[name] = value
        elif isinstance(read[name], list):
            read[name].append(value)
        else:
            read[name] = [read[name], value]
    return read


def _root(content: bytes) -> etree._Element:
    try:
        root = None if _is_wide(content) else parse_xml(content, LARGEST)
    except XmlRefused:
        root = None
    if root is None or _is_deep(root):
        raise DgwsRefused("syntax_error")
    if root.tag != f"{{{ENVELOPE}}}Envelope":
        other = etree.QName(root).localname == "Envelope"
        raise DgwsRefused("", side="VersionMismatch") if other else DgwsRefused("syntax_error")
    return root


def _is_wide(content: bytes) -> bool:
    """Seen in the bytes, before any parser makes something of them. Both signs are rare in what people write."""
    return content.count(b"<") > 2 * MOST or content.count(b"=") > MOST


def _is_deep(root: etree._Element) -> bool:
    """No message of ours is a tenth as deep; what is would make every later walk through it costly."""
    level = [root]
    for _ in range(DEEPEST):
        level = [child for each in level for child in each]
        if not level:
            return False
    return True


def believed(call: Call, demands: Demands, now: datetime) -> Assertion:
    """The card's content, where it is a system card of level 3 or more, signed by somebody trusted, and in time; and
    where the message itself was made just now: what was caught yesterday opens nothing today."""
    try:
        read = genuine(call.card, demands, now)
    except (AssertionRefused, SignatureRefused) as fault:
        raise DgwsRefused(_CODES.get(fault.reason, "invalid_idcard")) from None
    if call.card.get("id") != CARD_ID or read.only("sosi:IDCardVersion") != VERSION:
        raise DgwsRefused("invalid_idcard")
    if read.only("sosi:IDCardType") != "system":
        raise DgwsRefused("invalid_idcard")
    if read.only("sosi:AuthenticationLevel") not in (LEVEL, "4"):
        raise DgwsRefused("security_level_failed")
    if not now - BEHIND <= call.created <= now + AHEAD:
        raise DgwsRefused("syntax_error")
    return read


def answered(call: Call, body: bytes, now: datetime, name: UUID) -> bytes:
    """The answer's envelope: ``name`` is its own, and it says which message it answers."""
    flow = f"<medcom:FlowID>{escape(call.flow_id)}</medcom:FlowID>" if call.flow_id else ""
    header = (
        f"<medcom:Header><medcom:SecurityLevel>{LEVEL}</medcom:SecurityLevel><medcom:Linking>{flow}"
        f"<medcom:MessageID>{name}</medcom:MessageID>"
        f"<medcom:InResponseToMessageID>{escape(call.message_id)}</medcom:InResponseToMessageID></medcom:Linking>"
        "<medcom:FlowStatus>flow_finalized_succesfully</medcom:FlowStatus></medcom:Header>"
    )
    return envelope(security(b"", now) + header.encode(), body)


def faulted(refusal: DgwsRefused, namespace: str) -> bytes:
    """A fault; ``namespace`` is the contract's, for its own codes. What SOAP itself refuses has no detail: it is not
    about the body (SOAP 1.1 §4.4)."""
    detail = f"<detail><medcom:FaultCode>{refusal.code}</medcom:FaultCode></detail>" if refusal.code else ""
    if refusal.own:
        own = f'<lb:QueueFault xmlns:lb="{namespace}"><lb:Code>{refusal.own}</lb:Code></lb:QueueFault>'
        detail = f"<detail>{own}</detail>"
    fault = (
        f"<soapenv:Fault><faultcode>soapenv:{refusal.side}</faultcode>"
        f"<faultstring>{refusal.code or refusal.own or refusal.side}</faultstring>{detail}</soapenv:Fault>"
    )
    return envelope(b"", fault.encode())
