"""``laegebro init``: a few answers become an installation whose files every program that reads them accepts."""

from __future__ import annotations

import shutil
import stat
import subprocess
import sys
from pathlib import Path
from zipfile import ZipFile

import pytest
from typer.testing import CliRunner, Result

from gateway import settings
from gateway.cli import app
from gateway.cli.applying import Applier
from gateway.cli.document import read
from gateway.cli.installing.answers import NEEDED, flag
from gateway.domain.errors import ConfigFault
from gateway.starting import require_sound, secrets_of
from gateway.wiring import Gateway
from video.settings import MediaSettings

ROOT = Path(__file__).parents[3]
ANSWERS = {
    "public_url": "https://video.example.dk",
    "media_address": "192.0.2.10",
    "organisation": 'Fjordby "Ø" Kommune',
    "cvr": "99110007",
    "login_issuer": "https://login.example.dk/realms/fjordby",
    "eoj_issuer": "https://eoj.example.dk/fhir",
    "clinic": "Lægerne Torvet",
    "ydernummer": "34835",
    "clinic_login_issuer": "https://login.example.dk/realms/torvet",
    "gp_url": "https://gp.example.dk/fhir",
    "alarm_mail": "drift@example.dk",
    "alarm_smtp": "smtp://mail.example.dk:25",
}
PORTS = "8180,8543,8100,8101,8102,40100,3578,5449,9564"


def init(folder: Path, **answers: str) -> Result:
    options = [part for name, value in answers.items() for part in (flag(name), value)]
    return CliRunner().invoke(app, ["init", str(folder), *options])


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An installation whose certificate is its own."""
    folder = tmp_path_factory.mktemp("etc") / "laegebro"
    chain, key = folder.parent / "chain.pem", folder.parent / "key.pem"
    request = ("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes")
    subject = ("-days", "2", "-subj", "/CN=video.example.dk", "-keyout", str(key), "-out", str(chain))
    subprocess.run([*request, *subject], check=True, capture_output=True)
    done = init(folder, **ANSWERS, ports=PORTS, certificate=str(chain), certificate_key=str(key))
    assert done.exit_code == 0, (done.output, done.exception)
    return folder


def test_the_processes_take_what_was_made(made: Path) -> None:
    loaded = settings.load(made / "gateway.toml", {})
    require_sound(*secrets_of(Gateway(loaded)))
    assert loaded.environment == "production" and loaded.media_url == "https://media.video.example.dk"
    variables = [line.split("=", 1) for line in (made / "media.env").read_text().splitlines() if "=" in line]
    media = MediaSettings.from_environment({name: value for name, value in variables if not name.startswith("#")})
    assert media.ticket_secret.decode() == settings.secret(loaded.media_secret)
    assert media.allowed_origins == {loaded.public_url}


def test_the_connections_are_complete(made: Path, tmp_path: Path, sqlite_template: Path) -> None:
    shutil.copy(sqlite_template, tmp_path / "x.db")
    loaded = settings.load(made / "gateway.toml", {"LAEGEBRO_DATABASE_URL": f"sqlite:///{tmp_path}/x.db"})
    gateway = Gateway(loaded)
    told = Applier(gateway, "test", "test").apply(read(made / "connections.toml"))
    assert all("new" in line for line in told) and len(told) == 8
    assert {one.kind for one in gateway.connections.active()} == {"identity", "eoj", "gp_system"}
    assert [tenant.name for tenant in gateway.organisations.tenants()] == ['Fjordby "Ø" Kommune']
    gateway.engine.dispose()


def test_secrets_are_fresh_and_for_one_account_only(made: Path, tmp_path: Path) -> None:
    private = [*(made / "secrets").iterdir(), made / "secrets", made / "roles.sql", made / "turnserver.conf"]
    assert not [file for file in private if file.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO)]
    again = tmp_path / "again"
    assert init(again, **ANSWERS).exit_code == 0
    for file in (made / "secrets").iterdir():
        assert file.read_bytes() != (again / "secrets" / file.name).read_bytes()
    public = [file for file in made.rglob("*") if file.is_file() and file not in private]
    words = [entry.rpartition(":")[2] for entry in (made / "secrets/pgpass").read_text().split()]
    kept = [*words, *((made / "secrets" / name).read_text().strip() for name in ("data-1", "index", "media", "turn"))]
    assert not [word for word in kept for file in public if word in file.read_text(encoding="utf-8")]


def test_no_template_is_left_unfilled(made: Path) -> None:
    assert not [file for file in made.rglob("*") if file.is_file() and "{{" in file.read_text(encoding="utf-8")]


def test_nothing_is_written_over(made: Path) -> None:
    before = (made / "secrets/index").read_bytes()
    done = init(made, **ANSWERS)
    assert isinstance(done.exception, ConfigFault) and "secrets/index: stands there already" in str(done.exception)
    assert (made / "secrets/index").read_bytes() == before


def test_each_missing_or_wrong_answer_is_named(tmp_path: Path) -> None:
    nothing = init(tmp_path / "a").exception
    assert isinstance(nothing, ConfigFault)
    assert {line.partition(":")[0] for line in nothing.faults} == {flag(name) for name in NEEDED}
    wrong = {
        "public_url": "http://video.example.dk",
        "cvr": "1",
        "ydernummer": "hest",
        "ports": "80",
        "database": "A b",
    }
    told = init(tmp_path / "a", **(ANSWERS | wrong)).exception
    assert isinstance(told, ConfigFault)
    assert {line.partition(":")[0] for line in told.faults} == {flag(name) for name in wrong}
    injected = init(tmp_path / "a", **(ANSWERS | {"account": "x; include /etc"})).exception
    assert isinstance(injected, ConfigFault) and "--account" in str(injected)
    assert not (tmp_path / "a").exists()


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    told = init(tmp_path / "file" / "etc", **ANSWERS).exception
    assert isinstance(told, ConfigFault) and "cannot be written" in str(told)


def test_nginx_takes_its_file(made: Path, tmp_path: Path) -> None:
    text = (
        (made / "nginx.conf")
        .read_text()
        .replace("/run/", f"{tmp_path}/")
        .replace("user www-data;\n", "")
        .replace("/var/log/nginx", str(tmp_path))
    )
    (tmp_path / "nginx.conf").write_text(text)
    done = subprocess.run(
        ["nginx", "-t", "-c", str(tmp_path / "nginx.conf")], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0 and "warn" not in done.stderr, done.stderr


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="a machine without systemd")
def test_systemd_takes_the_units(made: Path) -> None:
    units = sorted(str(unit) for unit in (made / "systemd").glob("*.service"))
    assert len(units) == 6
    done = subprocess.run(["systemd-analyze", "verify", *units], capture_output=True, text=True, check=False)
    assert not [line for line in done.stderr.splitlines() if "laegebro-" in line], done.stderr


def test_gunicorn_takes_its_settings(made: Path) -> None:
    command = [sys.executable, "-m", "gunicorn", "--check-config", "--print-config"]
    settings_of = ["--config", "python:gateway.web.gunicorn_settings", "gateway.web.problems:install"]
    done = subprocess.run([*command, *settings_of], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "worker_class" in done.stdout and "gunicorn_worker.Worker" in done.stdout


def test_the_wheel_holds_the_default_configuration_and_the_templates(tmp_path: Path) -> None:
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
    names = set(ZipFile(next(tmp_path.glob("*.whl"))).namelist())
    ours = [f"gateway/{file.relative_to(ROOT)}" for file in (ROOT / "config").rglob("*") if file.is_file()]
    assert set(ours) <= names and "gateway/config/gateway.toml" in names
