"""Settings: the file, the environment over it, every fault at once, and secrets that are references."""

from __future__ import annotations

import base64
import secrets
import subprocess
import sys
from pathlib import Path

import pytest

from gateway.domain.errors import ConfigFault
from gateway.settings import Settings, load, secret

FILE = """
public_url = "http://gateway.localhost:8000"
live_url = "http://gateway.localhost:8001"
media_url = "http://gateway.localhost:8002"
database_url = "sqlite:///x.db"
redis_url = "redis://127.0.0.1:1/0"
data_key = "env:LAEGEBRO_SECRET_DATA"
index_key = "env:LAEGEBRO_SECRET_INDEX"
media_secret = "env:LAEGEBRO_SECRET_MEDIA"
client_key = "env:LAEGEBRO_SECRET_CLIENT"
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "gateway.toml"
    path.write_text(FILE, encoding="utf-8")
    return path


def test_the_shipped_file_is_complete() -> None:
    settings = load(environ={})
    assert settings.environment == "production"
    assert not [name for name in type(settings).model_fields if "probe" in name], "asking first is no option"


def test_the_environment_overrules_the_file(file: Path) -> None:
    settings = load(file, {"LAEGEBRO_POLL_SECONDS": "7", "LAEGEBRO_ENVIRONMENT": "demo", "POLL_SECONDS": "9"})
    assert (settings.poll_seconds, settings.environment) == (7, "demo")


def test_every_fault_is_reported_at_once_with_its_path(file: Path) -> None:
    broken = {
        "LAEGEBRO_PUBLIC_URL": "gateway.localhost",
        "LAEGEBRO_LEASE_SECONDS": "-1",
        "LAEGEBRO_SESSION_HOURS": "many",
        "LAEGEBRO_ENVIRONMENT": "test",
    }
    with pytest.raises(ConfigFault) as fault:
        load(file, broken)
    assert {line.partition(":")[0] for line in fault.value.faults} == {
        "public_url", "lease_seconds", "session_hours", "environment",
    }  # fmt: skip
    assert "many" not in str(fault.value), "values are not repeated: one might be a secret"


def test_an_unknown_name_in_the_file_is_a_fault(file: Path) -> None:
    file.write_text(FILE + "\nsesion_hours = 3\n", encoding="utf-8")
    with pytest.raises(ConfigFault, match="sesion_hours"):
        load(file, {})


@pytest.mark.parametrize("content", ["not = [toml", ""])
def test_a_file_that_cannot_be_used_says_so(tmp_path: Path, content: str) -> None:
    path = tmp_path / "broken.toml"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(ConfigFault):
        load(path, {})
    with pytest.raises(ConfigFault, match=r"nowhere\.toml"):
        load(tmp_path / "nowhere.toml", {})


def test_a_secret_is_a_reference_and_never_a_value(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("A_SECRET", "hush")
    (tmp_path / "kept").write_text("hush\n", encoding="utf-8")
    assert secret("env:A_SECRET") == secret(f"file:{tmp_path / 'kept'}") == "hush"
    for reference in ("hush", "", "env:NOT_SET_ANYWHERE", f"file:{tmp_path / 'nowhere'}", "vault:hush"):
        with pytest.raises(ConfigFault) as fault:
            secret(reference)
        assert "hush" not in str(fault.value)


@pytest.mark.parametrize("length", [0, 16, 31, 33])
def test_a_key_of_the_wrong_length_stops_the_process(file: Path, monkeypatch: pytest.MonkeyPatch, length: int) -> None:
    monkeypatch.setenv("SHORT_KEY", base64.b64encode(secrets.token_bytes(length)).decode() or "no base64")
    settings: Settings = load(file, {})
    with pytest.raises(ConfigFault):
        settings.key_bytes("env:SHORT_KEY")


ENCRYPTED = {
    "LAEGEBRO_PUBLIC_URL": "https://video.example.dk",
    "LAEGEBRO_LIVE_URL": "https://video.example.dk:8443",
    "LAEGEBRO_MEDIA_URL": "https://media.video.example.dk",
    "LAEGEBRO_REDIS_URL": "rediss://redis.example.dk:6379/0",
    "LAEGEBRO_DATABASE_URL": "postgresql://laegebro@db.example.dk/laegebro?sslmode=verify-full",
}
IN_CLEAR = {
    "public_url": "http://video.example.dk",
    "live_url": "http://video.example.dk",
    "media_url": "http://media.video.example.dk",
    "media_urls": "https://one.example.dk http://two.example.dk",
    "redis_url": "redis://redis.example.dk:6379/0",
    "database_url": "postgresql://laegebro@db.example.dk/laegebro?sslmode=prefer",
}


def test_cookies_are_secure_and_bound_to_the_host_where_the_address_is(file: Path) -> None:
    assert load(file, {}).cookie("laegebro_session") == "laegebro_session"
    encrypted = load(file, ENCRYPTED)
    assert encrypted.secure_cookies and encrypted.cookie("laegebro_session") == "__Host-laegebro_session"


@pytest.mark.parametrize("name", IN_CLEAR)
def test_production_sends_nothing_in_clear_to_another_machine(file: Path, name: str) -> None:
    in_clear = ENCRYPTED | {f"LAEGEBRO_{name.upper()}": IN_CLEAR[name]}
    with pytest.raises(ConfigFault) as fault:
        load(file, in_clear)
    assert [line.partition(":")[0] for line in fault.value.faults] == [name]
    assert load(file, in_clear | {"LAEGEBRO_ENVIRONMENT": "demo"}).environment == "demo"


def test_what_stays_on_this_machine_needs_no_encryption(file: Path) -> None:
    lines = ("postgresql:///laegebro?host=/run/postgresql", "postgresql://laegebro@127.0.0.1/laegebro")
    for line in lines:
        assert load(file, {"LAEGEBRO_DATABASE_URL": line}).database_url == line


def test_the_stream_must_be_where_the_cookie_is_sent(file: Path) -> None:
    with pytest.raises(ConfigFault, match="live_url: must be on the host of public_url"):
        load(file, ENCRYPTED | {"LAEGEBRO_LIVE_URL": "https://live.video.example.dk"})


def test_a_process_with_faulty_settings_does_not_start_and_names_them(file: Path) -> None:
    environment = {"LAEGEBRO_CONFIG": str(file), "LAEGEBRO_LIVE_URL": "x", "LAEGEBRO_QUIET_SECONDS": "0"}
    command = [sys.executable, "-c", "from gateway.cli import main; main()", "upgrade"]
    run = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert run.returncode == 2
    assert "Traceback" not in run.stderr
    assert {line.partition(":")[0] for line in run.stderr.splitlines()} == {"live_url", "quiet_seconds"}


@pytest.mark.parametrize(
    "url", ["media.example.dk", "https://media.example.dk/", "https://*", "https://a.*.dk", "https://a;script-src", "*"]
)
def test_an_address_of_media_processes_is_an_origin_and_nothing_else(file: Path, url: str) -> None:
    with pytest.raises(ConfigFault, match="media_urls"):
        load(file, {"LAEGEBRO_MEDIA_URLS": f"https://media-1.example.dk {url}"})


def test_media_processes_may_register_at_addresses_that_the_settings_cover(file: Path) -> None:
    found = load(file, {"LAEGEBRO_MEDIA_URLS": "https://media-1.example.dk:444 https://*.m.example.dk"})
    told = ("http://gateway.localhost:8002", "https://media-1.example.dk:444", "https://a.b.m.example.dk")
    assert all(found.is_media_origin(url) for url in told)
    refused = ("https://media-1.example.dk", "https://m.example.dk", "https://em.example.dk", "http://a.m.example.dk")
    more = (
        "https://a.m.example.dk:99999",
        "https://a.m.example.dk.evil.dk",
        "https://*.m.example.dk",
        "https://x@a.m.example.dk",
    )
    assert not [url for url in refused + more if found.is_media_origin(url)]
