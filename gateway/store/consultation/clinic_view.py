"""What a clinic's eyes may see of a consultation, and how its changes find back into the whole (D13).

A clinic gets its own entries only, no other practice's history, and no note text it did not write. What it was not
shown it cannot change: on commit the hidden parts are put back from the rows.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import Any

from gateway.domain.citizen.citizen import Citizen
from gateway.domain.consultation.aggregate import Consultation, Ending, Kind
from gateway.domain.consultation.case import CitizenCase
from gateway.domain.errors import TransitionRefused
from gateway.domain.note.note import NoteVersion


@dataclass(frozen=True, slots=True)
class ClinicView(Consultation):
    """A consultation with the parts left out that are not this clinic's. The verbs work on it as on the whole."""


def clinic_view(consultation: Consultation, *, holds_current: bool) -> ClinicView:
    """``consultation`` carries this clinic's entries only. A clinic whose entry is over (rejected, transferred)
    keeps its own history: nothing of what came after, and no number it could look somebody up by."""
    view = ClinicView(**_fields(replace(consultation, launch_key="", cases=_shown(consultation))))
    if holds_current:
        return replace(view, cases=tuple(_without_employee_text(case) for case in view.cases))
    return replace(
        view,
        room="",
        reason="",
        agreed_at=None,
        agreed_with="",
        participants=(),
        seats=(),
        remarks=(),
        cases=tuple(_left(case) for case in view.cases if view.kind is not Kind.ROUND),
    )


def _left(case: CitizenCase) -> CitizenCase:
    return replace(case, notes=(), finding=None, citizen=replace(case.citizen, identifier=None))


def _shown(consultation: Consultation) -> tuple[CitizenCase, ...]:
    """Of a round nobody but the citizen they are talking about just now (D2); nobody at all where it was the wrong one
    (D11)."""
    if consultation.ending is Ending.WRONG_CITIZEN:
        return tuple(replace(case, citizen=Citizen(None, "")) for case in consultation.cases)
    if consultation.kind is not Kind.ROUND:
        return consultation.cases
    return (consultation.discussed,) if consultation.discussed else ()


def _without_employee_text(case: CitizenCase) -> CitizenCase:
    hidden = (replace(note, employee_text="", facts=None, approved_by="") for note in case.notes)
    return replace(case, notes=tuple(hidden), finding=None)


def _fields(consultation: Consultation) -> dict[str, Any]:
    return {field.name: getattr(consultation, field.name) for field in fields(Consultation)}


def merged(view: ClinicView, stored: Consultation) -> Consultation:
    """The whole consultation with the clinic's changes. Only the holder of the current entry may change it."""
    if not view.entries or view.entries[-1].id != stored.entries[-1].id:
        raise TransitionRefused("commit", str(stored.status), "not-current")
    changed = {entry.id: entry for entry in view.entries}
    shown = {case.id: case for case in view.cases}
    return Consultation(
        **_fields(view)
        | {
            "launch_key": stored.launch_key,
            "entries": tuple(changed.get(entry.id, entry) for entry in stored.entries),
            "remarks": (*stored.remarks, *(r for r in view.remarks if r.id not in {old.id for old in stored.remarks})),
            "meant_for": stored.meant_for,
            "cases": tuple(_with_employee_text(shown.get(case.id, case), case) for case in stored.cases),
        }
    )


def _with_employee_text(case: CitizenCase, former: CitizenCase) -> CitizenCase:
    notes = tuple(_whole(note, former.notes) for note in case.notes)
    return replace(case, notes=notes, finding=former.finding, citizen=former.citizen)


def _whole(note: NoteVersion, former: tuple[NoteVersion, ...]) -> NoteVersion:
    """A version the clinic adds goes on from the one before it."""
    known = [old for old in former if old.version <= note.version]
    if not known:
        return note
    base = known[-1]
    return replace(note, employee_text=base.employee_text, facts=base.facts, approved_by=base.approved_by)
