"""Bytes of a register file on their way to rows: the only way by which master data XML enters.

Entities, network, DTDs and huge trees are off, and a document type is refused before the parser sees it: the hardened
parser would otherwise drop an entity in silence and leave a field empty.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import BinaryIO

from lxml import etree

from gateway.masterdata.refusal import RegisterRefused

CHUNK = 64 * 1024
MAX_BYTES = 512 * 1024 * 1024  # the whole register is a few dozen megabytes
SILENCE = 16 * 1024 * 1024  # bytes without one element that was asked for: this is another file
DOCTYPE = b"<!doctype"
UTF8_BOM = b"\xef\xbb\xbf"
# Encodings in which "<!DOCTYPE" can only be written with its ASCII bytes; UTF-16 or UTF-7 would hide it from the scan.
ASCII_COMPATIBLE = frozenset({"utf-8", "us-ascii", "iso-8859-1", "windows-1252"})


def elements(
    stream: BinaryIO, *, starts: bool = True, only: Sequence[str] | None = None
) -> Iterator[tuple[str, etree._Element]]:
    """("start" | "end", element) in document order; each element is emptied when the caller asks for the next one.

    ``starts`` False: only the ends are told. ``only``: the local names of the elements that are told of, whatever
    their namespace; what lies in them is then there to be read until they are emptied.

    Raises ``RegisterRefused`` with check *doctype*, *encoding*, *size*, *well-formed*, *complete* or *structure*
    (nothing of what was asked for, for too long).
    """
    parser = etree.XMLPullParser(
        events=("start", "end") if starts else ("end",),
        tag=[f"{{*}}{name}" for name in only] if only else None,
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    silent = 0
    for chunk in _guarded(stream):
        _feed(parser, chunk)
        silent += len(chunk)
        for told in _released(parser):
            silent = 0
            yield told
        if silent > SILENCE:
            raise RegisterRefused("structure", f"nothing known in {SILENCE} bytes")
    _close(parser)
    yield from _released(parser)


@lru_cache(maxsize=1024)
def local_name(tag: str) -> str:
    """The name without its namespace."""
    return tag.rpartition("}")[2]


def root_of(element: etree._Element) -> etree._Element:
    return element.getroottree().getroot()


# The parser's own message may quote the file, an identity number among it: only the line is told.


def _feed(parser: etree.XMLPullParser, chunk: bytes) -> None:
    try:
        parser.feed(chunk)
    except etree.XMLSyntaxError as fault:
        raise RegisterRefused("well-formed", f"line {fault.lineno}") from None


def _close(parser: etree.XMLPullParser) -> None:
    try:
        parser.close()
    except etree.XMLSyntaxError as fault:
        raise RegisterRefused("complete", f"the file ends too early, at line {fault.lineno}") from None


def _released(parser: etree.XMLPullParser) -> Iterator[tuple[str, etree._Element]]:
    for event, element in parser.read_events():
        if not isinstance(element, etree._Element):
            continue  # namespace events are not asked for
        yield str(event), element
        if event == "end":
            _release(element)


def _release(element: etree._Element) -> None:
    """Constant memory: empty what is read, and cut off the elder siblings nobody will ask for again."""
    element.clear()
    parent = element.getparent()
    while parent is not None and element.getprevious() is not None:
        del parent[0]


def _guarded(stream: BinaryIO) -> Iterator[bytes]:
    """The stream in chunks, each searched for a document type (also across the seam) before it is handed on."""
    tail, total = b"", 0
    while chunk := stream.read(CHUNK):
        if not total:
            _require_ascii_compatible(chunk)
        total += len(chunk)
        if total > MAX_BYTES:
            raise RegisterRefused("size", f"more than {MAX_BYTES} bytes")
        window = (tail + chunk).lower()
        if DOCTYPE in window:
            raise RegisterRefused("doctype", "a document type is not allowed")
        tail = window[-len(DOCTYPE) :]
        yield chunk
    if not total:
        raise RegisterRefused("complete", "the file is empty")


def _require_ascii_compatible(opening: bytes) -> None:
    head = opening.removeprefix(UTF8_BOM)[:200]
    declared = re.match(rb"\s*<\?xml[^>]*?encoding\s*=\s*[\"']([A-Za-z0-9._-]+)", head)
    name = declared.group(1).decode("ascii").lower() if declared else "utf-8"
    if name not in ASCII_COMPATIBLE or b"\x00" in head or head[:2] in (b"\xff\xfe", b"\xfe\xff"):
        raise RegisterRefused("encoding", "the file must be UTF-8 or ISO-8859-1")
