"""Every row of the faults in docs/waiting.md is a fault that some journey makes, or takes its words from."""

from __future__ import annotations

from pathlib import Path

from tests.support.pages.told import table

JOURNEYS = Path(__file__).parents[1] / "journey"


def test_every_fault_of_the_table_is_made_in_a_journey() -> None:
    journeys = "".join(each.read_text(encoding="utf-8") for each in JOURNEYS.rglob("test_browser_*.py"))
    assert len(table()) >= 12
    assert [name for name in table() if f'"{name}"' not in journeys] == []
