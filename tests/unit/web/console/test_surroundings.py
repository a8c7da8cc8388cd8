"""*Miljø*: version, what runs, the last trial of a restore; no test connection leads to production (AD22, AD23)."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from gateway.connecting import drafting, guarding
from gateway.domain.oversight import ConsoleRole
from gateway.domain.people import SYSTEM
from gateway.domain.records import RESTORE_TRIED, AuditRow
from tests.support.consultations import KOMMUNE_A
from tests.unit.web.console.console_world import ConsoleWorld

PAGE = "/konsol/miljoe"


@pytest.fixture
def world(tmp_path_factory: pytest.TempPathFactory) -> ConsoleWorld:
    hosts = "Journal.Example fhir.region.example"
    return ConsoleWorld(tmp_path_factory.mktemp("surroundings"), production_hosts=hosts)


def test_ad23_the_last_trial_of_a_restore_and_the_version_are_seen(world: ConsoleWorld) -> None:
    ida = world.administrator(ConsoleRole.OPERATOR, tenant=None)
    page = ida.get(PAGE)
    assert "Aldrig noteret." in page and re.search(r"version \d+\.\d+", page)
    now = world.gateway.clock.now()
    for found in ("for længe siden", "Alt kom igen på 14 min."):
        row = AuditRow(now, SYSTEM, "", "write", RESTORE_TRIED, basis=found, channel="cli")
        world.gateway.store.record_audit(row)
        now = world.gateway.clock.now()
    assert "Alt kom igen på 14 min." in ida.get(PAGE)


def test_ad22_a_test_connection_leads_to_no_host_of_productions(world: ConsoleWorld) -> None:
    g = world.gateway
    new = drafting.New("eoj-ny", "eoj", "smart_fhir", "", synthetic=True)
    drafting.begin(g, new, KOMMUNE_A, "ida")
    draft = drafting.require(g, "eoj-ny")
    config = dict(draft.revision.config) | {"issuer": "https://journal.example/fhir"}
    assert ("issuer", "production-host") in {(each.path, each.code) for each in drafting.faults(g, draft, config)}
    elsewhere = config | {"issuer": "https://test.journal.example/fhir"}
    assert "production-host" not in {each.code for each in drafting.faults(g, draft, elsewhere)}


def test_ad22_what_a_real_connection_calls_is_known_as_production(world: ConsoleWorld) -> None:
    (mine,) = [each for each in world.gateway.connections.active() if each.name == "eoj-fjordby"]
    real = replace(mine, synthetic=False, config={"issuer": "https://drift.example/fhir", "host": "localhost"})
    settings = world.gateway.settings.model_copy(update={"environment": "production"})
    known = guarding.production_hosts(settings, [real, replace(mine, config={"issuer": "https://prøve.example"})])
    assert known == {"journal.example", "fhir.region.example", "drift.example"}
