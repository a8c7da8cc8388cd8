"""SOR as XML (``urn:oio:sundhedsstyrelsen:organisation:1.0.0`` and ``:2.0.0``), unit by unit in constant memory.

InstitutionOwnerEntity → HealthInstitutionEntity → OrganizationalUnitEntity, nested as they belong together. A unit's
own facts end before its children begin, so that what is inherited is known when a child asks for it.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import BinaryIO

from lxml import etree

from gateway.domain.location import SorUnit
from gateway.masterdata.hardened import elements
from gateway.masterdata.refusal import RegisterRefused
from gateway.masterdata.sor_fields import (
    NOWHERE,
    Location,
    day_of,
    located,
    name_of,
    sor_id_of,
    truth,
    ydernummer_of,
)

LAYOUT = "sor-xml"
ROOT = "SorTree"
NAMESPACE = "urn:oio:sundhedsstyrelsen:organisation:"
_KINDS = {"InstitutionOwner": "owner", "HealthInstitution": "institution", "OrganizationalUnit": "unit"}
_ENTITIES = frozenset(f"{name}Entity" for name in _KINDS)
_STATUS_OF_LOCATION = "EanLocationCodeEntity"
_CHOICE_OF_LOCATION = "OptionalEanLocationCode"
_INHERITED = "EntityInheritedIndicator"

Stamp = tuple[date, str]
Facts = dict[str, str]


class SorXmlFile:
    """One file being read. ``as_of`` and ``timestamp`` are known at once; only the normal end of ``units()`` means
    that the file was whole."""

    layout = LAYOUT

    def __init__(self, stream: BinaryIO, newer_than: Stamp | None) -> None:
        self._events = elements(stream)
        self.total = 0
        self.as_of, self.timestamp = self._head(newer_than)

    def units(self) -> Iterator[SorUnit]:
        """Every unit, owners before what belongs to them."""
        reading = _Reading()
        for event, element in self._events:
            name = _local(element.tag)
            if event == "start":
                reading.enter(name)
                continue
            unit = reading.leave(name, (element.text or "").strip())
            if unit is not None:
                self.total += 1
                yield unit
        if not self.total:
            raise RegisterRefused("rows", "the file holds no unit")

    def _head(self, newer_than: Stamp | None) -> Stamp:
        created = ""
        for event, element in self._events:
            name = etree.QName(element)
            if event == "start" and element.getparent() is None:
                if name.localname != ROOT or not str(name.namespace or "").startswith(NAMESPACE):
                    raise RegisterRefused("interface", f"the root element is not {ROOT} of {NAMESPACE}…")
            elif event == "end" and name.localname == "CreatedAtTime":
                created = (element.text or "").strip()
            elif event == "end" and name.localname == "SnapshotDate":
                return _stamp((element.text or "").strip(), created, newer_than)
            elif event == "end":
                raise RegisterRefused("structure", "CreatedAtTime and SnapshotDate must come first")
        raise RegisterRefused("structure", "no SnapshotDate")


@lru_cache(maxsize=1024)
def _local(tag: str) -> str:
    return tag.rpartition("}")[2]


def _stamp(snapshot: str, created: str, newer_than: Stamp | None) -> Stamp:
    day = day_of(snapshot, "SnapshotDate")
    if day is None or day_of(created, "CreatedAtTime") is None:
        raise RegisterRefused("date", "SnapshotDate and CreatedAtTime must be set")
    if newer_than is not None and (day, created) <= newer_than:
        raise RegisterRefused("newer", f"not newer than the file of {newer_than[0]}")
    return day, created[:40]


class _Reading:
    """Where in the tree the reader stands: the units around it with their location numbers, and the facts of the unit
    or location being read."""

    def __init__(self) -> None:
        self._parents: list[tuple[str, Location]] = []  # SOR id and location of each unit around
        self._facts: Facts | None = None
        self._location: Facts | None = None
        self._latest: tuple[str, Location] = ("", NOWHERE)
        self._choosing = False

    def enter(self, name: str) -> None:
        if name in _ENTITIES:
            self._parents.append(self._latest)
        elif name in _KINDS:
            self._facts = {}
        elif name == _STATUS_OF_LOCATION:
            self._location = {}
        elif name == _CHOICE_OF_LOCATION:
            self._choosing = True
        elif name == "SorStatus" and self._facts is not None and self._location is None:
            self._facts |= {"FromDate": "", "ToDate": ""}  # the unit's own status is the last one in it

    def leave(self, name: str, text: str) -> SorUnit | None:
        """The unit, where this element ended one."""
        if name in _ENTITIES:
            self._latest = self._parents.pop()
        elif name in _KINDS and self._facts is not None:
            return self._finished(_KINDS[name], self._facts)
        elif name == _CHOICE_OF_LOCATION:
            self._choosing = False
        elif name == _STATUS_OF_LOCATION and self._facts is not None:
            self._facts |= {f"location/{key}": value for key, value in (self._location or {}).items()}
            self._location = None
        elif text:
            self._keep(name, text)
        return None

    def _keep(self, name: str, text: str) -> None:
        facts = self._facts if self._location is None else self._location
        if facts is None or (name == _INHERITED and not self._choosing):
            return  # addresses have an inheritance of their own
        known = facts.get(name)
        facts[name] = f"{known} {text}" if known and name == "SpecialityCode" else (known or text)

    def _finished(self, kind: str, facts: Facts) -> SorUnit:
        parent, inherited = self._parents[-1] if self._parents else ("", NOWHERE)
        sor_id = sor_id_of(facts.get("SorIdentifier", ""), f"a {kind}")
        location = _own_location(facts, sor_id.digits)
        if location is NOWHERE and truth(facts.get(_INHERITED, "")):
            location = inherited
        self._latest, self._facts = (sor_id.digits, location), None
        return _unit(kind, parent, facts, location)


def _own_location(facts: Facts, holder: str) -> Location:
    code = facts.get("location/EanLocationCode", "")
    if not code:
        return NOWHERE
    return Location(
        code,
        truth(facts.get("location/NonActiveIndicator", "")),
        truth(facts.get("location/OnlyInternalIndicator", "")),
        facts.get("location/SystemSupplier", ""),
        facts.get("location/SystemType", ""),
        facts.get("location/CommunicationSupplier", ""),
        holder,
    )


def _unit(kind: str, parent: str, facts: Facts, location: Location) -> SorUnit:
    where = f"unit {facts['SorIdentifier']}"
    since = day_of(facts.get("FromDate", ""), f"{where}/FromDate")
    if since is None:
        raise RegisterRefused("date", f"{where}/FromDate is missing")
    unit = SorUnit(
        sor_id_of(facts["SorIdentifier"], where),
        name_of(facts.get("EntityName", "")),
        kind,
        since,
        day_of(facts.get("ToDate", ""), f"{where}/ToDate"),
        parent,
        ydernummer_of(facts.get("ProviderIdentifier", "")),
        institution_type=facts.get("InstitutionType", ""),
        specialities=tuple(facts.get("SpecialityCode", "").split()),
    )
    return located(unit, location)


@contextmanager
def opened(source: Path | str | BinaryIO, newer_than: Stamp | None = None) -> Iterator[SorXmlFile]:
    """A file by path, or a binary stream the caller keeps."""
    if isinstance(source, (str, Path)):
        with Path(source).open("rb") as stream:
            yield SorXmlFile(stream, newer_than)
    else:
        yield SorXmlFile(source, newer_than)
