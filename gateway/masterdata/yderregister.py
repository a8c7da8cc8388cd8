"""The Yderregister file (interface S1040025) on its way to the provider directory: read once, row by row.

``<etds1040025XML><Start OpgDato Timestamp Modt SnitfladeId/> <Yder …><Person …/></Yder>… <Slut AntPost/>``, padded
with blanks. The persons' CPR numbers are never looked at: a Person row is counted and forgotten.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import BinaryIO

from lxml import etree

from gateway.domain.errors import InvalidField
from gateway.domain.identifiers import Ydernummer
from gateway.domain.practice import Practice
from gateway.masterdata.hardened import elements, local_name, root_of
from gateway.masterdata.refusal import RegisterRefused

ROOT = "etds1040025XML"
INTERFACE = "S1040025"
RECIPIENT = "F053"
LONGEST_FIELD = 200  # the longest attribute of the interface is 80 characters wide

Stamp = tuple[date, str]  # OpgDato and Timestamp: the order of two files


class YderregisterFile:
    """One register file being read. ``opgdato`` and ``timestamp`` are known at once; ``persons`` counts up as
    ``practices()`` is read, and only its normal end means that every check has passed."""

    def __init__(self, stream: BinaryIO, newer_than: Stamp | None) -> None:
        self._events = elements(stream, starts=False)
        self.persons = 0
        self.total = 0
        self._announced: int | None = None
        self.opgdato, self.timestamp = self._read_start(newer_than)

    def practices(self) -> Iterator[Practice]:
        """Every version of every practice, in the file's order."""
        for _, element in self._events:
            name = local_name(element.tag)
            if self._announced is not None and name != ROOT:
                raise RegisterRefused("structure", "rows after Slut")
            if name == "Yder":
                self.total += 1
                yield _practice(element, self.total)
            elif name == "Person":
                self.persons += 1
            elif name == "Slut":
                self._announced = _count(element)
        self._verify_end()

    def _read_start(self, newer_than: Stamp | None) -> Stamp:
        for _, element in self._events:
            if local_name(root_of(element).tag) != ROOT:
                raise RegisterRefused("interface", f"the root element is not {ROOT}")
            if local_name(element.tag) != "Start":
                raise RegisterRefused("structure", "Start must come first")
            return _start(element, newer_than)
        raise RegisterRefused("structure", "no Start element")

    def _verify_end(self) -> None:
        """AntPost counts practices and persons together (measured: 58 + 54 = 112 in NSP's own test file)."""
        if self._announced is None:
            raise RegisterRefused("complete", "no Slut element")
        rows = self.total + self.persons
        if self._announced != rows:
            raise RegisterRefused("count", f"AntPost says {self._announced}, the file holds {rows} rows")
        if not self.total:
            raise RegisterRefused("rows", "the file holds no practice")


@contextmanager
def opened(source: Path | str | BinaryIO, newer_than: Stamp | None = None) -> Iterator[YderregisterFile]:
    """A file by path, or a binary stream the caller keeps. Raises ``RegisterRefused`` naming the check that failed;
    a file not newer than ``newer_than`` is refused before its rows are read."""
    if isinstance(source, (str, Path)):
        with Path(source).open("rb") as stream:
            yield YderregisterFile(stream, newer_than)
    else:
        yield YderregisterFile(source, newer_than)


def _start(element: etree._Element, newer_than: Stamp | None) -> Stamp:
    if _text(element, "Modt", "Start") != RECIPIENT:
        raise RegisterRefused("recipient", f"Modt is not {RECIPIENT}")
    if _text(element, "SnitfladeId", "Start") != INTERFACE:
        raise RegisterRefused("interface", f"SnitfladeId is not {INTERFACE}")
    day = _day(_text(element, "OpgDato", "Start"))
    timestamp = _text(element, "Timestamp", "Start")
    if day is None or not re.fullmatch(r"[0-9]{20}", timestamp):
        raise RegisterRefused("date", "Start/OpgDato and Timestamp must be set")
    _day(timestamp[:8])
    if newer_than is not None and (day, timestamp) <= newer_than:
        raise RegisterRefused("newer", f"not newer than the file of {newer_than[0]} {newer_than[1]}")
    return day, timestamp


# The attributes of one row, in the order of a ``Practice``'s fields.
_ATTRIBUTES = (
    "YdernrYder",
    "PrakBetegn",
    "HvdTlf",
    "AdrYder",
    "PostnrYder",
    "PostdistYder",
    "HvdSpecKode",
    "HvdSpecTxt",
    "TilgDatoYder",
    "AfgDatoYder",
)
_NOTHING = ("",) * len(_ATTRIBUTES)


def _practice(element: etree._Element, row: int) -> Practice:
    texts = [text.strip() for text in map(element.attrib.get, _ATTRIBUTES, _NOTHING)]
    if len(max(texts, key=len)) > LONGEST_FIELD:
        raise RegisterRefused("field", f"Yder row {row}: a field is longer than {LONGEST_FIELD} characters")
    try:
        ydernummer, valid_from, valid_to = _ydernummer(texts[0]), _day(texts[8]), _day(texts[9])
    except RegisterRefused as fault:
        raise RegisterRefused(fault.check, f"Yder row {row}: {fault.detail}") from None
    if valid_from is None:
        raise RegisterRefused("date", f"Yder row {row}: TilgDatoYder is missing")
    if valid_to is not None and valid_to < valid_from:
        raise RegisterRefused("date", f"Yder row {row}: AfgDatoYder lies before TilgDatoYder")
    _, name, phone, address, postcode, district, speciality, its_text, _, _ = texts
    return Practice(ydernummer, name, phone, address, postcode, district, speciality, its_text, valid_from, valid_to)


def _text(element: etree._Element, attribute: str, where: str) -> str:
    text = str(element.get(attribute, "")).strip()
    if len(text) > LONGEST_FIELD:
        raise RegisterRefused("field", f"{where}/{attribute} is longer than {LONGEST_FIELD} characters")
    return text


@lru_cache(maxsize=16_384)
def _ydernummer(text: str) -> Ydernummer:
    """Exactly six digits: a number that lost its zeros on the way names no practice for certain (P2.1)."""
    if len(text) != 6:
        raise RegisterRefused("ydernummer", "not six digits")
    try:
        return Ydernummer.parse(text)
    except InvalidField as fault:
        raise RegisterRefused("ydernummer", fault.reason) from None


@lru_cache(maxsize=65_536)
def _day(text: str) -> date | None:
    """``yyyymmdd``; blanks mean an open end. Each of a register's few thousand days is read once."""
    if not text:
        return None
    if not re.fullmatch(r"[0-9]{8}", text):
        raise RegisterRefused("date", "a day is not yyyymmdd")
    try:
        return date(int(text[:4]), int(text[4:6]), int(text[6:]))
    except ValueError:
        raise RegisterRefused("date", "a day is no date") from None


def _count(element: etree._Element) -> int:
    text = _text(element, "AntPost", "Slut")
    if not re.fullmatch(r"[0-9]{1,12}", text):
        raise RegisterRefused("count", "Slut/AntPost is not a number")
    return int(text)
