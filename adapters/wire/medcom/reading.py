"""Bytes of a message → a Bundle as FHIR JSON has it, whichever of FHIR's two formats it came in.

Sizes are MedCom's: attachments of up to 10 MB in all, base64 in the message. Depth and the number of elements are
counted before anything is built, so that a hundred thousand brackets cost no time.
"""

from __future__ import annotations

import json
import re
from typing import Any, Final

from lxml import etree

from adapters.wire.answer import parse_json
from adapters.wire.medcom import fhirxml
from adapters.wire.xml import XmlRefused, parse_xml
from gateway.domain.errors import InvalidField

Json = dict[str, Any]
LARGEST: Final = 15_000_000  # bytes of a body: 10 MB of attachments as base64, and the rest of the message
DEEPEST: Final = 40  # a message needs a dozen levels
MOST_ELEMENTS: Final = 20_000  # objects and lists; the longest official example has 400
JSON_TYPES: Final = frozenset(("application/fhir+json", "application/json"))
XML_TYPES: Final = frozenset(("application/fhir+xml", "application/xml", "text/xml"))
MEDIA_TYPES: Final = JSON_TYPES | XML_TYPES
_MARKS = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*"|[\[{]|[\]}]', re.DOTALL)


def document(body: bytes, media_type: str) -> Json:
    """``InvalidField`` with *not-json*, *not-xml*, *too-deep*, *too-many-elements* or *not-a-bundle*: nothing in it can
    be answered. A Bundle that breaks R4 comes back as far as it can be read."""
    found = _of_xml(body) if media_type in XML_TYPES else _of_json(body)
    if not isinstance(found, dict) or found.get("resourceType") != "Bundle":
        raise InvalidField("body", "not-a-bundle")
    return found


def _of_json(body: bytes) -> Any:
    _count(body)
    try:
        found = parse_json(body)
        json.dumps(found, ensure_ascii=False).encode()  # half a surrogate pair is no text (RFC 8259 §8.2)
    except ValueError:
        raise InvalidField("body", "not-json") from None
    return found


def _count(body: bytes) -> None:
    depth = elements = 0
    for mark in _MARKS.finditer(body):
        first = mark.group()[:1]
        if first in b"[{":
            depth, elements = depth + 1, elements + 1
            _bounded(depth, elements)
        elif first in b"]}":
            depth -= 1


def _bounded(depth: int, elements: int) -> None:
    if depth > DEEPEST:
        raise InvalidField("body", "too-deep")
    if elements > MOST_ELEMENTS:
        raise InvalidField("body", "too-many-elements")


def _of_xml(body: bytes) -> Json:
    try:
        root = parse_xml(body, LARGEST, long_values=True)
    except XmlRefused as refused:
        raise InvalidField("body", "not-xml") from refused
    depth = elements = 0
    for event, _ in etree.iterwalk(root, events=("start", "end")):
        depth += 1 if event == "start" else -1
        elements += event == "start"
        _bounded(depth, elements // 3)  # in XML every value is an element
    return fhirxml.bundle(root, body)
