"""What a demo's people did on the working days before is lived by the domain, in a demo alone (``demo --history``)."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from gateway.cli.synthetic.past import Outcome, live_through, working_day
from gateway.domain.errors import ConfigFault
from gateway.domain.practice import COPENHAGEN, danish_day
from gateway.domain.records import Signature
from gateway.domain.scope import SystemScope
from gateway.store.ground.engine import transaction
from gateway.store.ground.tables_audit import audit
from simulators.demo import history
from tests.unit.web.nurse_world import CPR, NAME, OWN, NurseWorld


@pytest.fixture
def world(tmp_path: Path) -> NurseWorld:
    return NurseWorld(tmp_path)


def told(folder: Path, **changes: Any) -> Path:
    """One course of each outcome."""
    kept = {
        "organisation": "99110007", "connection": "eoj-fjordby", "record": "Patient/nab", "cpr": CPR, "name": NAME,
        "practice": str(OWN), "employee": "Mette Holm", "workplace": "Nord", "phone": "99000101",
        "clinician": "Lise Hansen", "days": 1, "minutes": 5,
        "reason": "Sår på benet, der ikke heler.", "text": "Ny forbinding",
    }  # fmt: skip
    courses = [{**kept, "at": f"{8 + n:02}:30", "outcome": outcome, **changes} for n, outcome in enumerate(Outcome)]
    file = folder / "told.json"
    file.write_text(json.dumps(courses), encoding="utf-8")
    return file


def test_each_outcome_ends_on_its_day_and_what_was_held_owes_its_note(world: NurseWorld, tmp_path: Path) -> None:
    store, today = world.gateway.store, danish_day(world.gateway.clock.now())
    hand = world.gateway.signed(Signature("anna", "demo", "sag 4711"))
    assert live_through(hand, told(tmp_path)) == len(Outcome)
    with transaction(world.gateway.engine, SystemScope(), read_only=True) as connection:
        signed = connection.execute(select(audit.c.actor_id, audit.c.basis).where(audit.c.what == "demo")).all()
    assert {tuple(row) for row in signed} == {("anna", "sag 4711")}
    found = [store.load(SystemScope(), each.consultation) for each in store.events_after(0) if each.kind == "placed"]
    assert [str(each.status) for each in found] == ["closed"] * 4
    ended = [each.entries[-1].ended_at for each in found]
    days = {at.astimezone(COPENHAGEN).date() for at in ended if at}
    assert days == {working_day(today, 1)} and None not in ended
    notes = [row for each in found for row in store.deliveries_of(SystemScope(), each.id) if row.kind == "note"]
    assert len(notes) == 2, "video and telephone"


def test_neither_outside_a_demo_nor_about_anybody_real(world: NurseWorld, tmp_path: Path) -> None:
    with pytest.raises(ConfigFault, match="cpr"):
        live_through(world.gateway, told(tmp_path, cpr="".join(("010101", "0000"))))
    with pytest.raises(ConfigFault, match="days"):
        live_through(world.gateway, told(tmp_path, days="many"))
    world.gateway.settings = world.gateway.settings.model_copy(update={"environment": "production"})
    with pytest.raises(ConfigFault, match="demo alone"):
        live_through(world.gateway, told(tmp_path))
    assert list(world.gateway.store.events_after(0)) == []


def test_a_weekend_is_no_working_day() -> None:
    assert [working_day(date(2026, 11, 30), ago) for ago in (1, 5)] == [date(2026, 11, 27), date(2026, 11, 23)]


def test_the_demos_own_file_names_records_that_there_are(tmp_path: Path) -> None:
    written = json.loads(history.write(tmp_path / "history.json").read_text(encoding="utf-8"))
    assert {each["outcome"] for each in written} == {str(each) for each in Outcome}
    assert all(each["cpr"] and each["practice"] == history.PRACTICE for each in written)
