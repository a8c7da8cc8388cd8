"""``laegebro providers``: every register by its content, its age, what it changed, and the way back."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from gateway.cli import app
from gateway.domain.identifiers import Cpr, Ydernummer
from gateway.store.migrations.creation import create_schema
from gateway.wiring import Gateway
from tests.support.clinic_world import settings_in
from tests.support.processes.relaying import environment_of
from tests.unit.masterdata import register_files, sikrede_files, sor_files

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


def written(folder: Path, name: str, data: bytes) -> Path:
    file = folder / name
    file.write_bytes(data)
    return file


def yderregister(folder: Path, day: int, name: str) -> Path:
    head = register_files.start(f"202603{day:02d}", f"202603{day:02d}070000000000")
    return written(folder, f"a{day}", register_files.register([register_files.yder(name=name)], head=head))


def test_each_register_is_known_by_its_content(laegebro: Command, gateway: Gateway, tmp_path: Path) -> None:
    files = {
        "practices": yderregister(tmp_path, 1, "Lægerne Havnen"),
        "units": written(tmp_path, "b", sor_files.tree(sor_files.practice("034835"))),
        "citizens": written(tmp_path, "c", sikrede_files.register([sikrede_files.insured()])),
    }
    for what, file in files.items():
        done = laegebro("providers", "import", file)
        assert done.exit_code == 0 and what in done.output, done.output
    today = gateway.clock.now().date()
    assert gateway.sor.unit_of(Ydernummer("034835"), today) is not None
    assert gateway.insured.find_insured(Cpr(sikrede_files.PERSONS[0]))[1] is not None


def test_a_stranger_an_older_and_a_doubled_file_are_refused_without_a_number(laegebro: Command, tmp_path: Path) -> None:
    laegebro("providers", "import", yderregister(tmp_path, 2, "Lægerne Havnen"))
    twice = sikrede_files.register([sikrede_files.insured(), sikrede_files.insured()])
    for file, why in {
        written(tmp_path, "stranger", b"a letter"): "interface",
        yderregister(tmp_path, 1, "Gammel"): "newer",
        written(tmp_path, "twice", twice): "listed-twice",
    }.items():
        refused = laegebro("providers", "import", file)
        assert refused.exit_code == 1 and "nothing changed" in refused.output and why in refused.output
        assert sikrede_files.PERSONS[0] not in refused.output


def test_status_shows_age_and_alarms_when_a_register_is_too_old(laegebro: Command, tmp_path: Path) -> None:
    empty = laegebro("providers", "status")
    assert empty.exit_code == 0 and empty.output.count("never imported") == 3
    laegebro("providers", "import", yderregister(tmp_path, 1, "Lægerne Havnen"))
    old = laegebro("providers", "status")
    assert old.exit_code == 3 and "TOO OLD" in old.output and "2026-03-01" in old.output


def test_a_diff_names_what_changed_and_a_rollback_undoes_it(
    laegebro: Command, gateway: Gateway, tmp_path: Path
) -> None:
    assert laegebro("providers", "rollback").exit_code == 1
    laegebro("providers", "import", yderregister(tmp_path, 1, "Gammelt navn"))
    laegebro("providers", "import", yderregister(tmp_path, 2, "Nyt navn"))
    told = laegebro("providers", "diff")
    assert "changed" in told.output and "034835" in told.output and "Nyt navn" in told.output
    assert "2026-03-01" in laegebro("providers", "rollback").output
    found = gateway.providers.find(Ydernummer("034835"), gateway.clock.now().date())
    assert found is not None and found.name == "Gammelt navn"
    assert laegebro("providers", "diff").output.strip() == ""


def test_the_other_registers_are_compared_and_undone_by_name(laegebro: Command, tmp_path: Path) -> None:
    for day in (1, 2):
        laegebro(
            "providers",
            "import",
            written(tmp_path, f"s{day}", sor_files.tree(sor_files.practice(), f"2026-11-{day:02d}")),
        )
        head = sikrede_files.start(f"202611{day:02d}", f"202611{day:02d}050000000000")
        own = "019062" if day == 1 else "034835"
        file = sikrede_files.register([sikrede_files.insured(own=own)], head=head)
        laegebro("providers", "import", written(tmp_path, f"i{day}", file))
    assert "0 added, 1 changed, 0 closed" in laegebro("providers", "diff", "--register", "sikrede").output
    for register in ("sor", "sikrede"):
        assert laegebro("providers", "rollback", "--register", register).exit_code == 0
        assert laegebro("providers", "rollback", "--register", register).exit_code == 1
    assert laegebro("providers", "rollback", "--register", "other").exit_code == 2
