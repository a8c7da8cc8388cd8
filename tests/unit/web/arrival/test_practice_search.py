"""Where the nurse has to choose: a practice by name, place or ydernummer, with open or closed beside each."""

from __future__ import annotations

import pytest

from gateway.domain.people import SYSTEM
from gateway.domain.practice import VideoHours
from tests.unit.web.nurse_world import SECOND, Nurse, NurseWorld


@pytest.fixture
def seen(world: NurseWorld, nurse: Nurse) -> dict[str, str]:
    """What the nurse is shown for each thing she types; one practice has closed hours."""
    g = world.gateway
    g.practices.set_hours(SECOND, VideoHours(), SYSTEM, g.clock.now())
    consultation = world.launched(nurse, own=None)
    typed = ("torvet", "havnen", "034835", "34835", "enghaven", "ingen hedder så")
    address = f"/konsultation/{consultation.id}/laeger"
    return {text: nurse.client.get(address, query_string={"q": text}).get_data(as_text=True) for text in typed}


def test_each_is_found_by_name_or_number_and_says_whether_it_takes_video(seen: dict[str, str]) -> None:
    for typed in ("torvet", "034835", "34835"):
        assert 'data-testid="choose-034835"' in seen[typed] and "Åben for video" in seen[typed]
    assert 'data-testid="choose-012041"' in seen["havnen"] and "Lukket for video" in seen["havnen"]


def test_one_that_is_not_connected_can_only_be_rung(seen: dict[str, str]) -> None:
    assert "Ikke tilsluttet" in seen["enghaven"] and "choose-090107" not in seen["enghaven"]
    assert "tel:" in seen["enghaven"]


def test_nothing_found_says_what_to_try(seen: dict[str, str]) -> None:
    assert 'data-testid="no-practices"' in seen["ingen hedder så"]
