"""The Yderregister as the NSP's copy service hands it out: a feed of ``yder`` records instead of one XML file.

Two published layouts, told apart by their namespace: ``…/stamdata/3.0/yderregister`` (the fields of S1040025 as
elements, with ValidFrom/ValidTo) and ``…/stamdata/3.0/sor`` (the same practices under SOR's names). Both have lost the
zeros of the ydernummer; they come back here. A feed announces neither recipient nor count: that it is whole shows only
in that it ends well, so the store also refuses one that has shrunk.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import BinaryIO

from lxml import etree

from gateway.domain.errors import InvalidField
from gateway.domain.identifiers import Ydernummer
from gateway.domain.practice import Practice
from gateway.masterdata.hardened import elements
from gateway.masterdata.refusal import RegisterRefused
from gateway.masterdata.sor_fields import day_of, name_of

NAMESPACE = re.compile(r"http://nsi\.dk/-/stamdata/3\.[0-9]+/(yderregister|sor)")
FOR_EVER = date(2900, 1, 1)  # an open end is written 2999-12-31
Stamp = tuple[date, str]
_TEXTS = ("name", "phone", "address", "postcode", "district", "speciality", "speciality_text")

_FIELDS = {
    "yderregister": {
        "ydernummer": "YdernrYder",
        "name": "PrakBetegn",
        "phone": "HvdTlf",
        "address": "AdrYder",
        "postcode": "PostnrYder",
        "district": "PostdistYder",
        "speciality": "HvdSpecKode",
        "speciality_text": "HvdSpecTxt",
        "since": "TilgDatoYder",
        "to": "AfgDatoYder",
        "row_to": "ValidTo",
        "row_since": "ValidFrom",
    },
    "sor": {
        "ydernummer": "nummer",
        "name": "navn",
        "phone": "telefon",
        "address": "vejnavn",
        "postcode": "postnummer",
        "district": "bynavn",
        "speciality": "hovedSpecialeKode",
        "speciality_text": "hovedSpecialeTekst",
        "since": "validFrom",
        "to": "validTo",
        "row_to": "",
        "row_since": "",
    },
}


class YderFeed:
    """One feed being read: the same promises as ``yderregister.YderregisterFile``."""

    def __init__(self, stream: BinaryIO, newer_than: Stamp | None) -> None:
        self._events = elements(stream)
        self.persons = 0
        self.total = 0
        self.opgdato, self.timestamp = self._updated(newer_than)

    def practices(self) -> Iterator[Practice]:
        """Every version in force of every practice; a row the service itself has superseded is passed over."""
        facts: dict[str, str] = {}
        for event, element in self._events:
            name = etree.QName(element)
            if event == "start":
                continue
            if name.localname == "yder" and (layout := _layout(name)):
                practice = self._practice(facts, _FIELDS[layout])
                facts = {}
                if practice is not None:
                    self.total += 1
                    yield practice
            elif name.localname == "person" and _layout(name):
                self.persons, facts = self.persons + 1, {}
            elif element.text:
                facts[name.localname] = element.text.strip()
        if not self.total:
            raise RegisterRefused("rows", "the feed holds no practice")

    def _updated(self, newer_than: Stamp | None) -> Stamp:
        """The feed's own ``updated`` stands before its first entry (RFC 4287)."""
        for event, element in self._events:
            name = etree.QName(element).localname
            if event == "start" and name == "entry":
                break
            if event == "end" and name == "updated":
                return _stamp((element.text or "").strip(), newer_than)
        raise RegisterRefused("structure", "the feed does not say when it was updated")

    def _practice(self, facts: dict[str, str], fields: dict[str, str]) -> Practice | None:
        where = f"record {self.total + 1}"
        ended = day_of(facts.get(fields["row_to"], ""), f"{where}/ValidTo")
        if ended is not None and ended <= self.opgdato:
            return None
        said = {ours: name_of(facts.get(theirs, "")) for ours, theirs in fields.items()}
        since = _day(said["since"] or said["row_since"], where)
        to = _day(said["to"], where)
        if since is None:
            raise RegisterRefused("date", f"{where}: no first day")
        if to is not None and to >= FOR_EVER:
            to = None
        if to is not None and to < since:
            raise RegisterRefused("date", f"{where}: the last day lies before the first")
        texts = {name: said[name] for name in _TEXTS}
        return Practice(_ydernummer(said["ydernummer"], where), **texts, valid_from=since, valid_to=to)


def _layout(name: etree.QName) -> str:
    found = NAMESPACE.fullmatch(str(name.namespace or ""))
    return found.group(1) if found else ""


def _stamp(updated: str, newer_than: Stamp | None) -> Stamp:
    day = day_of(updated, "updated")
    digits = re.sub(r"[^0-9]", "", updated.split("+")[0])[:20].ljust(20, "0")
    if day is None:
        raise RegisterRefused("date", "the feed does not say when it was updated")
    if newer_than is not None and (day, digits) <= newer_than:
        raise RegisterRefused("newer", f"not newer than the file of {newer_than[0]} {newer_than[1]}")
    return day, digits


def _day(text: str, where: str) -> date | None:
    """``yyyymmdd`` as in S1040025, or a date and time."""
    if re.fullmatch(r"[0-9]{8}", text):
        text = f"{text[:4]}-{text[4:6]}-{text[6:]}"
    return day_of(text, where)


def _ydernummer(text: str, where: str) -> Ydernummer:
    try:
        return Ydernummer.parse(text)
    except InvalidField as fault:
        raise RegisterRefused("ydernummer", f"{where}: {fault.reason}") from None


@contextmanager
def opened(source: Path | str | BinaryIO, newer_than: Stamp | None = None) -> Iterator[YderFeed]:
    """A file by path, or a binary stream the caller keeps."""
    if isinstance(source, (str, Path)):
        with Path(source).open("rb") as stream:
            yield YderFeed(stream, newer_than)
    else:
        yield YderFeed(source, newer_than)
