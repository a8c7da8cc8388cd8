"""An incident: whom a fault in one connection, or anywhere, touched in a span of time (AD18); counted first, by name
only once a colleague has granted it, and a draft of the 72-hour report (GDPR art. 33)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from uuid import UUID

from gateway.domain.errors import InvalidField
from gateway.domain.peers.maintenance import Hours
from gateway.domain.practice import COPENHAGEN
from gateway.domain.records import AuditRow
from gateway.wiring import Gateway

MOST = 1_000  # on a list


@dataclass(frozen=True, slots=True)
class Span:
    """``connection``: its name; "" for all."""

    connection: str
    begin: datetime
    end: datetime

    @property
    def detail(self) -> str:
        """As a request for a second person keeps it."""
        return f"{self.begin.isoformat()} {self.end.isoformat()}"

    @classmethod
    def within(cls, connection: str, hours: Hours) -> Span:
        """Of one day. ``InvalidField`` where it ends before it begins."""
        if hours.ends <= hours.begins:
            raise InvalidField("ends", "not-a-clock")
        return cls(connection, *(datetime.combine(hours.day, at, COPENHAGEN) for at in (hours.begins, hours.ends)))

    @classmethod
    def of(cls, connection: str, detail: str) -> Span:
        begin, end = map(datetime.fromisoformat, detail.split())
        return cls(connection, begin, end)


@dataclass(frozen=True, slots=True)
class Affected:
    """``failed``: consultations with an attempt that did not come through."""

    span: Span
    consultations: int
    failed: int
    citizens: int


@dataclass(frozen=True, slots=True)
class Line:
    """One citizen of one consultation. Nobody has a name or a number here whose texts are erased."""

    id: UUID
    short_id: str
    begun: datetime
    failed: bool
    erased: bool
    name: str = field(repr=False)
    number: str = field(repr=False)


def count(gateway: Gateway, tenant: UUID, span: Span) -> Affected:
    found = gateway.incidents.touched(tenant, span.connection, span.begin, span.end)
    citizens = gateway.incidents.citizens(tenant, [each.consultation for each in found])
    return Affected(span, len(found), sum(each.failed for each in found), citizens)


def listed(gateway: Gateway, tenant: UUID, span: Span, row: AuditRow) -> Sequence[Line]:
    """``row`` is written for each consultation that is shown: everybody on the list reads in her own log who saw it."""
    found = gateway.incidents.touched(tenant, span.connection, span.begin, span.end)[:MOST]
    failed = {each.consultation: each.failed for each in found}
    whole = gateway.store.load_each(list(failed))
    gateway.store.record_audit(*(replace(row, consultation=id) for id in whole))
    lines = [
        Line(
            each.id,
            each.short_id,
            each.created_at,
            failed[each.id],
            not case.citizen.name,
            case.citizen.name,
            case.citizen.identifier.value if case.citizen.identifier else "",
        )
        for each in whole.values()
        for case in each.cases
    ]
    return sorted(lines, key=lambda line: line.begun)


def report(affected: Affected, organisation: str) -> Sequence[str]:
    """What the report to the authority can begin with, in Danish; what nobody here knows is left open."""
    begin, end = (at.astimezone(COPENHAGEN) for at in (affected.span.begin, affected.span.end))
    where = f"forbindelsen {affected.span.connection}" if affected.span.connection else "Lægebro"
    return (
        f"{organisation} anmelder et brud på persondatasikkerheden ved {where}, {begin:%d.%m.%Y kl. %H.%M} til"
        f" {end:%d.%m.%Y kl. %H.%M} (dansk tid).",
        f"Berørt: {affected.consultations} konsultationer om {affected.citizens} borgere. Ved {affected.failed} af dem"
        " kom mindst én besked ikke igennem i første forsøg.",
        "Oplysninger: navn, CPR-nummer, egen læge, det korte felt om, hvad samtalen drejer sig om, og notatet.",
        "Hvad der skete: […]. Hvornår det blev opdaget: […]. Sandsynlige følger for borgerne: […].",
        "Hvad vi har gjort, og hvad vi vil gøre: […]. Kontakt: […].",
    )
