"""Golden pairs of the Nexus adapter: a citizen as Nexus tells her, and a form as it goes out."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from adapters.contract import note_samples as notes
from adapters.eoj.nexus import mapping
from adapters.eoj.nexus.settings import FormSettings
from gateway.domain.identifiers import Cpr

EXAMPLES = Path(__file__).parents[4] / "adapters" / "eoj" / "nexus" / "examples"


def pair(name: str) -> dict[str, Any]:
    return dict(json.loads((EXAMPLES / name).read_text(encoding="utf-8")))


def test_a_citizen_is_read_as_she_is_told() -> None:
    both = pair("patient.json")
    patient, told = both["given"], both["expected"]
    assert (mapping.number_of(patient), mapping.id_of(patient)) == (told["number"], told["record"])
    citizen = mapping.citizen_of(patient, Cpr(told["number"]))
    assert (citizen.name, str(citizen.birth_date), citizen.gender) == (told["name"], told["birth_date"], told["gender"])
    assert mapping.is_draft(patient) is told["draft"]


def test_a_prototype_is_filled_and_left_as_it_was() -> None:
    both = pair("note-form.json")
    whose = notes.Subject("Patient/1002", notes.KARLA.citizen)
    message = notes.message(whose, consultation=UUID(int=1), case=UUID(int=2))
    form = FormSettings(fixed={"Kontaktform": "Skærmbesøg"})
    filled = mapping.filled(both["given"], form, message)
    assert filled == both["expected"]
    assert both["given"] == pair("note-form.json")["given"]
    assert mapping.version_in(filled, form, message) == 1
    assert mapping.version_in(filled, form, notes.message(whose)) == 0, "another case's note is not ours"


def test_only_forms_that_may_be_the_notes_are_looked_through() -> None:
    first = notes.message(notes.Subject("Patient/1002", notes.KARLA.citizen))
    day, talked = timedelta(days=1), notes.FACTS.started_at
    assert talked is not None
    assert mapping.earliest(first) == first.note.created_at - day
    corrected = notes.later(first, "Recept er sendt.")
    assert mapping.earliest(corrected) == talked - day, "the former version is as old as the talk"
    untold = replace(corrected, note=replace(corrected.note, facts=None))
    assert mapping.earliest(untold) == mapping.BEGINNING
    assert mapping.dated({"date": "2026-11-24T09:00:00.000+0100"}) == datetime(2026, 11, 24, 8, 0, tzinfo=UTC)
    for nothing in ({}, {"date": None}, {"date": "24.11.2026"}, {"date": "2026-11-24T09:00:00"}):
        assert mapping.dated(nothing) is None, "a reference without a moment is opened"
