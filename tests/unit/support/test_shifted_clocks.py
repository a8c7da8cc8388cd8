"""The moments that a shifted run begins at, and the choice of the tests it runs."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta, tzinfo
from pathlib import Path

import pytest

from gateway.domain.practice import COPENHAGEN
from tests.support.clocks.cases import Case, chosen
from tests.support.clocks.moments import MOMENTS, of_the_day
from tests.support.clocks.readers import ROOT, Sources, place_of, read_module
from tests.support.clocks.shift import clear_left_over

DAYS = [datetime(2026, 1, 1, tzinfo=UTC) + timedelta(hours=hours) for hours in range(0, 4 * 366 * 24, 301)]
CHANGES = {"spring-night": timedelta(hours=1), "autumn-night": timedelta(hours=-1)}


@pytest.mark.parametrize("name", MOMENTS)
def test_a_run_begins_in_the_future_whatever_day_it_is(name: str) -> None:
    assert [day for day in DAYS if MOMENTS[name](day) <= day] == []


@pytest.mark.parametrize(("name", "change"), CHANGES.items())
def test_the_hour_changes_during_a_night_run(name: str, change: timedelta) -> None:
    for day in DAYS:
        start = MOMENTS[name](day)
        before, after = (moment.astimezone(COPENHAGEN).utcoffset() for moment in (start, start + timedelta(minutes=15)))
        assert before is not None and after is not None and after - before == change


def test_a_leap_day_run_is_on_the_twenty_ninth_of_february() -> None:
    assert {f"{MOMENTS['leap-day'](day).astimezone(COPENHAGEN):%d.%m. %H}" for day in DAYS} == {"29.02. 12"}


@pytest.mark.parametrize("asking", ["datetime.now(UTC)", "time.time()", "field(default_factory=time.time)"])
def test_a_test_that_reads_a_clock_through_others_is_chosen(asking: str) -> None:
    sources = Sources(
        {
            "tests.test_far": read_module("def test_it(world): ..."),
            "tests.support.worlds": read_module("from gateway import middle\n@pytest.fixture\ndef world(): ..."),
            "gateway.middle": read_module("def f():\n    from gateway.deep import moment"),
            "gateway.deep": read_module(f"def moment():\n    return {asking}"),
            "tests.test_pure": read_module("def test_it(day): ..."),
        }
    )
    assert [name for name in sources.modules if name.startswith("tests.test_") and sources.reads_a_clock(name)] == [
        "tests.test_far"
    ]


@pytest.mark.parametrize(("name", "zone", "clock"), [
    ("late-evening", UTC, "22.30"), ("last-minutes", UTC, "23.55"), ("first-minutes", COPENHAGEN, "00.05"),
])  # fmt: skip
def test_a_run_about_midnight_begins_within_a_day(name: str, zone: tzinfo, clock: str) -> None:
    starts = {day: MOMENTS[name](day) for day in DAYS}
    assert {f"{start.astimezone(zone):%H.%M}" for start in starts.values()} == {clock}
    assert all(start - day <= timedelta(hours=25) for day, start in starts.items())


def test_every_moment_has_its_day() -> None:
    assert {of_the_day(day) for day in range(739_000, 739_000 + len(MOMENTS))} == set(MOMENTS)


def test_each_day_other_modules_come_first() -> None:
    """A run that ends by the clock leaves out the last ones, so every module has to come early in some turn."""
    modules = sorted((ROOT / "tests" / "unit").rglob("test_*.py"))
    early = [set(sorted(modules, key=lambda module: place_of(module, turn))[:40]) for turn in range(100)]
    assert set[Path]().union(*early) == set(modules)


def test_every_case_is_run_in_time_and_every_promise_each_day() -> None:
    databases = [Case(f"t::a[{name}]", "t::a", (("database", name),)) for name in ("sqlite", "postgres")]
    promises = [
        Case(f"t::b[{adapter}-{promise}]", "t::b", (("adapter", str(adapter)), ("promise", str(promise))))
        for adapter in range(3)
        for promise in range(7)
    ]
    cases = [*databases, *promises, Case("t::c", "t::c")]
    turns = [chosen(cases, turn) for turn in range(100)]
    assert frozenset[str]().union(*turns) == {case.id for case in cases}
    for ids in turns:
        taken = [case for case in cases if case.id in ids]
        assert {case.function for case in taken} == {"t::a", "t::b", "t::c"}
        assert len([case for case in taken if case in databases]) == 1
        assert {value for case in taken if case in promises for value in case.values} == {
            value for case in promises for value in case.values
        }


def test_only_what_dead_processes_left_is_removed(tmp_path: Path) -> None:
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait(30)
    kept = [f"sem.faketime_sem_{os.getpid()}", "something-else_1", "faketime_shm_x"]
    for name in (*kept, f"sem.faketime_sem_{ended.pid}", f"faketime_shm_{ended.pid}"):
        (tmp_path / name).touch()
    clear_left_over(tmp_path)
    assert sorted(each.name for each in tmp_path.iterdir()) == sorted(kept)
