"""*Statistik*: whole months, an organisation's own, as a page and as a file (AD19)."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from gateway.domain.consultation import queueing, talking
from gateway.domain.oversight import ConsoleRole
from gateway.domain.people import SYSTEM
from gateway.domain.practice import danish_day
from gateway.domain.uptake.statistics import months_over
from tests.support.consultations import KOMMUNE_A, KOMMUNE_B, NURSE, PRACTICE, REASON, draft, placed
from tests.unit.web.console.console_world import ConsoleWorld

PAGE = "/konsol/statistik"


@pytest.fixture
def world(tmp_path_factory: pytest.TempPathFactory) -> ConsoleWorld:
    return ConsoleWorld(tmp_path_factory.mktemp("statistics"))


def lives(world: ConsoleWorld, by_phone: bool, invented: bool = False) -> None:
    """One of last month's, seen after two minutes."""
    first = months_over(danish_day(world.gateway.clock.now()))[0]
    at = datetime(first.year, first.month, 14, 9, tzinfo=UTC)
    asked = placed(replace(draft(KOMMUNE_A, at=at), synthetic=invented), PRACTICE, at=at, connections=())
    assert asked.entry is not None
    seen = queueing.see(asked, asked.entry.id, at + timedelta(minutes=2), SYSTEM)
    late = at + timedelta(minutes=9)
    held = talking.held_by_phone(seen, "Lise Hansen", late, NURSE)
    world.gateway.store.commit(held if by_phone else queueing.withdraw(seen, "solved", late, NURSE))


def test_ad19_a_month_is_counted_and_small_numbers_are_hidden(world: ConsoleWorld) -> None:
    for _ in range(6):
        lives(world, by_phone=True)
    lives(world, by_phone=False)
    lives(world, by_phone=True, invented=True)
    page = world.administrator(ConsoleRole.SETUP, tenant=KOMMUNE_A).get(PAGE)
    total = page.split('data-line="total"')[1].split("</tr>")[0]
    assert ">7<" in total and "skjult" in total and "2 min / –" in total, total
    assert "data:image/svg+xml" in page and NURSE.name not in page and REASON not in page
    assert "Ingen konsultationer" in world.administrator(ConsoleRole.SETUP, tenant=KOMMUNE_B).get(PAGE)


def test_ad19_the_file_says_what_the_page_says(world: ConsoleWorld) -> None:
    for _ in range(5):
        lives(world, by_phone=True)
    ida = world.administrator(ConsoleRole.SUPPORT, tenant=KOMMUNE_A)
    answer = ida.client.get(f"{PAGE}.csv")
    assert answer.mimetype == "text/csv" and answer.get_data(as_text=True).count("I alt;5;") == 3
    this_month = f"{danish_day(world.gateway.clock.now()):%Y-%m}"
    assert ida.client.get(f"{PAGE}?maaned={this_month}").status_code == 404, "it is not over"
