"""The overview: the worst first, in words, with what the nurses see; an organisation's own deliveries only (AD02)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from gateway.cli import causes as commands
from gateway.domain.oversight import ConsoleRole, Oversight
from gateway.domain.peers.breaker import Breaker, BreakerState, ConnectionHealth
from gateway.domain.peers.overview import Condition, ConnectionLine, Owed, condition_of, worst_first
from gateway.domain.peers.synthetic import RunStep, SyntheticRun
from gateway.domain.records import Signature
from gateway.store.ground.schema import metadata
from gateway.web.words import causes
from tests.support.consultations import KOMMUNE_A, KOMMUNE_B
from tests.unit.web.console.console_world import ConsoleWorld


@pytest.fixture
def world(tmp_path_factory: pytest.TempPathFactory) -> ConsoleWorld:
    return ConsoleWorld(tmp_path_factory.mktemp("overview"))


def test_the_states_of_a_connection() -> None:
    now = datetime.now(UTC)
    well = ConnectionHealth("c", Breaker(), last_success_at=now)
    assert condition_of(False, ConnectionHealth("c", Breaker())) is Condition.UNTRIED
    assert condition_of(False, well) is Condition.WELL
    assert condition_of(False, ConnectionHealth("c", Breaker(), failing_since=now)) is Condition.FAILING
    for state in (BreakerState.OPEN, BreakerState.HALF_OPEN):
        assert condition_of(False, ConnectionHealth("c", Breaker(state), last_success_at=now)) is Condition.CUT
    assert condition_of(True, ConnectionHealth("c", Breaker(BreakerState.OPEN))) is Condition.PAUSED


def test_the_worst_is_first() -> None:
    def line(name: str, condition: Condition, asks: int = 0) -> ConnectionLine:
        health = ConnectionHealth(name, Breaker())
        return ConnectionLine(name, name, "eoj", "x", None, False, condition, health, Owed(asks, asks))

    lines = [
        line("well", Condition.WELL),
        line("paused", Condition.PAUSED),
        line("asks", Condition.WELL, asks=2),
        line("failing", Condition.FAILING),
        line("cut", Condition.CUT),
    ]
    assert [one.name for one in sorted(lines, key=worst_first)] == ["cut", "failing", "asks", "paused", "well"]


def test_a_connection_that_does_not_answer_is_first_with_what_the_nurses_see(world: ConsoleWorld) -> None:
    world.gateway.practices.note_failure("gp-torvet", "unavailable: connecting", world.gateway.clock.now())
    page = world.administrator(ConsoleRole.SUPPORT).get("/konsol/forbindelser")
    assert page.index('data-connection="gp-torvet"') < page.index('data-connection="eoj-fjordby"')
    assert "1 forbindelse svarer ikke." in page
    assert "Ingen svarede på modpartens adresse; intet er sket dér." in page
    assert "Ingen forbindelse til klinikkens system Du kan stille i kø; vi leverer" in page


def test_that_all_is_well_is_said_only_of_what_was_used(world: ConsoleWorld) -> None:
    viewer, now = world.administrator(ConsoleRole.SUPPORT), world.gateway.clock.now()
    lines = world.gateway.overview.lines(Oversight(KOMMUNE_A))
    page = viewer.get("/konsol/forbindelser")
    assert "Det, der har været brugt, kører." in page and "Alt kører." not in page
    assert f"{len(lines)} forbindelser har aldrig været brugt." in page
    for line in lines:
        world.gateway.practices.note_success(line.name, now)
    assert "Alt kører." in viewer.get("/konsol/forbindelser")


def test_a_paused_connection_says_what_was_written(world: ConsoleWorld) -> None:
    world.gateway.connections.pause("eoj-fjordby", "Ida", "Opgradering til 02.00", world.gateway.clock.now())
    assert "Opgradering til 02.00" in world.administrator(ConsoleRole.SUPPORT).get("/konsol/forbindelser")


def test_what_waits_is_counted_for_the_own_organisation_alone(world: ConsoleWorld) -> None:
    ours, theirs = world.owed_to("gp-torvet", KOMMUNE_A), world.owed_to("gp-torvet", KOMMUNE_B)
    assert ours.tenant != theirs.tenant
    waiting: dict[UUID | None, int] = {}
    for tenant in (KOMMUNE_A, KOMMUNE_B, None):
        lines = world.gateway.overview.lines(Oversight(tenant))
        waiting[tenant] = sum(line.owed.waiting for line in lines if line.name == "gp-torvet")
    assert waiting == {KOMMUNE_A: 1, KOMMUNE_B: 1, None: 2}


def test_the_page_and_its_state_say_the_same(world: ConsoleWorld) -> None:
    ida = world.administrator(ConsoleRole.INTEGRATION)
    state = ida.client.get("/konsol/forbindelser/tilstand").get_json()
    page = ida.get("/konsol/forbindelser/raekker")
    assert [row[0] for row in state["rows"]] == [part.split('"')[0] for part in page.split('data-connection="')[1:]]


def test_the_console_knows_every_cause_that_the_commands_know() -> None:
    assert [pattern for pattern, _words in causes.CAUSES] == [pattern for pattern, _words in commands._WORDS]


def test_what_is_signed_in_the_console_names_who_it_was(world: ConsoleWorld) -> None:
    signature = Signature("person", "connections pause", "why", "integration", "console", "Ida Krag", "Fjordby Kommune")
    hand = world.gateway.signed(signature)
    hand.connections.pause("gp-torvet", "Ida Krag", "why", hand.clock.now())
    audit = metadata.tables["audit"]
    with world.gateway.engine.connect() as db:
        row = db.execute(audit.select().where(audit.c.channel == "console")).mappings().one()
    assert (row["what"], row["organisation"], row["actor_id"]) == (
        "connections pause gp-torvet",
        "Fjordby Kommune",
        "person",
    )
    assert b"Ida" not in row["actor_name"] and len(row["actor_name"]) > len("Ida Krag")


def test_the_last_synthetic_runs_stand_below_with_the_part_that_was_not_well(world: ConsoleWorld) -> None:
    now = world.gateway.clock.now()
    well = SyntheticRun(world.gateway.ids.new(), "Prøvekommunen", "LB-AAAA-A", now, 4100)
    media = SyntheticRun(
        world.gateway.ids.new(), "Prøvekommunen", "LB-BBBB-B", now + timedelta(minutes=10), 900, RunStep.MEDIA, "used"
    )
    for run in (well, media):
        world.gateway.synthetic_runs.note(run)
    page = world.administrator(ConsoleRole.SUPPORT).get("/konsol/forbindelser")
    assert page.index("Fejl: Video") < page.index("Alt vel")
    assert "LB-BBBB-B" in page and "4 s" in page
    world.gateway.synthetic_runs.forget(now + timedelta(minutes=1))
    assert [run.short_id for run in world.gateway.synthetic_runs.last()] == ["LB-BBBB-B"]
