"""The set-up goes from one environment to another as a file without secrets (AD22)."""

from __future__ import annotations

from pathlib import Path
from uuid import uuid5

import pytest

from gateway.cli.applying import Applier
from gateway.cli.document import read, tenant_id
from gateway.domain.errors import ConfigFault
from gateway.domain.oversight import ConsoleRole
from gateway.domain.records import Signature
from gateway.matters.setup_file import as_toml
from gateway.store.people.organisations import Tenant, Workplace
from tests.support.consultations import KOMMUNE_A
from tests.unit.web.console.console_world import ConsoleWorld

CVR = "29189641"
SETTINGS = {
    "support_name": 'Lokal "support" på Æblevej',
    "roles": [["Sygeplejerske", "licensed"]],
    "review_minutes": 20,
}


@pytest.fixture
def world(tmp_path: Path) -> ConsoleWorld:
    return ConsoleWorld(tmp_path)


def test_ad22_what_is_exported_is_read_in_elsewhere(world: ConsoleWorld, tmp_path: Path) -> None:
    g = world.gateway
    ours = Tenant(tenant_id(CVR), CVR, "Nykommune", "municipality", "0999", False, SETTINGS)
    g.organisations.apply_tenant(ours, [Workplace(uuid5(ours.id, "Nord"), "Nord", "12345678901234", "86101010")])
    config = {"issuer": "https://fhir.example", "client_id": "us", "tenant": str(ours.id), "label": "Journalen"}
    world.connect("eoj-ny", "eoj", "smart_fhir", ours.id, config | {"client_key": "file:/etc/laegebro/hemmelig"})
    file = tmp_path / "set-up.toml"
    file.write_text(as_toml(g, ours.id), encoding="utf-8")
    assert "hemmelig" not in file.read_text() and "# client_key: a secret" in file.read_text()
    document = read(file)
    (tenant,), (connection,) = document.tenant, document.connection
    assert tenant.settings.support_name == SETTINGS["support_name"] and tenant.workplace[0].phone == "86101010"
    assert connection.config == config and connection.owner == ours.id
    elsewhere = Applier(g.signed(Signature("anna", "connections apply")), "anna", "")
    with pytest.raises(ConfigFault, match="client_key"):
        elsewhere.apply(document)
    (secret,) = [line for line in file.read_text().splitlines() if line.startswith("# client_key")]
    file.write_text(file.read_text().replace(secret, f'client_key = "file:{tmp_path / "client_key"}"'))
    said = _said(elsewhere, file)
    assert any(line.startswith("tenant Nykommune: unchanged") for line in said), said


def _said(applier: Applier, file: Path) -> list[str]:
    return applier.apply(read(file), keep=False)


def test_ad22_each_administrator_gets_her_own_set_up(world: ConsoleWorld) -> None:
    address = "/konsol/miljoe/opsaetning.toml"
    ours = world.administrator(ConsoleRole.INTEGRATION, tenant=KOMMUNE_A).get(address)
    assert "eoj-fjordby" in ours and "eoj-skovby" not in ours and "gp-torvet" not in ours
    shared = world.administrator(ConsoleRole.OPERATOR, tenant=None).get(address)
    assert "gp-torvet" in shared and "eoj-fjordby" not in shared


def test_ad22_a_file_points_no_test_connection_at_production(tmp_path: Path) -> None:
    g = ConsoleWorld(tmp_path, production_hosts="journal.real.example").gateway
    file = tmp_path / "set-up.toml"
    file.write_text(
        '[[connection]]\nname = "eoj-proeve"\nkind = "eoj"\nadapter = "smart_fhir"\nsynthetic = true\n'
        '[connection.settings]\nissuer = "https://journal.real.example/fhir"\nclient_id = "us"\n'
        f'client_key = "file:{tmp_path / "client_key"}"\n'
    )
    with pytest.raises(ConfigFault, match=r"issuer: journal\.real\.example is a host of production"):
        Applier(g.signed(Signature("anna", "connections apply")), "anna", "").apply(read(file))
