"""The files for several machines: no container engine runs them here, so each line is held against what it speaks of:
our settings and commands, the programs themselves, and the other files."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator, Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.testing import CliRunner

from gateway import settings
from gateway.cli import app
from gateway.settings import CONFIG, Settings
from simulators.demo.broker import redis_command
from simulators.demo.processes import Process, free_port
from tests.integration.installing.test_init import ANSWERS, init
from tests.support.deployed import nginx
from tests.support.processes.several import NAMED, PROCESSES, certificate, rendered
from video.settings import MediaSettings

FOLDER = CONFIG / "deploy" / "several-machines"
COMPOSE: dict[str, Any] = yaml.safe_load((FOLDER / "compose.yml").read_text(encoding="utf-8"))
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
OURS = {name: service for name, service in SERVICES.items() if service["image"] == "laegebro"}
ONCE = {"migrator"}
TOLD = {"LAEGEBRO_HOST": NAMED, "MEDIA_ADDRESS": "192.0.2.10", "TURN_ADDRESS": "192.0.2.11"}
# Of the Compose Specification (services, deploy), what these files use: another is a slip or wants to be looked up.
WORDS = {
    "cap_drop", "command", "configs", "depends_on", "deploy", "environment", "healthcheck", "image", "init", "logging",
    "networks", "ports", "read_only", "restart", "secrets", "security_opt", "shm_size", "stop_grace_period",
    "stop_signal", "sysctls", "tmpfs", "user", "volumes",
}  # fmt: skip
EVERY = pytest.mark.parametrize("name", SERVICES)


def filled(text: str) -> str:
    """With the variables that the file names; one without a value here is an empty text, as Compose has it."""

    def one(found: re.Match[str]) -> str:
        return TOLD.get(found[1], (found[3] or "") if found[2] == ":-" else "")

    return re.sub(r"\$\{(\w+)(?:(:-|:\?)([^}]*))?\}", one, text)


def source(each: str | Mapping[str, str]) -> str:
    return each if isinstance(each, str) else each["source"]


def target(each: str | Mapping[str, str]) -> str:
    found = each if isinstance(each, str) else each["target"]
    return found if found.startswith("/") else f"/run/secrets/{found}"


@EVERY
def test_a_service_is_hardened_limited_and_asked_whether_it_is_well(name: str) -> None:
    service = SERVICES[name]
    assert set(service) <= WORDS, "a word that nobody here knows"
    assert service["read_only"] is True and service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert re.fullmatch(r"[1-9]\d*:[1-9]\d*", service["user"]), "nobody is root"
    assert set(service["deploy"]["resources"]["limits"]) == {"cpus", "memory", "pids"}
    assert service["restart"] == ("no" if name in ONCE else "unless-stopped")
    assert service["healthcheck"] == {"disable": True} if name in ONCE else service["healthcheck"]["test"][0] == "CMD"
    assert "." not in service["image"].partition("/")[0].partition(":")[0], "no registry is named"


@EVERY
def test_what_a_service_names_is_declared(name: str) -> None:
    service = SERVICES[name]
    for kind in ("secrets", "configs", "networks"):
        assert {source(each) for each in service.get(kind, ())} <= set(COMPOSE[kind]), kind
    assert {each.partition(":")[0] for each in service.get("volumes", ())} <= set(COMPOSE["volumes"])
    needs = service.get("depends_on", {})
    assert set(needs) <= set(SERVICES)
    for other, said in needs.items() if isinstance(needs, dict) else ():
        ends = said["condition"] == "service_completed_successfully"
        assert ends is (other in ONCE) and (ends or said["condition"] == "service_healthy")


@pytest.mark.parametrize("kind", ["secrets", "configs", "volumes", "networks"])
def test_what_is_declared_is_used(kind: str) -> None:
    used = {source(each).partition(":")[0] for service in SERVICES.values() for each in service.get(kind, ())}
    assert used == set(COMPOSE[kind])


def test_there_are_two_of_each_process_and_everybody_waits_for_the_schema() -> None:
    commands = [tuple(service["command"]) for name, service in OURS.items() if name not in ONCE]
    assert {commands.count(command) for command in commands} == {2} and len(set(commands)) == 5
    for name, service in OURS.items():
        holds_data = "secrets" in service and "pgpass" in {source(each) for each in service["secrets"]}
        assert name in ONCE or not holds_data or "migrator" in service["depends_on"]


@pytest.mark.parametrize("name", OURS)
def test_a_command_is_one_of_the_product(name: str) -> None:
    match OURS[name]["command"]:
        case ["python", "-m", module]:
            found = find_spec(module)
            assert found and (not found.submodule_search_locations or find_spec(f"{module}.__main__"))
        case ["gunicorn", "--config", config, place]:
            assert find_spec(config.removeprefix("python:")) and find_spec(place.partition(":")[0])
        case ["laegebro", *words]:
            assert CliRunner().invoke(app, [*words, "--help"]).exit_code == 0
        case other:
            pytest.fail(f"nobody knows {other}")


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What ``laegebro init`` makes, as docs/operating.md has it."""
    folder = tmp_path_factory.mktemp("several") / "laegebro"
    answers = ANSWERS | {"public_url": f"https://{NAMED}", "media_url": f"https://media-1.{NAMED}"}
    done = init(folder, **answers, database_host="postgres:5432", redis_url="rediss://redis:6379/0")
    assert done.exit_code == 0, done.output
    return folder


@pytest.mark.parametrize("name", OURS)
def test_a_service_of_ours_starts_with_its_variables(name: str, installed: Path) -> None:
    service = OURS[name]
    told = {key: filled(value) for key, value in service.get("environment", {}).items()}
    here = {key: value.replace("/etc/laegebro", str(installed)) for key, value in told.items()}
    mounted = {target(each) for kind in ("secrets", "configs") for each in service.get(kind, ())}
    if service["command"][-1].startswith("video"):
        names = {f"LAEGEBRO_MEDIA_{field.upper()}" for field in MediaSettings.__dataclass_fields__}
        assert set(told) <= names | {f"{each}_FILE" for each in names}
        media = MediaSettings.from_environment(here)
        assert f"media-{name[-1]}.{NAMED}" in media.signal_url and media.turn_secret
        files = {value for key, value in told.items() if key.endswith("_FILE")}
    else:
        listening = {"CONFIG", "WEB_LISTEN", "LIVE_LISTEN", "METRICS_LISTEN"}
        known = {field.upper() for field in Settings.model_fields} | listening
        assert {key.removeprefix("LAEGEBRO_") for key in told} <= known
        loaded = settings.load(environ=here)
        assert loaded.environment == "production" and all(map(loaded.is_media_origin, loaded.media_url_list))
        files = set(re.findall(r"/etc/laegebro/[\w./-]+", " ".join(told.values())))
        own = (loaded.data_key, loaded.index_key, loaded.media_secret, loaded.client_key)
        files |= {each.removeprefix("file:").replace(str(installed), "/etc/laegebro") for each in own}
    assert files <= mounted, "a file that is named and not given to the container"


def test_the_files_of_init_are_those_that_compose_reads(installed: Path) -> None:
    folder = "${LAEGEBRO_DIR:-/etc/laegebro}/"
    named = {each["file"].removeprefix(folder) for kind in ("secrets", "configs") for each in COMPOSE[kind].values()}
    own = {"ca.pem", "./nginx.conf", "secrets/fullchain.pem", "secrets/privkey.pem", "secrets/postgres"}
    own |= {f"secrets/{name}.{end}" for name in ("postgres", "redis") for end in ("pem", "key")}
    assert {name for name in named - own if not (installed / name).is_file()} == set()
    guide = (CONFIG.parent / "docs" / "operating.md").read_text(encoding="utf-8")
    assert [name for name in own - {"./nginx.conf"} if name not in guide] == [], "the guide says who makes them"


def listening(name: str) -> str:
    """The port on which a process of ours takes requests."""
    told = OURS[name]["environment"]
    addresses = [told[key] for key in ("LAEGEBRO_WEB_LISTEN", "LAEGEBRO_LIVE_LISTEN") if key in told]
    return str(addresses[0].partition(":")[2] if addresses else told["LAEGEBRO_MEDIA_PORT"])


def test_the_proxy_leads_to_every_process_that_takes_requests() -> None:
    text = (FOLDER / "nginx.conf").read_text(encoding="utf-8")
    led = set(re.findall(r"^\s+(?:upstream media-\d \{ )?server ([\w-]+):(\d+)", text, re.M))
    assert led == {(name, listening(name)) for name in PROCESSES}
    assert {name for name, _ in led} == {name for name in OURS if name.startswith(("web", "live", "media"))}
    told = OURS["media-1"]["environment"]["LAEGEBRO_MEDIA_STATE_URL"]
    assert told == "http://nginx:8080/internal/rooms" and "listen 8080;" in text
    assert all("8080" not in port for port in SERVICES["nginx"]["ports"]), "heartbeats come from inside only"
    media = [name for name in OURS if name.startswith("media")]
    for name in media:
        assert filled(OURS[name]["environment"]["LAEGEBRO_MEDIA_SIGNAL_URL"]) == f"https://{name}.{NAMED}"
        assert f"{name}.{NAMED} {name};" in text
    for name in PROCESSES:
        assert "ipv4_address" in OURS[name]["networks"]["inside"], "nginx asks for an address once"
    files = {target(each) for kind in ("secrets", "configs") for each in SERVICES["nginx"][kind]}
    assert set(re.findall(r"ssl_certificate(?:_key)? (\S+);", text)) | {"/etc/nginx/nginx.conf"} == files


@pytest.mark.parametrize("name", [name for name in SERVICES if name not in ONCE])
def test_the_question_after_its_health_goes_where_the_service_listens(name: str) -> None:
    asked = " ".join(SERVICES[name]["healthcheck"]["test"])
    if name in PROCESSES:
        assert f"http://127.0.0.1:{listening(name)}/health/ready" in asked
    elif name in OURS:
        port = OURS[name]["environment"]["LAEGEBRO_METRICS_LISTEN"].partition(":")[2]
        assert f"http://127.0.0.1:{port}/health/ready" in asked


def test_real_nginx_takes_the_file(tmp_path: Path) -> None:
    certificate(tmp_path)
    ports = {name: free_port() for name in (*PROCESSES, "https", "http", "inside", "keys")}
    (tmp_path / "nginx.conf").write_text(rendered(tmp_path, ports), encoding="utf-8")
    done = subprocess.run([str(nginx()), "-t", "-c", str(tmp_path / "nginx.conf")], capture_output=True, text=True)
    assert done.returncode == 0 and "[warn]" not in done.stderr, done.stderr


@pytest.fixture
def redis(tmp_path: Path) -> Iterator[int]:
    """A real one with the service's own options, on this machine's port and with a certificate of the test's."""
    chain, key = certificate(tmp_path)
    port = free_port()
    here = {"6379": str(port), "/run/secrets/redis_certificate": str(chain), "/run/secrets/redis_key": str(key)}
    options = [here.get(word, word) for word in SERVICES["redis"]["command"][1:]]
    process = Process("redis", [redis_command(0, tmp_path)[0], *options], {}, tmp_path / "redis.log", port=port)
    process.start()
    yield port
    process.stop()


def test_redis_is_reached_encrypted_by_the_address_that_the_services_are_told(redis: int, tmp_path: Path) -> None:
    from redis import Redis

    told = OURS["worker-1"]["environment"]["LAEGEBRO_REDIS_URL"]
    url = told.replace("redis:6379", f"localhost:{redis}").replace("/etc/laegebro/ca.pem", str(tmp_path / "chain.pem"))
    with Redis.from_url(url, ssl_check_hostname=False) as client:
        assert client.ping()


def test_the_image_installs_what_the_lock_names_and_runs_as_nobody() -> None:
    lines = (FOLDER / "Dockerfile").read_text(encoding="utf-8").replace("\\\n", " ").splitlines()
    assert [line for line in lines if line.startswith("FROM ")][-1] == "FROM python:3.11-slim"
    assert any("--require-hashes" in line and "requirements.lock" in line for line in lines)
    users = [line.split()[1] for line in lines if line.startswith("USER ")]
    assert users == ["10001:10001"] and {service["user"] for service in OURS.values()} == set(users)
    installs = [line for line in lines if "pip install" in line]
    assert all("--require-hashes" in line or "--no-deps" in line for line in installs)
