"""SOR as XML (``urn:oio:sundhedsstyrelsen:organisation:1.0.0`` and ``:2.0.0``), unit by unit in constant memory.

InstitutionOwnerEntity → HealthInstitutionEntity → OrganizationalUnitEntity, nested as they belong together. A unit's
own facts end before its children begin, so that what is inherited is known when a child asks for it. The parser tells
only of the ends of units and of what holds them; a unit's facts are then read from it as a small tree.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import BinaryIO

from lxml import etree

from gateway.domain.location import SorUnit
from gateway.masterdata.hardened import elements, local_name, root_of
from gateway.masterdata.refusal import RegisterRefused
from gateway.masterdata.sor_fields import (
    NOWHERE,
    Location,
    day_of,
    name_of,
    sor_id_of,
    truth,
    ydernummer_of,
)

LAYOUT = "sor-xml"
ROOT = "SorTree"
NAMESPACE = "urn:oio:sundhedsstyrelsen:organisation:"
_KINDS = {"InstitutionOwner": "owner", "HealthInstitution": "institution", "OrganizationalUnit": "unit"}
_ENTITIES = tuple(f"{name}Entity" for name in _KINDS)
_HEAD = ("CreatedAtTime", "SnapshotDate")
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
        self._ended = (element for _, element in elements(stream, starts=False, only=(*_HEAD, *_KINDS, *_ENTITIES)))
        self.total = 0
        self.as_of, self.timestamp = self._head(newer_than)

    def units(self) -> Iterator[SorUnit]:
        """Every unit, owners before what belongs to them."""
        around = _Around()
        for element in self._ended:
            kind = _KINDS.get(local_name(element.tag))
            if kind is None:
                continue  # an entity is over: all that is left to do is to forget it
            unit, location = _unit(element, kind, *around.of(element))
            around.enter(element, unit.sor_id.digits, location)
            self.total += 1
            yield unit
        if not self.total:
            raise RegisterRefused("rows", "the file holds no unit")

    def _head(self, newer_than: Stamp | None) -> Stamp:
        created = ""
        for element in self._ended:
            root = etree.QName(root_of(element))
            if root.localname != ROOT or not str(root.namespace or "").startswith(NAMESPACE):
                raise RegisterRefused("interface", f"the root element is not {ROOT} of {NAMESPACE}…")
            name, text = local_name(element.tag), (element.text or "").strip()
            if name == "SnapshotDate":
                return _stamp(text, created, newer_than)
            if name != "CreatedAtTime":
                raise RegisterRefused("structure", "CreatedAtTime and SnapshotDate must come first")
            created = text
        raise RegisterRefused("structure", "no SnapshotDate")


def _stamp(snapshot: str, created: str, newer_than: Stamp | None) -> Stamp:
    day = day_of(snapshot, "SnapshotDate")
    if day is None or day_of(created, "CreatedAtTime") is None:
        raise RegisterRefused("date", "SnapshotDate and CreatedAtTime must be set")
    if newer_than is not None and (day, created) <= newer_than:
        raise RegisterRefused("newer", f"not newer than the file of {newer_than[0]}")
    return day, created[:40]


class _Around:
    """The units that the one being read lies within: each with the entity that holds it, its SOR id and location."""

    def __init__(self) -> None:
        self._path: list[tuple[etree._Element, str, Location]] = []

    def of(self, unit: etree._Element) -> tuple[str, Location]:
        """The parent's SOR id and location; nothing for an owner."""
        entity = unit.getparent()
        outer = entity.getparent() if entity is not None else None
        while self._path and self._path[-1][0] is not outer:
            self._path.pop()
        return self._path[-1][1:] if self._path else ("", NOWHERE)

    def enter(self, unit: etree._Element, sor_id: str, location: Location) -> None:
        entity = unit.getparent()
        if entity is not None:
            self._path.append((entity, sor_id, location))


def _gather(element: etree._Element, facts: Facts, prefix: str = "", choosing: bool = False) -> None:
    """The texts in ``element`` by local name, the first of each; those of its location number under ``location/``."""
    for child in element:
        name = local_name(child.tag)
        if not len(child):
            text = child.text
            if text and (choosing or name != _INHERITED):  # addresses have an inheritance of their own
                if facts.get(prefix + name):
                    _keep_another(facts, prefix + name, text)
                else:
                    facts[prefix + name] = text.strip()
        elif name == _STATUS_OF_LOCATION:
            _gather(child, facts, "location/")
        elif name == "SorStatus" and not prefix:
            facts["FromDate"] = facts["ToDate"] = ""  # the unit's own status is the last one in it
            _gather(child, facts)
        else:
            _gather(child, facts, prefix, name == _CHOICE_OF_LOCATION)


def _keep_another(facts: Facts, name: str, text: str) -> None:
    """The first of each is the one that holds; only specialities are several."""
    if name == "SpecialityCode":
        facts[name] += f" {text.strip()}"


def _location(facts: Facts, holder: str, inherited: Location) -> Location:
    """The unit's own, the one around it where it says that it inherits, or none."""
    told = facts.get
    code = told("location/EanLocationCode", "")
    if not code:
        return inherited if truth(told(_INHERITED, "")) else NOWHERE
    return Location(
        code,
        truth(told("location/NonActiveIndicator", "")),
        truth(told("location/OnlyInternalIndicator", "")),
        told("location/SystemSupplier", ""),
        told("location/SystemType", ""),
        told("location/CommunicationSupplier", ""),
        holder,
    )


def _unit(element: etree._Element, kind: str, parent: str, inherited: Location) -> tuple[SorUnit, Location]:
    facts: Facts = {}
    _gather(element, facts)
    told = facts.get
    sor_id = sor_id_of(told("SorIdentifier", ""), f"a {kind}")
    location = _location(facts, sor_id.digits, inherited)
    since = day_of(told("FromDate", ""), "a unit's FromDate")
    if since is None:
        raise RegisterRefused("date", f"unit {sor_id}/FromDate is missing")
    unit = SorUnit(
        sor_id,
        name_of(told("EntityName", "")),
        kind,
        since,
        day_of(told("ToDate", ""), "a unit's ToDate"),
        parent,
        ydernummer_of(told("ProviderIdentifier", "")),
        **location.reach(),
        institution_type=told("InstitutionType", ""),
        specialities=tuple(told("SpecialityCode", "").split()),
    )
    return unit, location


@contextmanager
def opened(source: Path | str | BinaryIO, newer_than: Stamp | None = None) -> Iterator[SorXmlFile]:
    """A file by path, or a binary stream the caller keeps."""
    if isinstance(source, (str, Path)):
        with Path(source).open("rb") as stream:
            yield SorXmlFile(stream, newer_than)
    else:
        yield SorXmlFile(source, newer_than)
