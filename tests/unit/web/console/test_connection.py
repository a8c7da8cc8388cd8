"""One connection: settings without secrets, history, pause by who owns it, a trial step by step (AD03, AD05)."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from gateway.domain.oversight import ConsoleRole
from gateway.store.ground.schema import metadata
from tests.support.consultations import KOMMUNE_A, KOMMUNE_B
from tests.unit.web.console.console_world import ConsoleWorld

R = ConsoleRole
OURS, THEIRS, SHARED = (f"/konsol/forbindelser/{name}" for name in ("eoj-fjordby", "eoj-skovby", "gp-torvet"))
WHY = {"reason": "Opgradering aftalt med leverandøren"}


@pytest.fixture
def world(tmp_path_factory: pytest.TempPathFactory) -> ConsoleWorld:
    return ConsoleWorld(tmp_path_factory.mktemp("connection"))


def state_of(world: ConsoleWorld, name: str) -> str:
    return str(world.gateway.connections.history(name)[0].state)


def audited(world: ConsoleWorld) -> list[tuple[str, str]]:
    audit = metadata.tables["audit"]
    with world.gateway.engine.connect() as db:
        found = db.execute(select(audit.c.what, audit.c.basis).where(audit.c.channel == "console"))
        return [(row.what, row.basis) for row in found]


def test_the_settings_are_the_adapters_own_and_no_secret_is_shown(world: ConsoleWorld) -> None:
    page = world.administrator(R.INTEGRATION).get(OURS)
    assert 'data-setting="issuer"' in page and "http://127.0.0.1:1/fhir" in page
    assert 'data-setting="client_key"' in page and "hemmelighed, vises ikke" in page
    assert "client_key" in page and "file:" not in page and "env:" not in page


def test_the_history_tells_who_what_and_why_without_a_secret(world: ConsoleWorld) -> None:
    known = dict(world.gateway.connections.history("eoj-fjordby")[0].config)
    config = known | {"client_id": "us-two", "client_key": "env:ANOTHER"}
    world.connect("eoj-fjordby", "eoj", "smart_fhir", KOMMUNE_A, config)
    page = world.administrator(R.SUPPORT).get(OURS)
    assert "<code>client_id</code>: us → us-two" in page
    assert "<code>client_key</code>: ændret" in page and "ANOTHER" not in page


def test_pausing_and_resuming_is_the_commands_act(world: ConsoleWorld) -> None:
    ida = world.administrator(R.INTEGRATION)
    for _press in range(2):  # a double click
        assert ida.post(f"{OURS}/pause", WHY).status_code == 303
    assert state_of(world, "eoj-fjordby") == "paused"
    assert len(world.gateway.connections.history("eoj-fjordby")) == 2
    assert ida.post(f"{OURS}/genoptag", WHY).status_code == 303
    assert state_of(world, "eoj-fjordby") == "active"
    assert audited(world) == [
        ("connections pause eoj-fjordby", WHY["reason"]),
        ("connections resume eoj-fjordby", WHY["reason"]),
    ]


@pytest.mark.parametrize("said", ["", "Borgeren 251248-9996 ringede"])
def test_a_reason_is_needed_and_names_no_citizen(world: ConsoleWorld, said: str) -> None:
    answer = world.administrator(R.INTEGRATION).post(f"{OURS}/pause", {"reason": said})
    assert answer.status_code == 422 and 'id="fault-reason"' in answer.get_data(as_text=True)
    assert state_of(world, "eoj-fjordby") == "active"


def test_what_another_owns_is_neither_seen_nor_touched(world: ConsoleWorld) -> None:
    ida, finn = world.administrator(R.INTEGRATION), world.administrator(R.OPERATOR, tenant=None, name="Finn")
    for act in ("pause", "genoptag", "proev"):
        assert ida.post(f"{THEIRS}/{act}", WHY).status_code == 404
        assert ida.post(f"{SHARED}/{act}", WHY).status_code == 404, "shared: to see, not to change"
        assert finn.post(f"{OURS}/{act}", WHY).status_code == 404
    assert ida.client.get(THEIRS).status_code == 404
    assert ida.client.get("/konsol/forbindelser/nowhere").status_code == 404
    assert "data-setting" not in ida.get(SHARED) and "data-setting" in finn.get(SHARED)
    assert "data-setting" not in finn.get(OURS)
    assert {state_of(world, name) for name in ("eoj-fjordby", "eoj-skovby", "gp-torvet")} == {"active"}
    assert audited(world) == []


def test_support_sees_and_changes_nothing(world: ConsoleWorld) -> None:
    page = world.administrator(R.SUPPORT).get(OURS)
    assert "data-setting" in page and 'data-testid="pause"' not in page and 'data-testid="try"' not in page


def test_a_trial_stops_at_the_step_that_fails_and_says_what_to_do(world: ConsoleWorld) -> None:
    answer = world.administrator(R.INTEGRATION).post(f"{OURS}/proev")
    page = answer.get_data(as_text=True)
    assert answer.status_code == 200
    assert 'data-step="settings" data-code=""' in page and 'data-step="port" data-code="refused"' in page
    assert "Serveren afviser port 1." in page and "Bed om en åbning i firewallen fra vores adresse 127.0.0.1." in page
    assert [what for what, _why in audited(world)] == ["connections try eoj-fjordby"]


def test_a_trial_of_settings_that_cannot_be_used_says_so(world: ConsoleWorld) -> None:
    known = dict(world.gateway.connections.history("eoj-skovby")[0].config)
    world.connect("eoj-skovby", "eoj", "smart_fhir", KOMMUNE_B, known | {"client_key": "env:NOT_ON_THIS_MACHINE"})
    answer = world.administrator(R.INTEGRATION, tenant=KOMMUNE_B).post(f"{THEIRS}/proev")
    page = answer.get_data(as_text=True)
    assert 'data-step="settings" data-code="cannot-be-built-here"' in page and "NOT_ON_THIS_MACHINE" not in page
