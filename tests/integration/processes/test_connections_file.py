"""``laegebro connections apply``: what is unknown is refused by its place; a file is applied whole or not at all."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select
from typer.testing import CliRunner, Result

from gateway.cli import app
from gateway.cli.document import Document, read
from gateway.domain.errors import ConfigFault
from gateway.domain.scope import SystemScope
from gateway.store.ground.engine import transaction
from gateway.store.ground.tables_audit import audit
from gateway.wiring import Gateway
from simulators.demo import setup
from tests.support.clinic_world import settings_in
from tests.support.processes.relaying import environment_of

SOUND = """
[[tenant]]
name = "Fjordby Kommune"
cvr = "99110007"
type = "municipality"
synthetic = true
[tenant.settings]
review_minutes = 15
roles = [["Sygeplejerske", "licensed"]]
[[tenant.workplace]]
name = "Hjemmesygeplejen"

[[clinic]]
name = "Lægerne Torvet"
ydernumre = ["034835"]
synthetic = true

[[connection]]
name = "waiting-room"
kind = "gp_system"
adapter = "browser"
serves = { default = true }

[[practice]]
ydernummer = "34835"
routes = ["waiting-room"]
hours = { monday = ["08:00-12:00", "13:00-15:00"] }
"""
# What stands in the file instead of a part of the sound one → the place that the fault names.
FAULTS = {
    ("[[connection]]", "[[conection]]"): "conection: is not a key of this table",
    ("synthetic = true\n[tenant", "syntetic = true\n[tenant"): "tenant.Fjordby Kommune.syntetic: is not a key",
    ("review_minutes", "review_minuts"): "tenant.Fjordby Kommune.settings.review_minuts: is not a key",
    ("review_minutes = 15", "review_minutes = 241"): "tenant.Fjordby Kommune.settings.review_minutes:",
    ('"licensed"', '"nurse"'): "tenant.Fjordby Kommune.settings.roles.1.2:",
    ('type = "municipality"', 'type = "kommune"'): "tenant.Fjordby Kommune.type:",
    ('cvr = "99110007"', 'cvr = "9911000"'): "tenant.Fjordby Kommune.cvr: is not a valid Cvr",
    ('name = "Hjemmesygeplejen"', 'navn = "Hjemmesygeplejen"'): "tenant.Fjordby Kommune.workplace.1.",
    ('["034835"]', '["hest"]'): "clinic.Lægerne Torvet.ydernumre.1: is not a valid Ydernummer",
    ('kind = "gp_system"', 'kind = "gp"'): "connection.waiting-room.kind:",
    ('adapter = "browser"', 'adapter = "browsr"'): "connection.waiting-room.adapter: no gp_system adapter",
    ("default = true", "defualt = true"): "connection.waiting-room.serves.defualt: is not a key",
    (
        'adapter = "browser"',
        'adapter = "browser"\ntenant = "99110015"',
    ): "connection.waiting-room.tenant: no [[tenant]]",
    ('adapter = "browser"', 'adapter = "browser"\nclinic = "Ukendt"'): "connection.waiting-room.clinic: no [[clinic]]",
    (
        'adapter = "browser"',
        'adapter = "browser"\nemployers = ["99220007"]',
    ): "connection.waiting-room.employers: no [[tenant]] has the cvr 99220007",
    (
        'adapter = "browser"',
        'adapter = "browser"\nemployers = ["99110007"]',
    ): "connection.waiting-room.employers: 99110007 and the connection are not both synthetic or both real",
    ('routes = ["waiting-room"]', 'routes = ["waiting"]'): "practice.034835.routes: no [[connection]] is named waiting",
    ("08:00-12:00", "8-12"): "practice.34835.hours.monday.1: write spans as 08:00-15:00",
    ("monday", "mandag"): "practice.34835.hours.mandag: is not a key",
    ("[[practice]]", '[[practice]]\nydernummer = "034835"\n[[practice]]'): "practice.034835: stands twice",
}
Command = Callable[..., Result]


@pytest.fixture
def gateway(tmp_path: Path, store_url: str) -> Iterator[Gateway]:
    made = Gateway(settings_in(tmp_path, store_url, "redis://127.0.0.1:1/0"))
    yield made
    made.engine.dispose()


@pytest.fixture
def laegebro(gateway: Gateway, monkeypatch: pytest.MonkeyPatch) -> Command:
    for name, value in environment_of(gateway.settings).items():
        if name.startswith("LAEGEBRO_"):
            monkeypatch.setenv(name, value)
    monkeypatch.setenv("COLUMNS", "200")
    return lambda *arguments: CliRunner().invoke(app, [str(a) for a in arguments])


def written(tmp_path: Path, text: str) -> Path:
    file = tmp_path / "connections.toml"
    file.write_text(text, encoding="utf-8")
    return file


def audited(gateway: Gateway) -> int:
    with transaction(gateway.engine, SystemScope(), read_only=True) as connection:
        return int(connection.execute(select(func.count()).select_from(audit)).scalar_one())


def holds_nothing(gateway: Gateway) -> bool:
    return not (gateway.organisations.tenants() or gateway.organisations.clinics() or gateway.connections.names())


@pytest.mark.parametrize("change", FAULTS, ids=[place for place in FAULTS.values()])
def test_a_fault_is_named_by_its_place_and_nothing_is_written(
    laegebro: Command, gateway: Gateway, tmp_path: Path, change: tuple[str, str]
) -> None:
    assert change[0] in SOUND
    result = laegebro("connections", "apply", written(tmp_path, SOUND.replace(*change, 1)))
    assert isinstance(result.exception, ConfigFault)
    assert any(FAULTS[change] in line for line in result.exception.faults), result.exception.faults
    assert holds_nothing(gateway)


def test_a_rehearsal_says_what_would_change_and_changes_nothing(
    laegebro: Command, gateway: Gateway, tmp_path: Path
) -> None:
    file = written(tmp_path, SOUND)
    before = audited(gateway)
    said = laegebro("connections", "apply", file, "--dry-run").output
    assert said.splitlines() == [
        "tenant Fjordby Kommune: new",
        "clinic Lægerne Torvet: new",
        "waiting-room: new, revision 1",
        "practice 034835: new",
        "Nothing was changed.",
    ]
    assert holds_nothing(gateway) and audited(gateway) == before
    assert laegebro("connections", "apply", file).exit_code == 0
    assert audited(gateway) > before
    changed = SOUND.replace("review_minutes = 15", "review_minutes = 30").replace("13:00-15:00", "13:00-16:00")
    said = laegebro("connections", "apply", written(tmp_path, changed), "--dry-run").output
    assert said.splitlines()[0] == "tenant Fjordby Kommune: changed settings.review_minutes"
    assert said.splitlines()[1] == "    settings.review_minutes: 15 -> 30"


def test_a_row_the_database_refuses_takes_the_whole_file_with_it(
    laegebro: Command, gateway: Gateway, tmp_path: Path
) -> None:
    """The last stanza's number belongs to another clinic: what stood before it is undone too."""
    laegebro("connections", "apply", written(tmp_path, '[[clinic]]\nname = "Anden"\nydernumre = ["34835"]\n'))
    result = laegebro("connections", "apply", written(tmp_path, SOUND))
    assert isinstance(result.exception, ConfigFault)
    assert gateway.organisations.tenants() == []
    assert [each.name for each in gateway.organisations.clinics()] == ["Anden"]


def test_what_the_demo_applies_is_a_sound_file(tmp_path: Path) -> None:
    """The demo's own stanzas pass the same door."""
    stanza = setup.national_look_up("http://nsp.example", tmp_path)
    assert read(written(tmp_path, stanza)).connection[0].adapter == "dgcpr"


def test_every_table_and_key_is_described() -> None:
    """What a file may say can be printed: it is the schema the guide is written from."""
    schema: dict[str, Any] = Document.model_json_schema()
    assert set(schema["properties"]) == {"tenant", "clinic", "connection", "practice"}
    assert set(tomllib.loads(SOUND)) <= set(schema["properties"])
