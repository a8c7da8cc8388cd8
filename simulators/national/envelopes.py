"""SOAP 1.1 in and out: a request's parts, an answer's envelope, and faults as DGWS 1.0.1 writes them."""

from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import uuid4
from xml.sax.saxutils import escape

from lxml import etree

NAMES = {
    "soapenv": "http://schemas.xmlsoap.org/soap/envelope/",
    "ds": "http://www.w3.org/2000/09/xmldsig#",
    "medcom": "http://www.medcom.dk/dgws/2006/04/dgws-1.0.xsd",
    "saml": "urn:oasis:names:tc:SAML:2.0:assertion",
    "sosi": "http://www.sosi.dk/sosi/2006/04/sosi-1.0.xsd",
    "wsa": "http://schemas.xmlsoap.org/ws/2004/08/addressing",
    "wsse": "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd",
    "wst": "http://schemas.xmlsoap.org/ws/2005/02/trust",
    "wsu": "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd",
}


class Refused(Exception):
    """A request that gets a fault. `code` is DGWS's (or "" for a plain one), `text` the faultstring."""

    def __init__(self, code: str, text: str = "DGWS error", actor: str = "Client") -> None:
        super().__init__(code)
        self.code, self.text, self.actor = code, text, actor


@dataclass(frozen=True)
class Request:
    """The parts a service reads; `card` and `message_id` may be missing, which is for the service to mind."""

    body: etree._Element
    card: etree._Element | None
    message_id: str
    flow_id: str


def read_request(content: bytes) -> Request:
    """Raises `Refused` (syntax_error). The service behind the real address insists on the prefix `medcom`."""
    if b"<!DOCTYPE" in content:
        raise Refused("syntax_error", "a document type is not allowed")
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        root = etree.fromstring(content, parser)
    except etree.XMLSyntaxError:
        raise Refused("syntax_error", "not well-formed") from None
    body = root.find(f"{{{NAMES['soapenv']}}}Body")
    if root.tag != f"{{{NAMES['soapenv']}}}Envelope" or body is None or len(body) != 1:
        raise Refused("syntax_error", "not a SOAP 1.1 envelope with one element in its body")
    header = root.find(f"{{{NAMES['soapenv']}}}Header")
    return Request(body[0], _card(header), _linked(header, "MessageID"), _linked(header, "FlowID"))


def require_medcom_prefix(content: bytes) -> None:
    if b"<medcom:Header" not in content:
        raise Refused("missing_required_header", "medcom:Header")


def _card(header: etree._Element | None) -> etree._Element | None:
    return None if header is None else header.find(f"{{{NAMES['wsse']}}}Security/{{{NAMES['saml']}}}Assertion")


def _linked(header: etree._Element | None, name: str) -> str:
    path = f"{{{NAMES['medcom']}}}Header/{{{NAMES['medcom']}}}Linking/{{{NAMES['medcom']}}}{name}"
    return "" if header is None else (header.findtext(path) or "").strip()


def security() -> str:
    now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return f"<wsse:Security><wsu:Timestamp><wsu:Created>{now}</wsu:Created></wsu:Timestamp></wsse:Security>"


def dgws_header(request: Request) -> str:
    """Says which message it answers; the flow goes on under the caller's own name for it."""
    flow = f"<medcom:FlowID>{escape(request.flow_id)}</medcom:FlowID>" if request.flow_id else ""
    return (
        f"<medcom:Header><medcom:SecurityLevel>3</medcom:SecurityLevel><medcom:Linking>{flow}"
        f"<medcom:MessageID>{uuid4()}</medcom:MessageID>"
        f"<medcom:InResponseToMessageID>{escape(request.message_id)}</medcom:InResponseToMessageID></medcom:Linking>"
        "<medcom:FlowStatus>flow_finalized_succesfully</medcom:FlowStatus></medcom:Header>"
    )


def envelope(header: str, body: str) -> bytes:
    declared = " ".join(f'xmlns:{prefix}="{uri}"' for prefix, uri in NAMES.items())
    return (
        f"<?xml version='1.0' encoding='UTF-8'?>\n<soapenv:Envelope {declared}><soapenv:Header>{header}"
        f"</soapenv:Header><soapenv:Body>{body}</soapenv:Body></soapenv:Envelope>"
    ).encode()


def fault(refusal: Refused) -> bytes:
    """With a DGWS code in its detail, or bare as older services write it."""
    detail = f"<detail><medcom:FaultCode>{refusal.code}</medcom:FaultCode></detail>" if refusal.code else ""
    prefix = "soapenv" if refusal.actor in ("Client", "Server") else "wst"
    return envelope(
        "",
        f"<soapenv:Fault><faultcode>{prefix}:{refusal.actor}</faultcode>"
        f"<faultstring>{escape(refusal.text)}</faultstring>{detail}</soapenv:Fault>",
    )
