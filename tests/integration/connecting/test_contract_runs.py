"""The contract tried on a connection to a test system: asked for once, carried out by a process of the relay's, over
when that process dies, and told without secrets (AD20)."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from gateway.certify.connected.asking import ask, obstacle
from gateway.certify.connected.telling import report_of
from gateway.certify.reporting.report import as_html
from gateway.certify.video.vdx import vdx_system
from gateway.domain.errors import InvalidField
from gateway.domain.peers.contract_run import SILENT, ContractRun, ContractState, Obstacle, Verdict
from gateway.domain.records import Signature
from gateway.domain.scope import SystemScope
from gateway.store.ground.engine import transaction
from gateway.store.ground.tables_audit import audit
from gateway.store.peers.connections import Stanza
from gateway.wiring import Gateway
from tests.support.clinic_world import settings_in
from tests.support.processes.relaying import environment_of, until
from workers import contract_runs

S = ContractState
on_sqlite = pytest.mark.parametrize("store_url", ["sqlite"], indirect=True)
RELAY = """
from gateway import settings
from gateway.wiring import Gateway
from workers import contract_runs
contract_runs.run_due(Gateway(settings.load()))
"""


@pytest.fixture(scope="module")
def vdx() -> Iterator[tuple[str, str]]:
    with vdx_system() as made:
        yield made


@pytest.fixture
def gateway(store_url: str, tmp_path: Path, vdx: tuple[str, str], monkeypatch: pytest.MonkeyPatch) -> Iterator[Gateway]:
    """With a connection to a keeper of rooms; what it starts finds the same settings."""
    address, secret = vdx
    (tmp_path / "vdx-secret").write_text(secret)
    made = Gateway(settings_in(tmp_path, store_url, "redis://127.0.0.1:1/0"))
    for name, value in environment_of(made.settings).items():
        monkeypatch.setenv(name, value)
    config = {
        "base_url": address,
        "token_url": f"{address}/auth/token",
        "client_id": "laegebro",
        "client_secret": f"file:{tmp_path / 'vdx-secret'}",
        "token_endpoint_auth_method": "client_secret_post",
        "practices": ["034835"],
        "links": [address],
        "label": "Videorum",
    }
    connect(made, config)
    yield made
    made.engine.dispose()


def connect(gateway: Gateway, config: dict[str, object], *, synthetic: bool = True) -> None:
    stanza = Stanza("vdx", "video", "vdx", None, config, synthetic=synthetic)
    gateway.connections.apply(stanza, "test", "test", gateway.clock.now())


def asked(gateway: Gateway, by: str = "Finn") -> ContractRun:
    return ask(gateway.signed(Signature("finn", "connections certify", channel="console")), "vdx", by)


def rows_of_the_trail(gateway: Gateway) -> list[str]:
    with transaction(gateway.engine, SystemScope(), read_only=True) as connection:
        return [what for (what,) in connection.execute(select(audit.c.what)) if what.startswith("connections certify")]


def test_two_presses_are_one_run_and_its_report_holds_no_secret(gateway: Gateway, vdx: tuple[str, str]) -> None:
    first, again = asked(gateway), asked(gateway, "Ida")
    assert again.id == first.id and rows_of_the_trail(gateway) == ["connections certify vdx"]
    assert contract_runs.run_due(gateway)
    run = gateway.contract_runs.find(first.id)
    assert (run.state, run.by, run.promises, run.tried, run.kept, run.trying) == (S.DONE, "Finn", 7, 7, 7, "")
    assert run.holds and gateway.contract_runs.last() == {"vdx": run}
    assert {each.verdict for each in gateway.contract_runs.verdicts(run.id)} == {Verdict.KEPT}
    html = as_html(report_of(gateway, run))
    assert "Every promise holds: 7 kept" in html and "Et lukket rum er væk" in html and "vdx, revision 1" in html
    assert "/videoapi" in html or "POST" in html, "what passed is shown"
    assert vdx[1] not in html
    assert not contract_runs.run_due(gateway)
    assert asked(gateway).id != first.id, "another one may be asked for"


@on_sqlite
def test_a_killed_process_leaves_an_interrupted_run_that_may_be_asked_for_again(gateway: Gateway) -> None:
    run = asked(gateway)
    relay = subprocess.Popen([sys.executable, "-c", RELAY])
    until("it is under way", lambda: gateway.contract_runs.find(run.id).tried >= 1)
    (child,) = children(relay.pid)
    os.kill(child, signal.SIGKILL)
    relay.wait(60)
    over = gateway.contract_runs.find(run.id)
    assert (over.state, over.is_open) == (S.INTERRUPTED, False) and gateway.contract_runs.last() == {}
    assert asked(gateway).state is S.ASKED


@on_sqlite
def test_a_run_ends_with_the_relay_that_started_it(gateway: Gateway) -> None:
    run = asked(gateway)
    relay = subprocess.Popen([sys.executable, "-c", RELAY])
    until("it is under way", lambda: gateway.contract_runs.find(run.id).tried >= 1)
    (child,) = children(relay.pid)
    relay.kill()
    relay.wait(60)
    until("its process is gone", lambda: not is_alive(child))
    before = gateway.contract_runs.find(run.id)
    assert before.state is S.RUNNING, "nobody was left to say so"
    later = gateway.clock.now() + SILENT + timedelta(seconds=1)
    assert gateway.contract_runs.interrupt_silent(later) == 1
    assert asked(gateway).id != run.id


def children(pid: int) -> list[int]:
    return [int(each) for each in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def is_alive(pid: int) -> bool:
    try:
        return "\nState:\tZ" not in Path(f"/proc/{pid}/status").read_text()
    except FileNotFoundError:
        return False


@on_sqlite
def test_what_cannot_begin_says_why(gateway: Gateway) -> None:
    present = gateway.connections.present("vdx")
    assert present is not None
    connect(gateway, {**present.config, "base_url": "http://127.0.0.1:1"})
    run = asked(gateway)
    assert contract_runs.run_due(gateway)
    told = gateway.contract_runs.find(run.id)
    assert told.state is S.FAILED and "nobody listens at 127.0.0.1:1" in told.fault and told.revision == 2


@on_sqlite
def test_what_is_no_test_system_of_its_own_is_refused(gateway: Gateway) -> None:
    present = gateway.connections.present("vdx")
    assert present is not None and obstacle("video", present) is None
    assert obstacle("gp_system", present) is Obstacle.NO_ADDRESS and obstacle("identity", present) is not None
    for hands in ("ftp://x.example", "http://me@x.example", "http://x.example/?key=1", "x"):
        with pytest.raises(InvalidField):
            ask(gateway, "vdx", "Finn", hands)
    connect(gateway, dict(present.config), synthetic=False)
    with pytest.raises(InvalidField) as refused:
        ask(gateway, "vdx", "Finn")
    assert refused.value.reason == "real"
