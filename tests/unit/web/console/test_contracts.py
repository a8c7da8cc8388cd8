"""*Kør kontraktprøven* in the console: one run however often it is pressed, its report, who sees it, and what stands on
the connection's row (AD20)."""

from __future__ import annotations

from dataclasses import replace
from datetime import time
from pathlib import Path
from typing import Any

import pytest

from gateway.connecting import maintaining
from gateway.domain.oversight import ConsoleRole
from gateway.domain.peers.contract_run import ContractState
from gateway.domain.peers.maintenance import Hours, Plan
from gateway.domain.practice import danish_day
from gateway.store.ground.schema import metadata
from gateway.store.peers.connections import Stanza
from tests.support.consultations import KOMMUNE_A, KOMMUNE_B
from tests.support.pages.contracts import a_run
from tests.unit.web.console.console_world import ConsoleWorld

R = ConsoleRole
PAGE = "/konsol/forbindelser/eoj-fjordby"
CONTRACT = f"{PAGE}/kontraktproeve"


@pytest.fixture
def world(tmp_path: Path) -> ConsoleWorld:
    return ConsoleWorld(tmp_path)


def changed(world: ConsoleWorld, **settings: Any) -> None:
    present = world.gateway.connections.present("eoj-fjordby")
    assert present is not None
    synthetic = settings.pop("synthetic", True)
    stanza = Stanza("eoj-fjordby", "eoj", "smart_fhir", KOMMUNE_A, {**present.config, **settings}, synthetic=synthetic)
    world.gateway.connections.apply(stanza, "test", "test", world.gateway.clock.now())


def test_two_presses_are_one_run_and_both_write_what_the_command_writes(world: ConsoleWorld) -> None:
    ida, bo = world.administrator(R.INTEGRATION), world.administrator(R.INTEGRATION, name="Bo Berg")
    assert ida.get(PAGE).count('data-testid="certify"') == 1
    for who in (ida, bo):
        assert who.post(f"{CONTRACT}/koer").location == CONTRACT
    (run,) = world.gateway.contract_runs.listed("eoj-fjordby")
    assert (run.state, run.revision, run.hands) == (ContractState.ASKED, 1, "")
    page = bo.get(CONTRACT)
    assert 'data-state="asked"' in page and "0 af " in page and 'data-testid="certify"' not in page
    assert "js/console/contract.js" in page
    audit = metadata.tables["audit"]
    with world.gateway.engine.connect() as connection:
        rows = connection.execute(audit.select().where(audit.c.what.like("connections certify%"))).all()
    assert [(row.what, row.channel, row.tenant) for row in rows] == [
        ("connections certify eoj-fjordby", "console", KOMMUNE_A)
    ]


def test_the_last_result_stands_on_the_row_and_says_when_the_settings_are_newer(world: ConsoleWorld) -> None:
    run, ida = a_run(world.gateway, "eoj-fjordby"), world.administrator(R.INTEGRATION)
    counts = f"{run.kept} af {run.asked}, "
    row = ida.get("/konsol/forbindelser").partition('data-connection="eoj-fjordby"')[2].partition("</tr>")[0]
    assert f"Kontraktprøve: {counts}" in row and "revision 1" in row and "ældre" not in row
    world.gateway.connections.pause("eoj-fjordby", "test", "test", world.gateway.clock.now())
    assert "nu revision 2 med samme opsætning" in ida.get(PAGE)
    changed(world, label="Journalen nord")
    assert "ældre end opsætningen nu, revision 3" in ida.get("/konsol/forbindelser")
    page = ida.get(CONTRACT)
    assert page.index('data-verdict="broken"') < page.index('data-verdict="kept"'), "the worst first"


def test_the_report_is_the_vendors_and_no_other_organisation_sees_it(world: ConsoleWorld) -> None:
    run = a_run(world.gateway, "eoj-fjordby")
    theirs = a_run(world.gateway, "eoj-skovby")
    sara = world.administrator(R.SUPPORT)
    answer = sara.client.get(f"{CONTRACT}/{run.id}.html")
    assert answer.headers["Content-Disposition"].startswith("attachment; filename=")
    told = answer.get_data(as_text=True)
    assert "Certification of the care system adapter" in told and "filed twice" in told and "Ida Iversen" not in told
    assert 'data-testid="certify"' not in sara.get(PAGE), "support changes nothing"
    stranger = world.administrator(R.INTEGRATION, tenant=KOMMUNE_B)
    for address in (CONTRACT, f"{CONTRACT}/raekker", f"{CONTRACT}/{run.id}.html"):
        assert stranger.client.get(address).status_code == 404
    assert stranger.post(f"{CONTRACT}/koer").status_code == 404
    assert sara.client.get(f"{CONTRACT}/{theirs.id}.html").status_code == 404, "a run of another connection"
    assert "gp-torvet" in sara.get("/konsol/forbindelser")
    assert sara.client.get("/konsol/forbindelser/gp-torvet/kontraktproeve").status_code == 404, "a shared one"


def test_a_real_connection_and_an_internal_address_are_refused_with_the_rule(world: ConsoleWorld) -> None:
    ida = world.administrator(R.INTEGRATION)
    refused = ida.post(f"{CONTRACT}/koer", {"hands": "http://10.0.0.7/hands"})
    assert refused.status_code == 422 and "Adressen peger på et internt net." in refused.get_data(as_text=True)
    changed(world, synthetic=False)
    page = ida.get(PAGE)
    assert "Kontraktprøven køres kun mod testsystemer" in page and 'data-testid="certify"' not in page
    answer = ida.post(f"{CONTRACT}/koer")
    assert answer.status_code == 422 and "køres kun mod testsystemer" in answer.get_data(as_text=True)
    assert world.gateway.contract_runs.listed("eoj-fjordby") == []


def test_an_interrupted_run_says_so_and_may_be_run_again(world: ConsoleWorld) -> None:
    assert world.administrator(R.INTEGRATION).client.get(f"{CONTRACT}/raekker").status_code == 404, "none yet"
    run, ida, g = a_run(world.gateway, "eoj-fjordby", 3), world.administrator(R.INTEGRATION), world.gateway
    assert 'data-testid="certify"' not in ida.get(CONTRACT)
    assert f"3 af {run.promises} løfter er prøvet" in ida.get(f"{CONTRACT}/raekker")
    g.contract_runs.end(run.id, ContractState.INTERRUPTED, g.clock.now())
    page = ida.get(CONTRACT)
    assert "Afbrudt" in page and 'data-testid="certify"' in page
    ida.post(f"{CONTRACT}/koer")
    assert len(g.contract_runs.listed("eoj-fjordby")) == 2


def test_after_maintenance_the_run_is_offered_with_what_the_last_one_came_to(world: ConsoleWorld) -> None:
    g, ida = world.gateway, world.administrator(R.INTEGRATION)
    a_run(g, "eoj-fjordby")
    now = g.clock.now()
    hours = Hours(danish_day(now), time(0), time(0))
    window = maintaining.plan(g, Plan(("eoj-fjordby",), hours, "Systemet opgraderes."), KOMMUNE_A, "test")
    while maintaining.run_due(g, lambda _: ({}, "")):
        """Until it has begun."""
    running = g.maintenance.find(window.id)
    assert 'data-testid="certify-after"' not in ida.get("/konsol/vedligehold"), "not while it is closed"
    g.maintenance.change(replace(running, ends_at=now), now, [running.stage])
    while maintaining.run_due(g, lambda _: ({}, "")):
        """Until it answers again."""
    page = ida.get("/konsol/vedligehold")
    assert page.count('data-testid="certify-after"') == 1 and "nu revision 3 med samme opsætning" in page


def test_a_system_that_answers_by_messages_is_told_what_it_needs_with_the_command(world: ConsoleWorld) -> None:
    config = {"base_url": "https://vans.invalid:8443/messages", "tenant": str(KOMMUNE_A)}
    world.connect("eoj-vans", "eoj", "medcom", KOMMUNE_A, config)
    page = world.administrator(R.INTEGRATION).get("/konsol/forbindelser/eoj-vans/kontraktproeve")
    assert "laegebro certify eoj medcom --url https://vans.invalid:8443/messages --settings eoj-vans.toml" in page
    assert "--door http://denne-maskine:" in page and 'data-testid="certify"' not in page
