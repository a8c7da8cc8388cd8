"""An upgrade that is announced stands on every page of the console, on the nurses' and the clinics' lists, and is the
operator's to announce (AD23)."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from gateway.connecting import upgrading
from gateway.domain.oversight import ConsoleRole
from gateway.domain.practice import danish_day
from gateway.domain.room import Heartbeat, NodeState
from tests.support.consultations import PRACTICE
from tests.unit.web.console.console_world import ConsoleWorld

R = ConsoleRole
PLACE = "/konsol/miljoe"
WORDS = "Ny version. I mærker intet."
AHEAD = 'data-testid="upgrade-ahead"'


@pytest.fixture
def world(tmp_path: Path) -> ConsoleWorld:
    return ConsoleWorld(tmp_path)


def form(world: ConsoleWorld, **fields: str) -> dict[str, str]:
    tomorrow = danish_day(world.gateway.clock.now()) + timedelta(days=1)
    return {"day": f"{tomorrow:%d.%m.%Y}", "begins": "22.00", "ends": "23.00", "message": WORDS, **fields}


def test_what_the_operator_announces_is_read_by_everybody_until_it_is_taken_back(world: ConsoleWorld) -> None:
    finn, karen = world.administrator(R.OPERATOR, tenant=None, name="Finn"), world.administrator(R.LOG_REVIEW)
    nurse = world.employee()
    clinic = world.clinic_user()
    world.wait_in_queue(of=nurse, practice=PRACTICE)
    for who, page in ((karen, "/konsol/tilsyn"), (nurse, "/"), (clinic, "/klinik")):
        assert AHEAD not in who.get(page)
    assert finn.post(f"{PLACE}/opgradering/meld-ud", form(world)).status_code == 303
    for who, page in ((karen, "/konsol/tilsyn"), (nurse, "/"), (clinic, "/klinik"), (finn, "/konsol/vedligehold")):
        told = who.get(page)
        assert told.count(AHEAD) == 1 and WORDS in told and "22.00–23.00" in told, page
        assert ("Lige nu: 0 samtaler i gang, 1 venter." in told) is page.startswith("/konsol"), page
    place = finn.get(PLACE)
    assert 'data-testid="announced"' in place and 'data-testid="queued">1<' in place
    ida = world.administrator(R.INTEGRATION)
    assert 'data-testid="announced"' in ida.get(PLACE) and 'data-testid="take-back"' not in ida.get(PLACE)
    assert finn.post(f"{PLACE}/opgradering/traek-tilbage").status_code == 303
    assert AHEAD not in nurse.get("/") and upgrading.announced(world.gateway) is None


def test_what_cannot_be_announced_names_its_field_and_loses_nothing(world: ConsoleWorld) -> None:
    finn = world.administrator(R.OPERATOR, tenant=None, name="Finn")
    answer = finn.post(f"{PLACE}/opgradering/meld-ud", form(world, day="1.1.2020", message="Kort"))
    page = answer.get_data(as_text=True)
    assert answer.status_code == 422 and "Kort" in page and 'id="fault-message"' in page
    assert finn.post(f"{PLACE}/opgradering/meld-ud", form(world)).status_code == 303
    again = finn.post(f"{PLACE}/opgradering/meld-ud", form(world))
    assert again.status_code == 422 and "meldt ud allerede" in again.get_data(as_text=True)


def _beat(world: ConsoleWorld, name: str, draining: bool, seats: int) -> None:
    node = NodeState(name, f"https://{name}.example", seats, 0.1, draining)
    now = world.gateway.clock.now()
    world.gateway.rooms.note(Heartbeat(f"process-{name}", 1, (), node), now)


def test_a_media_process_that_is_emptied_says_how_much_is_left(world: ConsoleWorld) -> None:
    for number, (draining, seats) in enumerate(((True, 2), (False, 4))):
        _beat(world, f"media-{number}", draining, seats)
    page = world.administrator(R.INTEGRATION).get(PLACE)
    assert "media-0: tømmes, 2 pladser tilbage" in " ".join(page.split())
    assert "media-1: tager nye samtaler, 4 pladser i brug" in " ".join(page.split())
