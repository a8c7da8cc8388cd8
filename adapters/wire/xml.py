"""The one place where XML from a peer enters: bytes become a tree here, or are refused with a reason.

No entity is resolved, nothing is fetched, no document type is let in, and depth and size are bounded. SOAP 1.1 §3
forbids document types and processing instructions in a message anyway. Comments never count (exclusive
canonicalisation drops them), and leaving them in would let one cut a text in two for a careless reader, so they are
not read at all.
"""

from __future__ import annotations

import re
from typing import Final

from lxml import etree

SIZE_LIMIT: Final = 1_000_000
UTF8_BOM: Final = b"\xef\xbb\xbf"
# Encodings in which "<!DOCTYPE" can only be written with its ASCII bytes; UTF-16 or UTF-7 would hide it from the scan.
ASCII_COMPATIBLE: Final = frozenset({"utf-8", "us-ascii", "iso-8859-1", "windows-1252"})
_DECLARED = re.compile(rb"\s*<\?xml[^>]*?encoding\s*=\s*[\"']([A-Za-z0-9._-]+)")
_DOCTYPE = re.compile(rb"<!(doctype|entity)", re.IGNORECASE)


class XmlRefused(ValueError):
    """``reason`` is *empty*, *size*, *encoding*, *doctype* or *well-formed*; never a word of the document."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def parse_xml(content: bytes, size_limit: int = SIZE_LIMIT, *, long_values: bool = False) -> etree._Element:
    """The root element. Raises ``XmlRefused``. ``long_values``: a single value may be longer than 10 MB.

    A document type is looked for in the bytes, before any parser sees them: a hardened parser would drop its entities
    in silence and leave a field empty (measured with lxml 6.1.3)."""
    if not content:
        raise XmlRefused("empty")
    if len(content) > size_limit:
        raise XmlRefused("size")
    _require_ascii_compatible(content)
    if _DOCTYPE.search(content):
        raise XmlRefused("doctype")
    try:
        return etree.fromstring(content, hardened(long_values=long_values))
    except (etree.XMLSyntaxError, ValueError):
        reason = "well-formed"
    # Raised outside the handler: the parser's own message may quote the document.
    raise XmlRefused(reason)


def hardened(*, long_values: bool = False) -> etree.XMLParser:
    """A parser for one document: it is not to be shared between threads. For libraries that parse again what
    ``parse_xml`` let through."""
    return etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        huge_tree=long_values,
        recover=False,
        remove_comments=True,
        remove_pis=True,
    )


def _require_ascii_compatible(content: bytes) -> None:
    head = content[:200].removeprefix(UTF8_BOM)
    declared = _DECLARED.match(head)
    name = declared.group(1).decode("ascii").lower() if declared else "utf-8"
    if name not in ASCII_COMPATIBLE or b"\x00" in head or head[:2] in (b"\xff\xfe", b"\xfe\xff"):
        raise XmlRefused("encoding")


def text_of(parent: etree._Element | None, path: str) -> str:
    """The text of the first element at ``path`` ("{ns}A/{ns}B"), stripped; "" where there is none, or where the
    element holds elements."""
    found = None if parent is None else parent.find(path)
    if found is None or len(found):
        return ""
    return (found.text or "").strip()
