"""Which register a file is, by its content: its name says nothing, and the wrong one must change nothing."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import BinaryIO, Protocol, cast

from gateway.masterdata import sor_columns, sor_csv, sor_xml, yderregister, yderregister_nsp
from gateway.masterdata.refusal import RegisterRefused
from gateway.masterdata.sor_csv import SorCsvFile
from gateway.masterdata.sor_xml import SorXmlFile
from gateway.masterdata.yderregister import Stamp, YderregisterFile
from gateway.masterdata.yderregister_nsp import YderFeed

HEAD = 64 * 1024


class Layout(StrEnum):
    YDERREGISTER = "yderregister"
    YDERREGISTER_NSP = "yderregister-nsp"
    SOR_XML = "sor-xml"
    SOR_CSV = "sor2-csv"
    SIKREDE = "sikrede"

    @property
    def register(self) -> str:
        """yderregister | sor | sikrede"""
        return {"yderregister-nsp": "yderregister", "sor-xml": "sor", "sor2-csv": "sor"}.get(str(self), str(self))


class _Seekable(Protocol):
    def seek(self, offset: int, /) -> int: ...


def layout_of(source: Path | str | BinaryIO) -> Layout:
    """Raises ``RegisterRefused`` (*interface*) for what is none of them. A stream is put back to its beginning."""
    head = _head(source)
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    if text.startswith(b"<"):
        return _xml_layout(text)
    if re.match(rb"00[0-9]{28}.{6}S1061023", text):
        return Layout.SIKREDE
    if sor_columns.is_header(text.split(b"\n", 1)[0].decode("utf-8", "replace")):
        return Layout.SOR_CSV
    raise RegisterRefused("interface", "this is no register file we know")


def _xml_layout(text: bytes) -> Layout:
    root = re.search(rb"<(?![?!])(?:[A-Za-z0-9_.-]+:)?([A-Za-z0-9_.-]+)", text)
    name = root.group(1) if root else b""
    if name == yderregister.ROOT.encode():
        return Layout.YDERREGISTER
    if name == sor_xml.ROOT.encode():
        return Layout.SOR_XML
    if re.search(rb"http://nsi\.dk/-/stamdata/3\.[0-9]+/(yderregister|sor)\b", text):
        return Layout.YDERREGISTER_NSP
    raise RegisterRefused("interface", "this is no register file we know")


def _head(source: Path | str | BinaryIO) -> bytes:
    if isinstance(source, (str, Path)):
        with Path(source).open("rb") as stream:
            return stream.read(HEAD)
    head = source.read(HEAD)
    cast(_Seekable, source).seek(0)
    return head


@contextmanager
def opened_yderregister(
    source: Path | str | BinaryIO, newer_than: Stamp | None = None
) -> Iterator[YderregisterFile | YderFeed]:
    """Either layout of the Yderregister, by its content."""
    if layout_of(source) is Layout.YDERREGISTER_NSP:
        with yderregister_nsp.opened(source, newer_than) as feed:
            yield feed
    else:
        with yderregister.opened(source, newer_than) as file:
            yield file


@contextmanager
def opened_sor(
    source: Path | str | BinaryIO, newer_than: Stamp | None = None, locations: Path | None = None
) -> Iterator[SorXmlFile | SorCsvFile]:
    """Either layout of SOR, by its content."""
    if layout_of(source) is Layout.SOR_CSV:
        with sor_csv.opened(source, newer_than, locations=locations) as daily:
            yield daily
    else:
        with sor_xml.opened(source, newer_than) as tree:
            yield tree
