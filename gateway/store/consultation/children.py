"""The parts of a consultation as rows: what kinds there are, how each is keyed, written and read back."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from sqlalchemy import Table

from gateway.domain.consultation.aggregate import Consultation
from gateway.domain.consultation.case import CitizenCase
from gateway.store.consultation import tables, tables_remark, tables_rounds
from gateway.store.consultation import tables_finding as finding_tables
from gateway.store.consultation.mapping import (
    case_from,
    case_values,
    consent_from,
    consent_values,
    entry_from,
    entry_values,
    place_of,
)
from gateway.store.consultation.mapping_finding import finding_from, finding_values
from gateway.store.consultation.mapping_note import note_from, note_values
from gateway.store.consultation.mapping_people import participant_from, participant_values, seat_from, seat_values
from gateway.store.consultation.mapping_remark import remark_from, remark_values
from gateway.store.consultation.mapping_rounds import (
    detail_from,
    detail_of,
    detail_values,
    meant_from,
    meant_values,
    without_detail,
)
from gateway.store.ground.crypto import Vault
from gateway.store.ground.sealing import Place, Row, Values


@dataclass(frozen=True, slots=True)
class ChildKind:
    """One child table. ``key`` names its columns beside tenant and consultation; history is never removed."""

    table: Table
    key: tuple[str, ...]
    values: Callable[[Place, Any], Values]
    read: Callable[[Place, Row], Any]
    removable: bool = False

    @property
    def order(self) -> str:
        return "ord" if "ord" in self.table.c else self.key[-1]

    def from_row(self, vault: Vault, row: Row) -> Any:
        return self.read(place_of(vault, self.table.name, row, *(row[name] for name in self.key)), row)


ENTRY = ChildKind(tables.queue_entry, ("id",), entry_values, entry_from)
CASE = ChildKind(tables.citizen_case, ("id",), case_values, case_from)
CONSENT = ChildKind(tables.consent, ("case_id", "number"), consent_values, consent_from)
FINDING = ChildKind(finding_tables.case_finding, ("case_id",), finding_values, finding_from, removable=True)
DETAIL = ChildKind(tables_rounds.case_detail, ("case_id",), detail_values, detail_from, removable=True)
MEANT = ChildKind(tables_rounds.meant_practice, ("ydernummer",), meant_values, meant_from, removable=True)
NOTE = ChildKind(tables.note_version, ("case_id", "version"), note_values, note_from)
PARTICIPANT = ChildKind(tables.participant, ("id",), participant_values, participant_from, removable=True)
SEAT = ChildKind(tables.seat, ("id",), seat_values, seat_from, removable=True)
REMARK = ChildKind(tables_remark.remark, ("id",), remark_values, remark_from)
KINDS = (ENTRY, CASE, FINDING, DETAIL, CONSENT, NOTE, PARTICIPANT, SEAT, REMARK, MEANT)


@dataclass(frozen=True, slots=True)
class Child:
    """One part, with the columns that its place among the others decides."""

    kind: ChildKind
    key: tuple[UUID | int | str, ...]
    value: Any
    extra: Mapping[str, Any]

    @property
    def name(self) -> tuple[str, tuple[UUID | int | str, ...]]:
        return self.kind.table.name, self.key

    def row(self, vault: Vault, consultation: Consultation) -> Values:
        place = place_of(vault, self.kind.table.name, consultation, *self.key)
        parent = {"tenant": consultation.tenant, "consultation": consultation.id}
        return {**parent, **self.kind.values(place, self.value), **self.extra}


def children_of(consultation: Consultation) -> Iterator[Child]:
    """Every part of the aggregate, parents before what hangs on them."""
    yield from _entries_and_cases(consultation)
    beside: tuple[tuple[ChildKind, tuple[Any, ...]], ...] = (
        (PARTICIPANT, consultation.participants),
        (SEAT, consultation.seats),
        (REMARK, consultation.remarks),
    )
    for kind, parts in beside:
        for ord, part in enumerate(parts):
            yield Child(kind, (part.id,), part, {"ord": ord})


def _entries_and_cases(consultation: Consultation) -> Iterator[Child]:
    last = len(consultation.entries) - 1
    for ord, entry in enumerate(consultation.entries):
        yield Child(ENTRY, (entry.id,), entry, {"ord": ord, "latest": ord == last})
    if consultation.meant_for is not None:
        yield Child(MEANT, (consultation.meant_for.digits,), consultation.meant_for, {})
    for ord, case in enumerate(consultation.cases):
        yield from _parts_of_case(ord, case)


def _parts_of_case(ord: int, case: CitizenCase) -> Iterator[Child]:
    bare = replace(without_detail(case), consents=(), notes=(), finding=None)
    yield Child(CASE, (case.id,), bare, {"ord": ord})
    if detail := detail_of(case):
        yield Child(DETAIL, (case.id,), detail, {"case_id": case.id})
    if case.finding is not None:
        yield Child(FINDING, (case.id,), case.finding, {"case_id": case.id})
    for number, consent in enumerate(case.consents):
        yield Child(CONSENT, (case.id, number), consent, {"case_id": case.id, "number": number})
    for note in case.notes:
        yield Child(NOTE, (case.id, note.version), note, {"case_id": case.id})


def assembled(root: Consultation, rows: Mapping[str, Iterable[Row]], vault: Vault) -> Consultation:
    """The aggregate again, from its root and the rows of each child table (in order)."""

    def read(kind: ChildKind) -> tuple[Any, ...]:
        return tuple(kind.from_row(vault, row) for row in rows[kind.table.name])

    consents = _by_case(CONSENT, rows, vault)
    notes = _by_case(NOTE, rows, vault)
    findings = _by_case(FINDING, rows, vault)
    details = _by_case(DETAIL, rows, vault)
    meant = read(MEANT)
    cases = (
        replace(
            case,
            consents=tuple(consents.get(case.id, ())),
            notes=tuple(notes.get(case.id, ())),
            finding=next(iter(findings.get(case.id, ())), None),
            **next(iter(details.get(case.id, ())), {}),
        )
        for case in read(CASE)
    )
    return replace(
        root,
        meant_for=meant[0] if meant else None,
        entries=read(ENTRY),
        cases=tuple(cases),
        participants=read(PARTICIPANT),
        seats=read(SEAT),
        remarks=read(REMARK),
    )


def _by_case(kind: ChildKind, rows: Mapping[str, Iterable[Row]], vault: Vault) -> dict[UUID, list[Any]]:
    found: dict[UUID, list[Any]] = {}
    for row in rows[kind.table.name]:
        found.setdefault(row["case_id"], []).append(kind.from_row(vault, row))
    return found
