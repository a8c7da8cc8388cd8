"""Planned maintenance in the console: planned, cancelled, ended, each act audited; what differs afterwards (AD12)."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from sqlalchemy import select

from gateway.connecting import maintaining
from gateway.domain.oversight import ConsoleRole
from gateway.domain.peers.maintenance import Window, WindowStage
from gateway.domain.practice import COPENHAGEN
from gateway.domain.scope import SystemScope
from gateway.store.ground.engine import transaction
from gateway.store.ground.tables_audit import audit
from tests.support.consultations import KOMMUNE_A, KOMMUNE_B
from tests.unit.web.console.console_world import Administrator, ConsoleWorld

WORDS = "Journalen opgraderes i nat. Notater sendes, når det er færdigt."
PAGE = "/konsol/vedligehold"


@pytest.fixture
def world(tmp_path_factory: pytest.TempPathFactory) -> ConsoleWorld:
    return ConsoleWorld(tmp_path_factory.mktemp("maintenance"))


def fields(world: ConsoleWorld, *names: str, **more: str) -> dict[str, str]:
    """From a minute ago to an hour from now, on the wall's clock."""
    now = world.gateway.clock.now().astimezone(COPENHAGEN)
    began, over = now - timedelta(minutes=1), now + timedelta(hours=1)
    hours = {"day": f"{began:%Y-%m-%d}", "begins": f"{began:%H:%M}", "ends": f"{over:%H:%M}"}
    return {**hours, "message": WORDS, **{f"connections.{name}": "yes" for name in names}, **more}


def plans(world: ConsoleWorld, hand: Administrator, *names: str, **more: str) -> Window:
    answer = hand.post(f"{PAGE}/planlaeg", fields(world, *names, **more))
    assert answer.status_code == 303, answer.get_data(as_text=True)
    return world.gateway.maintenance.listed()[0]


def audited(world: ConsoleWorld) -> list[str]:
    with transaction(world.gateway.engine, SystemScope(), read_only=True) as connection:
        rows = connection.execute(select(audit.c.what).order_by(audit.c.at)).scalars()
        return [what for what in rows if "maintenance" in what]


def test_ad12_a_window_is_planned_held_and_let_go_and_the_page_says_what_differs(world: ConsoleWorld) -> None:
    hand = world.administrator(ConsoleRole.INTEGRATION)
    plans(world, hand, "eoj-fjordby", nth="0")
    waiting = world.owed_to("eoj-fjordby")
    gateway = world.gateway
    assert maintaining.run_due(gateway, lambda _: ({"fhirVersion": "4.0.1"}, ""))
    page = hand.get(PAGE)
    assert 'data-testid="running"' in page and WORDS in page and "er lukket; alt venter." in page
    overview = hand.get("/konsol/forbindelser")
    assert f"“{WORDS}”" in overview and "Planlagt vedligehold" in overview
    (window,) = gateway.maintenance.running()
    assert hand.post(f"{PAGE}/{window.id}/slut").status_code == 303
    assert maintaining.run_due(gateway, lambda _: ({"fhirVersion": "4.3.0"}, ""))
    page = hand.get(PAGE)
    assert waiting.id and "1 beskeder havde ventet" in page
    assert 'data-stage="draining"' in page
    assert len(gateway.maintenance.listed()) == 2, "and the next week's is planned"
    assert audited(world) == [
        "maintenance plan eoj-fjordby",
        "maintenance begin eoj-fjordby",
        "maintenance end eoj-fjordby",
        "maintenance end eoj-fjordby",
    ]


def test_ad12_who_starts_from_the_record_meanwhile_reads_the_administrators_words(world: ConsoleWorld) -> None:
    plans(world, world.administrator(ConsoleRole.INTEGRATION), "eoj-fjordby")
    maintaining.run_due(world.gateway, lambda _: ({}, ""))
    answer = world.app.test_client().get("/launch/smart?iss=http://127.0.0.1:1/fhir&launch=x")
    page = answer.get_data(as_text=True)
    assert answer.status_code == 503 and "Planlagt vedligehold" in page and WORDS in page


def test_ad12_a_faulty_form_names_each_field_and_loses_nothing_typed(world: ConsoleWorld) -> None:
    hand = world.administrator(ConsoleRole.INTEGRATION)
    for typed, words in (
        (fields(world), "Vælg mindst én forbindelse."),
        (fields(world, "eoj-fjordby", message="Kort"), "Skriv til sygeplejerskerne"),
        (fields(world, "eoj-fjordby", day="2020-01-01"), "Det er slut, før det er begyndt."),
        (fields(world, "eoj-fjordby", begins=""), "Skriv klokkeslættet som fx 9.15."),
        (fields(world, "gp-torvet"), "En af forbindelserne er ikke jeres."),
        (fields(world, "eoj-skovby"), "En af forbindelserne er ikke jeres."),
    ):
        answer = hand.post(f"{PAGE}/planlaeg", typed)
        page = answer.get_data(as_text=True)
        assert answer.status_code == 422 and words in page, words
        assert f'value="{typed["ends"]}"' in page
    assert not world.gateway.maintenance.listed()


def test_ad12_each_sees_its_own_and_the_shared_and_changes_only_its_own(world: ConsoleWorld) -> None:
    operator = world.administrator(ConsoleRole.OPERATOR, tenant=None)
    shared = plans(world, operator, "gp-torvet")
    mine = plans(world, world.administrator(ConsoleRole.INTEGRATION, tenant=KOMMUNE_A), "eoj-fjordby")
    other = world.administrator(ConsoleRole.INTEGRATION, tenant=KOMMUNE_B)
    shown = re.findall(r'data-window="([^"]+)"', other.get(PAGE))
    assert shown == [str(shared.id)]
    for window in (shared, mine):
        assert other.post(f"{PAGE}/{window.id}/aflys").status_code == 404
    assert operator.post(f"{PAGE}/{shared.id}/aflys", {"times": "all"}).status_code == 303
    assert world.gateway.maintenance.find(shared.id).stage is WindowStage.CANCELLED


def test_ad12_a_login_that_is_taken_out_stands_on_the_list_with_the_words(world: ConsoleWorld) -> None:
    config = {"tenant": str(KOMMUNE_A), "label": "Fjordby login", "issuer": "http://127.0.0.1:1/idp", "client_id": "us"}
    world.connect("login-fjordby", "identity", "oidc", KOMMUNE_A, config | {"right": "r", "subject_claim": "sub"})
    world.gateway.connections.pause("login-fjordby", "sanne", WORDS, world.gateway.clock.now())
    page = world.app.test_client().get("/login").get_data(as_text=True)
    assert "Fjordby login" in page and WORDS in page
    answer = world.app.test_client().get("/login/login-fjordby")
    assert answer.status_code == 503 and WORDS in answer.get_data(as_text=True)
