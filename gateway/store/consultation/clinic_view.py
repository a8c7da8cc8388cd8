"""What a clinic's eyes may see of a consultation, and how its changes find back into the whole (D13).

A clinic gets its own entries only, no other practice's history, and no note text it did not write. What it was not
shown it cannot change: on commit the hidden parts are put back from the rows.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from gateway.domain.citizen.citizen import Citizen
from gateway.domain.consultation.aggregate import Consultation, Ending, Kind
from gateway.domain.consultation.case import CitizenCase
from gateway.domain.errors import TransitionRefused
from gateway.domain.identifiers import Ydernummer
from gateway.domain.note.note import NoteVersion
from gateway.store.consultation.document import field_values

_NOT_SHOWN: dict[str, Any] = {"events": (), "debts": (), "stored": None, "sealing_key": b""}


@dataclass(frozen=True, slots=True)
class ClinicView(Consultation):
    """A consultation with the parts left out that are not this clinic's. The verbs work on it as on the whole.
    Its ``reason`` says already how many a round is about, since they themselves are left out."""

    @property
    def about(self) -> str:
        return self.reason


def clinic_view(consultation: Consultation, ydernummer: Ydernummer) -> ClinicView:
    """What that practice may see, as its own entries' rows hold it. One whose entry is over (rejected, transferred)
    keeps its own history: nothing of what came after, and no number it could look somebody up by."""
    current = consultation.entry is not None and consultation.entry.ydernummer == ydernummer
    own = replace(
        consultation,
        launch_key="",
        meant_for=None,
        reason=consultation.about,
        entries=tuple(e for e in consultation.entries if e.ydernummer == ydernummer),
        remarks=tuple(r for r in consultation.remarks if r.ydernummer == ydernummer),
        cases=_shown(consultation),
        **_NOT_SHOWN,
    )
    view = ClinicView(**field_values(own))
    if current:
        return replace(view, cases=tuple(_without_employee_text(case) for case in view.cases))
    cases = tuple(_left(case) for case in view.cases if view.kind is not Kind.ROUND)
    return replace(view, room="", reason="", agreed_at=None, agreed_with="", participants=(), seats=(), cases=cases)


def of_house(parts: Sequence[Consultation], entries: Sequence[UUID], *, holds_current: bool) -> ClinicView:
    """One view out of what each of a clinic's practices may see. ``parts``: the current holder's last; ``entries``:
    all their entries in order."""
    known = {entry.id: entry for part in parts for entry in part.entries}
    remarks = sorted((r for part in parts for r in part.remarks), key=lambda remark: remark.at)
    return ClinicView(
        **field_values(parts[-1])
        | {
            "entries": tuple(known[id] for id in entries),
            "remarks": tuple(remarks) if holds_current else (),
        }
    )


def _left(case: CitizenCase) -> CitizenCase:
    unseen = replace(case, notes=(), reply_at=None, finding=None, citizen=replace(case.citizen, identifier=None))
    return replace(unseen, stills=(), stills_consent=None, stills_asked_at=None)


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
    return replace(case, notes=tuple(hidden), reply_at=None, finding=None)


def merged(view: ClinicView, stored: Consultation) -> Consultation:
    """The whole consultation with the clinic's changes. Only the holder of the current entry may change it."""
    if not view.entries or view.entries[-1].id != stored.entries[-1].id:
        raise TransitionRefused("commit", str(stored.status), "not-current")
    changed = {entry.id: entry for entry in view.entries}
    shown = {case.id: case for case in view.cases}
    return Consultation(
        **field_values(view)
        | {
            "launch_key": stored.launch_key,
            "entries": tuple(changed.get(entry.id, entry) for entry in stored.entries),
            "remarks": (*stored.remarks, *(r for r in view.remarks if r.id not in {old.id for old in stored.remarks})),
            "meant_for": stored.meant_for,
            "reason": stored.reason,
            "stored": stored,
            "cases": tuple(_with_employee_text(shown.get(case.id, case), case) for case in stored.cases),
        }
    )


def _with_employee_text(case: CitizenCase, former: CitizenCase) -> CitizenCase:
    notes = tuple(_whole(note, former.notes) for note in case.notes)
    return replace(case, notes=notes, reply_at=former.reply_at, finding=former.finding, citizen=former.citizen)


def _whole(note: NoteVersion, former: tuple[NoteVersion, ...]) -> NoteVersion:
    """A version the clinic adds goes on from the one before it."""
    known = [old for old in former if old.version <= note.version]
    if not known:
        return note
    base = known[-1]
    return replace(note, employee_text=base.employee_text, facts=base.facts, approved_by=base.approved_by)
