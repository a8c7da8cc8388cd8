"""Connected × open × attended, pauses, holidays and agreements, as a launch meets them before the queue (D8, N06)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from uuid import UUID

import pytest

from gateway.domain.consultation.aggregate import Consultation, Status
from gateway.domain.consultation.queue_entry import Basis
from gateway.domain.identifiers import Ydernummer
from gateway.domain.people import SYSTEM
from gateway.domain.practice import AgreementPolicy, VideoHours, danish_day
from tests.unit.web.nurse_world import ALL_WEEK, FILLED, OWN, SECOND, UNCONNECTED, Nurse, NurseWorld

OPEN = VideoHours(switch=True)
CLINIC = UUID("0192f000-0000-7000-8000-0000000000c9")


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> NurseWorld:
    folder: Path = tmp_path_factory.mktemp("states")
    return NurseWorld(folder)


@pytest.fixture
def nurse(world: NurseWorld) -> Iterator[Nurse]:
    yield world.nurse()
    set_hours(world, OPEN)
    world.gateway.practices.set_agreement(OWN, AgreementPolicy.RECOMMENDED, SYSTEM, world.later())


def set_hours(world: NurseWorld, hours: VideoHours) -> None:
    world.gateway.practices.set_hours(OWN, hours, SYSTEM, world.later())


def card(nurse: Nurse, consultation: Consultation) -> str:
    page = nurse.get(f"/konsultation/{consultation.id}").get_data(as_text=True)
    return page.split('data-testid="practice-card"')[1].split("</section>")[0]


def placed(nurse: Nurse, consultation: Consultation, **more: object) -> dict[str, object]:
    answer = nurse.send(f"/api/v1/consultations/{consultation.id}/place", FILLED | more)
    found: dict[str, object] = answer.get_json()
    return found


def test_d08_an_open_browser_clinic_with_nobody_there_says_so_before_the_queue(world: NurseWorld, nurse: Nurse) -> None:
    consultation = world.launched(nurse)
    shown = card(nurse, consultation)
    assert "Åben, men ingen ser køen" in shown and "tel:" in shown
    world.gateway.practices.attend(CLINIC, [OWN], world.later())
    assert "Klinikken har venteværelset åbent." in card(nurse, consultation)
    assert placed(nurse, consultation)["status"] == "waiting"


@pytest.mark.guide(9)
def test_d08_a_closed_practice_takes_only_who_has_an_agreed_time(world: NurseWorld, nurse: Nurse) -> None:
    consultation = world.launched(nurse)
    set_hours(world, VideoHours(switch=False))
    assert "Lukket for video" in card(nurse, consultation) and "tel:" in card(nurse, consultation)
    refused = placed(nurse, consultation)
    assert (refused["status"], refused["field"], refused["reason"]) == (422, "agreed_at", "closed-now")
    assert world.reload(consultation).status is Status.DRAFT
    agreed = world.later(5).isoformat()
    assert placed(nurse, consultation, agreed_at=agreed, agreed_with="Gitte")["status"] == "waiting"


def test_ad12_a_practice_whose_system_is_taken_out_says_so_in_the_administrators_words(
    world: NurseWorld, nurse: Nurse
) -> None:
    consultation = world.launched(nurse)
    (name,) = world.gateway.practices.assigned(OWN)
    words = "Lægesystemet opgraderes til kl. 14."
    world.gateway.connections.pause(name, "sanne", words, world.later())
    try:
        shown = card(nurse, consultation)
    finally:
        world.gateway.connections.resume(name, "sanne", "slut", world.later())
    assert "Planlagt vedligehold" in shown and words in shown and "tel:" in shown
    assert "bruger ikke Lægebro" not in shown


def test_d08_a_practice_that_is_not_connected_is_refused_at_once_with_its_number(
    world: NurseWorld, nurse: Nurse
) -> None:
    consultation = world.launched(nurse, own=UNCONNECTED)
    shown = card(nurse, consultation)
    assert "Ikke tilsluttet" in shown and "tel:" in shown
    refused = placed(nurse, consultation)
    assert (refused["status"], refused["reason"]) == (422, "not-connected") and refused["phone"]


def test_d08_a_practice_that_begins_next_year_is_not_called_closed(world: NurseWorld, nurse: Nurse) -> None:
    from gateway.domain.errors import PracticeNotFound
    from gateway.services.queue import routable_practice

    g = world.gateway
    known = g.providers.find(OWN, danish_day(world.later()))
    assert known is not None

    class Later:
        def find(self, ydernummer: Ydernummer, on: date) -> object:
            return replace(known, valid_from=on + timedelta(days=40))

        def search(self, text: str, on: date, limit: int = 20) -> list[object]:
            return []

    with pytest.raises(PracticeNotFound) as fault:
        routable_practice(OWN, providers=Later(), practices=g.practices, clock=g.clock)  # type: ignore[arg-type]
    assert fault.value.reason == "not-yet"


def test_a_pause_says_until_when_and_lets_her_wait(world: NurseWorld, nurse: Nurse) -> None:
    consultation = world.launched(nurse)
    set_hours(world, replace(OPEN, paused_until=world.later(30)))
    assert "Holder pause til" in card(nurse, consultation)
    assert placed(nurse, consultation)["status"] == "waiting"
    news = nurse.get(f"/konsultation/{consultation.id}/nyt").get_data(as_text=True)
    assert 'data-testid="paused-now"' in news


def test_a_holiday_names_the_substitute_who_is_chosen_with_one_tap(world: NurseWorld, nurse: Nurse) -> None:
    today = danish_day(world.later())
    week = VideoHours(weekly=ALL_WEEK.weekly, exceptions={today + timedelta(days=n): () for n in range(3)})
    set_hours(world, week)
    world.gateway.practices.substitute(OWN, SECOND, today, today + timedelta(days=3), "test", world.later())
    consultation = world.launched(nurse)
    shown = card(nurse, consultation)
    assert "Ferielukket til" in shown and "tager imod imens" in shown
    assert f'data-testid="substitute-{SECOND}"' in shown
    chosen = nurse.get(f"/konsultation/{consultation.id}?laege={SECOND}").get_data(as_text=True)
    assert f'name="ydernummer" value="{SECOND}"' in chosen
    assert placed(nurse, consultation, ydernummer=str(SECOND))["status"] == "waiting"
    entry = world.reload(consultation).entries[-1]
    assert (entry.ydernummer, entry.basis) == (SECOND, Basis.SUBSTITUTE)


@pytest.mark.parametrize("way", ["policy", "switch"])
def test_d09_a_practice_that_wants_agreements_is_rung_first(world: NurseWorld, nurse: Nurse, way: str) -> None:
    if way == "policy":
        world.gateway.practices.set_agreement(OWN, AgreementPolicy.REQUIRED, SYSTEM, world.later())
    else:
        set_hours(world, replace(OPEN, agreed_only=True))
    consultation = world.launched(nurse)
    assert "Ring og aftal en tid" in card(nurse, consultation)
    refused = placed(nurse, consultation)
    assert (refused["field"], refused["reason"]) == ("agreed_at", "required")
    world.gateway.practices.set_agreement(OWN, AgreementPolicy.FREE, SYSTEM, world.later())
    set_hours(world, OPEN)
    assert placed(nurse, consultation)["status"] == "waiting"
