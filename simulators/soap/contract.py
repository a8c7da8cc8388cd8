"""The published contract as this system reads it: every request judged by the schemas, every answer too."""

import threading
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

from lxml import etree

from simulators.national.envelopes import NAMES, Refused

FOLDER = Path(__file__).parents[2] / "adapters" / "gp_system" / "soap" / "wsdl"
LB = "urn:laegebro:consultation-queue:1.0"
ENV = NAMES["soapenv"]


class NotHere(Exception):
    """A refusal by one of the contract's own codes."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class Contract:
    """The three schemas; one document at a time, since a schema remembers its last faults."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        names = ("consultation-queue-1.0.xsd", "dgws-1.0.xsd", "wssecurity-secext-1.0.xsd")
        body, header, security = (etree.XMLSchema(etree.parse(str(FOLDER / name))) for name in names)
        self._of = {LB: body, NAMES["medcom"]: header, NAMES["wsse"]: security}

    def require(self, envelope: etree._Element) -> None:
        """Raises `Refused` (syntax_error) for a body, a medcom:Header or a wsse:Security the schemas do not know."""
        parts = [*envelope.findall(f"{{{ENV}}}Header/*"), *envelope.findall(f"{{{ENV}}}Body/*")]
        for part in parts:
            if not self.knows(part):
                raise Refused("syntax_error", "not what the contract says")

    def knows(self, part: etree._Element) -> bool:
        schema = self._of.get(etree.QName(part).namespace or "")
        with self._lock:
            return schema is not None and bool(schema.validate(part))


def parsed(content: bytes) -> etree._Element:
    if b"<!DOCTYPE" in content:
        raise Refused("syntax_error", "a document type is not allowed")
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        return etree.fromstring(content, parser)
    except etree.XMLSyntaxError:
        raise Refused("syntax_error", "not well-formed") from None


def element(name: str, content: Any) -> str:
    """`content`: a text, nested names in order, a list of repetitions, or None for nothing."""
    if content is None:
        return ""
    if isinstance(content, list):
        return "".join(element(name, each) for each in content)
    if isinstance(content, dict):
        inner = "".join(element(key, value) for key, value in content.items())
        return f"<lb:{name}>{inner}</lb:{name}>"
    text = {True: "true", False: "false"}.get(content, content) if isinstance(content, bool) else content
    return f"<lb:{name}>{escape(str(text))}</lb:{name}>"


def body(name: str, content: dict[str, Any], beside: str = "") -> str:
    """`beside` goes in as it is before the end: elements of this system's own."""
    inner = "".join(element(key, value) for key, value in content.items())
    return f'<lb:{name} xmlns:lb="{LB}">{inner}{beside}</lb:{name}>'


def text(parent: etree._Element, path: str) -> str:
    """By local names ("Citizen/Name"), unstripped."""
    return parent.findtext("/".join(f"{{{LB}}}{name}" for name in path.split("/"))) or ""
