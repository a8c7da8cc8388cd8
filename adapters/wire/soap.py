"""SOAP 1.1 to one peer: the envelope as bytes, one exchange over ``PeerHttp``, and bodies written and read by zeep.

zeep knows the WSDL and nothing else: it is loaded from our own disk, never touches the network, and gets only trees
that the hardened parser has let in. What goes over the wire is put together here byte by byte, because a signed card
must arrive as it was signed and some peers insist on these very prefixes (requirements.md P4.1).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from email.message import Message
from pathlib import Path
from typing import Any, Final

from lxml import etree
from zeep import Client
from zeep import Settings as ZeepSettings
from zeep.exceptions import Error as ZeepError
from zeep.helpers import serialize_object
from zeep.transports import Transport

from adapters.wire.answer import Answer, refusal_of
from adapters.wire.http import PeerHttp
from adapters.wire.xml import XmlRefused, parse_xml, text_of
from gateway.domain.errors import ConfigFault

ENVELOPE: Final = "http://schemas.xmlsoap.org/soap/envelope/"
# The prefixes of every published DGWS message; the look-up service is known to insist on "medcom".
NAMESPACES: Final[Mapping[str, str]] = {
    "soapenv": ENVELOPE,
    "ds": "http://www.w3.org/2000/09/xmldsig#",
    "medcom": "http://www.medcom.dk/dgws/2006/04/dgws-1.0.xsd",
    "saml": "urn:oasis:names:tc:SAML:2.0:assertion",
    "sosi": "http://www.sosi.dk/sosi/2006/04/sosi-1.0.xsd",
    "wsa": "http://schemas.xmlsoap.org/ws/2004/08/addressing",
    "wsse": "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd",
    "wst": "http://schemas.xmlsoap.org/ws/2005/02/trust",
    "wsu": "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd",
    "xsd": "http://www.w3.org/2001/XMLSchema",
    "xsi": "http://www.w3.org/2001/XMLSchema-instance",
}
# A fault may come with any of these; a 200 may hold one just as well (the national STS does that).
FAULT_STATUSES: Final = (400, 401, 403, 500)
PARTS_LIMIT: Final = 20


@dataclass(frozen=True, slots=True)
class SoapFault:
    """``code``: faultcode without its prefix (Client, Server, FailedAuthentication …); ``detail`` DGWS's code below it,
    ``own`` the one of the service's own contract. ``text`` is for comparing with known words only: it may quote the
    request."""

    code: str
    detail: str = ""
    text: str = field(default="", repr=False)
    own: str = ""


def envelope(header: bytes, body: bytes) -> bytes:
    """Both as finished XML, copied without a byte changed."""
    declared = " ".join(f'xmlns:{prefix}="{uri}"' for prefix, uri in NAMESPACES.items()).encode()
    return b"".join(
        (
            b"<?xml version='1.0' encoding='UTF-8'?>\n<soapenv:Envelope ",
            declared,
            b' id="Envelope"><soapenv:Header>',
            header,
            b"</soapenv:Header><soapenv:Body>",
            body,
            b"</soapenv:Body></soapenv:Envelope>",
        )
    )


def exchange(http: PeerHttp, address: str, action: str, content: bytes, *, is_read: bool = True) -> etree._Element:
    """One call; the answer's envelope, whether it holds an answer or a fault.

    Raises the domain's peer errors: an HTTP error without a readable fault is that status' own, anything else that is
    no envelope is *invalid-answer*, which is unknown where the call may have changed something (``is_read`` false)."""
    words = {
        "Accept": "text/xml, multipart/related",
        "Content-Type": "text/xml; charset=utf-8",
        "SOAPAction": f'"{action}"',
    }
    answer = http.send("POST", address, content, headers=words, expect=FAULT_STATUSES, is_read=is_read)
    try:
        root = parse_xml(_root_part(answer))
    except XmlRefused:
        root = None
    if answer.status >= 400 and (root is None or fault_in(root) is None):
        raise refusal_of(answer)
    if root is None or root.tag != f"{{{ENVELOPE}}}Envelope" or root.find(f"{{{ENVELOPE}}}Body") is None:
        raise answer.unreadable()
    return root


def _root_part(answer: Answer) -> bytes:
    """The SOAP part of a MIME package (SOAP with attachments, MTOM); the body itself where there is none."""
    kind = Message()
    kind["Content-Type"] = answer.headers.get("content-type", "")
    if kind.get_content_type() != "multipart/related":
        return answer.body
    line, start = (str(kind.get_param(name) or "") for name in ("boundary", "start"))
    parts = _parts(answer.body, line)
    # RFC 2387 §3.2: the part that "start" names, or the first.
    named = [content for names, content in parts if start and names.get(b"content-id") == start.encode()]
    if not parts or len(parts) > PARTS_LIMIT:
        raise answer.unreadable()
    return named[0] if named else parts[0][1]


def _parts(body: bytes, line: str) -> list[tuple[dict[bytes, bytes], bytes]]:
    """(header fields by lower-case name, content) of each part (RFC 2046 §5.1.1). One level only, and by hand: the
    library's parser follows packages inside packages as deep as a peer likes."""
    if not line:
        return []
    pieces = re.split(rb"(?:^|\r?\n)--" + re.escape(line.encode()), body)
    return [_part(piece) for piece in pieces[1 : PARTS_LIMIT + 2] if not piece.startswith(b"--")]


def _part(piece: bytes) -> tuple[dict[bytes, bytes], bytes]:
    head, _, content = piece.replace(b"\r\n\r\n", b"\n\n", 1).partition(b"\n\n")
    fields = (field.partition(b":") for field in head.splitlines() if b":" in field)
    return {name.strip().lower(): value.strip() for name, _, value in fields}, content


def body_of(root: etree._Element) -> etree._Element | None:
    """The one element in the body; None where there is none, or several."""
    body = root.find(f"{{{ENVELOPE}}}Body")
    return body[0] if body is not None and len(body) == 1 else None


def fault_in(root: etree._Element) -> SoapFault | None:
    """Wherever the status code said something else: a body with a Fault is a fault (SOAP 1.1 §4.4)."""
    fault = root.find(f"{{{ENVELOPE}}}Body/{{{ENVELOPE}}}Fault")
    if fault is None:
        return None
    detail = fault.find("detail")
    coded = () if detail is None else detail.iter(f"{{{NAMESPACES['medcom']}}}FaultCode")
    code = next((text_of(each, ".") for each in coded), "")
    said = text_of(fault, "faultcode").rpartition(":")[2]
    return SoapFault(said, code, text_of(fault, "faultstring"), text_of(detail, "{*}QueueFault/{*}Code"))


class _Disk(Transport):
    """zeep's only way out: files beside the WSDL."""

    def __init__(self, folder: Path) -> None:
        super().__init__(timeout=1, operation_timeout=1)  # type: ignore[no-untyped-call]
        self._folder = folder.resolve()

    def load(self, url: str) -> bytes:
        path = Path(url).resolve()
        if self._folder not in path.parents:
            raise ConfigFault("wsdl: refers to something outside its folder")
        return path.read_bytes()

    def post(self, address: str, message: Any, headers: Any) -> Any:
        raise ConfigFault("wsdl: calls go through PeerHttp")


class Wsdl:
    """One port of a packaged WSDL: writes a request's body, reads an answer's. Thread-safe after construction."""

    def __init__(self, path: Path, service: str, port: str) -> None:
        settings = ZeepSettings(strict=True, forbid_dtd=True, forbid_entities=True, forbid_external=True)
        disk = _Disk(path.parent)
        self._client = Client(str(path), transport=disk, settings=settings)  # type: ignore[no-untyped-call]
        self._proxy = self._client.bind(service, port)

    def action(self, operation: str) -> str:
        return str(self._proxy._binding.get(operation).soapaction)

    def body(self, operation: str, **values: Any) -> bytes:
        """The request's one element, as XML that stands alone."""
        return _written(self._proxy._binding.get(operation).input, values)

    def written_out(self, operation: str, **values: Any) -> str:
        """The same, to be read."""
        whole = parse_xml(self.body(operation, **values))
        return etree.tostring(whole, pretty_print=True, encoding="unicode")

    def answer(self, operation: str, **values: Any) -> bytes:
        """The answer's one element, where it is ours to give."""
        return _written(self._proxy._binding.get(operation).output, values)

    def read(self, operation: str, content: etree._Element) -> dict[str, Any]:
        """The answer's one element as plain values. Raises ``ValueError`` where it is not what the WSDL says.

        The headers are left out: they are DGWS's business, and the schema knows only part of its codes."""
        bound = self._proxy._binding.get(operation)
        # zeep takes any element for the answer, and reads None out of a wrong one.
        if content.tag != bound.output.body.qname:
            raise ValueError("not what the WSDL says")
        alone = etree.Element(f"{{{ENVELOPE}}}Envelope", nsmap={"soapenv": ENVELOPE})
        etree.SubElement(alone, f"{{{ENVELOPE}}}Body").append(content)
        try:
            read = bound.process_reply(alone)
            values = serialize_object(read.body, target_cls=dict)  # type: ignore[no-untyped-call]
        except (ZeepError, ValueError, TypeError, LookupError, AttributeError, ArithmeticError):
            values = None
        # Raised outside the handler: zeep's own words quote what was read.
        if not isinstance(values, dict):
            raise ValueError("not what the WSDL says")
        return values


def _written(message: Any, values: Mapping[str, Any]) -> bytes:
    """By the element alone: the headers are DGWS's business, and zeep would ask for them. The same values give the
    same bytes in every process, since a prefix of ours stands for the namespace."""
    parent = etree.Element("body", nsmap={"b": message.body.qname.namespace})
    message.body.render(parent, message.body(**values))
    return etree.tostring(parent[0])
