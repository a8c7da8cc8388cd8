"""``laegebro``: the register, connections as versioned rows, one timeline, as an operator uses them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from gateway.cli import app, main
from gateway.domain.errors import ConfigFault
from gateway.domain.scope import SystemScope
from gateway.store.migrations.creation import create_schema
from gateway.wiring import Gateway
from tests.support.clinic_world import settings_in
from tests.support.consultations import PRACTICE, draft, placed
from tests.support.processes.relaying import environment_of

REGISTER = Path(__file__).parents[3] / "simulators" / "registers" / "yderregister-demo.xml"
STANZAS = """
[[tenant]]
name = "Fjordby Kommune"
cvr = "99110007"
type = "municipality"
synthetic = true

[[connection]]
name = "waiting-room"
kind = "gp_system"
adapter = "browser"

[[practice]]
ydernummer = "34835"
routes = ["waiting-room"]
hours = { monday = ["08:00-12:00", "13:00-15:00"] }
"""
FAULTY = """
[[connection]]
name = "gp"
kind = "gp_system"
adapter = "fhir_r4"
settings = { client_idd = "x" }
"""
Command = Callable[..., Result]


@pytest.fixture
def gateway(tmp_path: Path) -> Gateway:
    made = Gateway(settings_in(tmp_path, f"sqlite:///{tmp_path / 'cli.db'}", "redis://127.0.0.1:1/0"))
    create_schema(made.engine)
    return made


@pytest.fixture
def laegebro(gateway: Gateway, monkeypatch: pytest.MonkeyPatch) -> Command:
    for name, value in environment_of(gateway.settings).items():
        if name.startswith("LAEGEBRO_"):
            monkeypatch.setenv(name, value)
    monkeypatch.setenv("COLUMNS", "200")
    return lambda *arguments: CliRunner().invoke(app, [str(a) for a in arguments])


def test_a_practice_is_found_with_and_without_its_zeros(laegebro: Command) -> None:
    assert laegebro("providers", "find", "034835").exit_code == 1, "nothing is imported yet"
    assert laegebro("providers", "import", REGISTER).exit_code == 0
    for number in ("034835", "34835"):
        found = laegebro("providers", "find", number)
        assert found.exit_code == 0
        assert "034835" in found.output
        assert "not connected" in found.output
    assert laegebro("providers", "find", "hest").exit_code == 2


def test_a_damaged_register_changes_nothing(laegebro: Command, tmp_path: Path) -> None:
    laegebro("providers", "import", REGISTER)
    damaged = tmp_path / "damaged.xml"
    damaged.write_bytes(REGISTER.read_bytes()[:-200])
    refused = laegebro("providers", "import", damaged)
    assert refused.exit_code == 1
    assert "nothing changed" in refused.output
    assert laegebro("providers", "find", "034835").exit_code == 0


def test_the_same_file_twice_makes_no_new_revision(laegebro: Command, gateway: Gateway, tmp_path: Path) -> None:
    file = tmp_path / "connections.toml"
    file.write_text(STANZAS, encoding="utf-8")
    laegebro("providers", "import", REGISTER)
    assert "revision 1" in laegebro("connections", "apply", file).output
    again = laegebro("connections", "apply", file).output.splitlines()
    assert len(again) == 3 and all(line.endswith(": unchanged") for line in again)
    assert len(gateway.connections.history("waiting-room")) == 1
    assert "waiting-room" in laegebro("route", "34835").output
    assert laegebro("connections", "pause", "waiting-room", "Opdatering i nat").exit_code == 0
    assert "Opdatering i nat" in laegebro("connections", "history", "waiting-room").output


def test_a_file_with_faults_names_all_of_them_and_writes_nothing(
    laegebro: Command, gateway: Gateway, tmp_path: Path
) -> None:
    file = tmp_path / "connections.toml"
    file.write_text(STANZAS + FAULTY, encoding="utf-8")
    result = laegebro("connections", "apply", file)
    assert isinstance(result.exception, ConfigFault)
    assert any("client_idd" in line for line in result.exception.faults)
    assert any("base_url" in line for line in result.exception.faults)
    assert gateway.connections.active() == []
    assert gateway.organisations.tenants() == []


def test_a_timeline_shows_codes_and_times_and_nobody(laegebro: Command, gateway: Gateway) -> None:
    consultation = gateway.store.commit(placed(draft()))
    for id in (consultation.short_id, consultation.short_id.lower(), str(consultation.id)):
        shown = laegebro("show", id)
        assert shown.exit_code == 0
        assert "placed" in shown.output
        for word in ("2512489996", "Nancy", "Sanne", "åndenød"):
            assert word not in shown.output
    assert laegebro("show", "LB-NONE-9").exit_code == 1


def test_the_demo_refuses_a_production_environment(laegebro: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LAEGEBRO_ENVIRONMENT", "production")
    refused = laegebro("demo", "--once")
    assert refused.exit_code == 2
    assert "refuses" in refused.output + (refused.stderr if refused.stderr_bytes else "")


def test_a_mistake_is_one_line_and_no_traceback(
    laegebro: Command, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    no_toml = tmp_path / "connections.toml"
    no_toml.write_text("this is no TOML", encoding="utf-8")
    mistakes = [(1, "pause", "nobody", "because"), (2, "apply", str(no_toml))]
    for code, *arguments in mistakes:
        monkeypatch.setattr("sys.argv", ["laegebro", "connections", *arguments])
        with pytest.raises(SystemExit) as ended:
            main()
        said = capsys.readouterr()
        assert ended.value.code == code
        assert len(said.err.splitlines()) == 1 and "Traceback" not in said.out + said.err


def test_a_practice_moves_to_another_connection_and_who_waits_goes_along(
    laegebro: Command, gateway: Gateway, tmp_path: Path
) -> None:
    file = tmp_path / "connections.toml"
    browser = 'kind = "gp_system"\nadapter = "browser"\n'
    file.write_text(
        f'[[connection]]\nname = "old"\n{browser}[[connection]]\nname = "new"\n{browser}'
        f'[[connection]]\nname = "rest"\n{browser}[connection.serves]\ndefault = true\n'
    )
    assert laegebro("connections", "apply", file).exit_code == 0
    number = PRACTICE.digits
    assert "rest (by default)" in laegebro("route", number).output
    gateway.practices.set_routes(PRACTICE, ["old"])
    waits = gateway.store.commit(placed(draft(), connections=("old",)))
    moved = laegebro("route", "move", number, "--to", "new")
    assert (moved.exit_code, "old → new; 1 waiting moved" in moved.output) == (0, True), moved.output
    assert gateway.store.load(SystemScope(), waits.id).entries[-1].connections == ("new",)
    assert "0 waiting moved" in laegebro("route", "move", number, "--to", "new").output
    assert "new (by ydernummer)" in laegebro("route", number).output
    assert isinstance(laegebro("route", "move", number, "--to", "nowhere").exception, ConfigFault)


def test_a_mistyped_rule_is_a_fault_of_the_stanza(laegebro: Command, tmp_path: Path) -> None:
    file = tmp_path / "connections.toml"
    file.write_text(
        '[[connection]]\nname = "x"\nkind = "gp_system"\nadapter = "browser"\nserves = { suplier = ["7"] }\n'
    )
    applied = laegebro("connections", "apply", file)
    assert isinstance(applied.exception, ConfigFault) and "x.serves.suplier" in str(applied.exception)
