"""``laegebro check`` names each planted fault in a line of its own, with what to do; what is well has no fault."""

from __future__ import annotations

import base64
import secrets
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import update

from gateway.cli.checking.command import Part, findings, of_addresses, of_media, of_rows, of_servers
from gateway.cli.checking.media import environment_findings
from gateway.cli.checking.secrets import certificates, secrets_findings, today
from gateway.cli.checking.servers import database_findings, host_findings
from gateway.cli.opening import reading
from gateway.domain.alarm import Host
from gateway.domain.room import Heartbeat, NodeState
from gateway.domain.scope import SystemScope
from gateway.store.ground.engine import db_now, transaction
from gateway.store.people.tables_rooms import media_process
from simulators.demo.processes import Process, free_port, python
from tests.support.processes.checked import HOUSE, Installation, Public, certificate, installation, public_side
from tests.support.processes.relaying import environment_of, real_redis

MEDIA_SECRET = secrets.token_urlsafe(32)


@pytest.fixture(scope="module")
def redis_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with real_redis(tmp_path_factory.mktemp("redis")) as (_, url):
        yield url


@pytest.fixture(scope="module")
def public() -> Iterator[Public]:
    with public_side() as served:
        yield served


@pytest.fixture(scope="module")
def media_urls(public: Public, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, str]]:
    """Two media processes that let pages of the public side in; the second's UDP packets come to nobody."""
    folder = tmp_path_factory.mktemp("media")
    both = [_media(public, folder, "media-1"), _media(public, folder, "media-2", ANNOUNCED="127.0.0.1=127.0.0.9")]
    for process in both:
        process.launch()
    for process in both:
        process.wait_until_up()
    yield f"http://127.0.0.1:{both[0].port}", f"http://127.0.0.1:{both[1].port}"
    for process in both:
        process.stop()


def _media(public: Public, folder: Path, name: str, **more: str) -> Process:
    port = free_port()
    environment = {
        "LAEGEBRO_MEDIA_NAME": name,
        "LAEGEBRO_MEDIA_PORT": str(port),
        "LAEGEBRO_MEDIA_ADDRESSES": "127.0.0.1",
        "LAEGEBRO_MEDIA_TICKET_SECRET": MEDIA_SECRET,
        "LAEGEBRO_MEDIA_ALLOWED_ORIGINS": public.address,
    } | {f"LAEGEBRO_MEDIA_{key}": value for key, value in more.items()}
    return Process(name, python("-m", "video"), environment, folder / f"{name}.log", port=port)


@pytest.fixture
def sound(
    tmp_path: Path, sqlite_template: Path, redis_url: str, public: Public, media_urls: tuple[str, str]
) -> Iterator[Installation]:
    database = tmp_path / "laegebro.db"
    database.write_bytes(sqlite_template.read_bytes())
    public.keeps_back = False
    made = installation(tmp_path, f"sqlite:///{database}", redis_url, public, media_urls[0])
    made.set(media_urls=media_urls[1])
    _heard(made, "media-1", "")
    (tmp_path / "media_secret").write_text(MEDIA_SECRET, encoding="utf-8")
    yield made
    made.gateway.engine.dispose()


def test_where_all_is_well_there_is_no_fault(sound: Installation) -> None:
    found = sound.findings()
    assert [each for each in found if each.fault] == []
    tried = {each.what for each in found}
    assert {
        "database: keys",
        "media_url: UDP port",
        f"media process media-1 at {sound.settings.media_url}",
        "live_url: events arrive at once",
        "connection login: metadata",
    } <= tried


def _write(sound: Installation, name: str, content: str) -> str:
    file = sound.folder / name
    file.write_text(content, encoding="utf-8")
    file.chmod(0o600)
    return f"file:{file}"


def _short_key(sound: Installation) -> None:
    sound.set(index_key=_write(sound, "short", base64.b64encode(b"short").decode()))


def _no_key(sound: Installation) -> None:
    sound.set(data_key=f"file:{sound.folder}/nowhere")


def _weak_media_secret(sound: Installation) -> None:
    sound.set(media_secret=_write(sound, "weak", "weak"))


def _public_key_for_private(sound: Installation) -> None:
    sound.set(client_key=_write(sound, "public.pem", certificate(timedelta(0), timedelta(1)).decode()))


def _for_everybody_to_read(sound: Installation) -> None:
    (sound.folder / "data_key").chmod(0o644)


def _one_key_for_all(sound: Installation) -> None:
    sound.set(index_key=sound.settings.data_key)


def _redis_away(sound: Installation) -> None:
    sound.set(redis_url=f"redis://127.0.0.1:{free_port()}/0")


def _nobody_told(sound: Installation) -> None:
    sound.set(alarm_webhooks="")


def _webhook_closed(sound: Installation) -> None:
    sound.set(alarm_webhooks=f"http://127.0.0.1:{free_port()}/hook")


def _mail_server_away(sound: Installation) -> None:
    sound.set(alarm_smtp=f"smtp://127.0.0.1:{free_port()}", alarm_mail_from="a@b.example", alarm_mail_to="a@b.example")


def _no_such_folder(sound: Installation) -> None:
    sound.set(database_url=f"sqlite:///{sound.folder}/nowhere/x.db")


def _nothing_connected(sound: Installation) -> None:
    for name in ("login", "login-clinic", "waiting-room"):
        sound.gateway.connections.retire(name, "test", "test", sound.gateway.clock.now())


def _clinic_without_login(sound: Installation) -> None:
    sound.gateway.connections.retire("login-clinic", "test", "test", sound.gateway.clock.now())


def _organisation_without_door(sound: Installation) -> None:
    sound.gateway.connections.retire("login", "test", "test", sound.gateway.clock.now())


def _practice_unreached(sound: Installation) -> None:
    sound.gateway.connections.retire("waiting-room", "test", "test", sound.gateway.clock.now())


def _practice_not_in_the_register(sound: Installation) -> None:
    sound.apply(HOUSE.format(port=sound.public.port).replace("034835", "099998"))


def _practice_claimed_twice(sound: Installation) -> None:
    serves = 'adapter = "browser"\nserves = { default = true }'
    house = HOUSE.format(port=sound.public.port).replace('routes = ["waiting-room"]\n', "routes = []\n")
    another = house.partition('[[connection]]\nname = "waiting-room"')[2].partition("[[practice]]")[0]
    both = house.replace("[[practice]]", f'[[connection]]\nname = "another"{another}[[practice]]')
    sound.apply(both.replace('adapter = "browser"', serves))


def _peer_closed(sound: Installation) -> None:
    sound.apply(HOUSE.format(port=free_port()))


def _peer_speaks_otherwise(sound: Installation) -> None:
    sound.public.answers["/login/.well-known/openid-configuration"] = (200, {"issuer": "https://elsewhere.example"})


def _register_too_old(sound: Installation) -> None:
    sound.set(yderregister_days=1)


def _worker_never_heard_of(sound: Installation) -> None:
    sound.gateway.alarms.retire("worker")


def _public_address_closed(sound: Installation) -> None:
    sound.set(public_url=f"http://127.0.0.1:{free_port()}")


def _public_name_unknown(sound: Installation) -> None:
    sound.set(public_url="http://nowhere.invalid")


def _somebody_else_answers(sound: Installation) -> None:
    sound.public.answers["/.well-known/jwks.json"] = (200, {"keys": []})


def _web_down(sound: Installation) -> None:
    sound.public.answers["/.well-known/jwks.json"] = (502, {})


def _host_not_passed_on(sound: Installation) -> None:
    sound.public.answers["/.well-known/jwks.json"] = (400, {})


def _not_ready(sound: Installation) -> None:
    sound.public.answers["/health/ready"] = (503, {"status": "waiting", "for": "database"})


def _live_not_routed(sound: Installation) -> None:
    sound.public.answers["/live/health"] = (404, {})


def _proxy_buffers(sound: Installation) -> None:
    sound.public.keeps_back = True


def _media_closed(sound: Installation) -> None:
    sound.set(media_url=f"http://127.0.0.1:{free_port()}")


def _media_without_websocket(sound: Installation) -> None:
    sound.set(media_url=sound.public.address)


def _media_other_secret(sound: Installation) -> None:
    sound.set(media_secret=_write(sound, "other", secrets.token_urlsafe(32)))


def _media_other_origin(sound: Installation) -> None:
    sound.set(public_url=f"http://localhost:{sound.public.port}")


def _heard(sound: Installation, name: str, url: str) -> None:
    """A process of that name has said that it lives and is reached there."""
    beat = Heartbeat(name, 1, (), NodeState(name, url, 0, 0.1, False))
    assert sound.gateway.rooms.note(beat, sound.gateway.clock.now())


def _second_media_closed(sound: Installation) -> None:
    closed = f"http://127.0.0.1:{free_port()}"
    sound.set(media_urls=closed)
    _heard(sound, "media-2", closed)


def _second_media_without_udp(sound: Installation) -> None:
    _heard(sound, "media-2", sound.settings.media_urls)


def _second_media_is_another(sound: Installation) -> None:
    _heard(sound, "media-2", sound.settings.media_url)


def _second_media_not_allowed(sound: Installation) -> None:
    _heard(sound, "media-2", sound.settings.media_urls)
    sound.set(media_urls="")


def _second_media_silent(sound: Installation) -> None:
    _heard(sound, "media-2", sound.settings.media_urls)
    with transaction(sound.gateway.engine, SystemScope()) as connection:
        ago = db_now(connection) - timedelta(seconds=30)
        connection.execute(update(media_process).where(media_process.c.name == "media-2").values(heard_at=ago))


Plant = Callable[[Installation], None]
# What is planted → the part that finds it, the finding that names it, and words of what to do.
PLANTED: list[tuple[Plant, Part, str, str]] = [
    (_short_key, secrets_findings, "secrets", "index_key"),
    (_no_key, secrets_findings, "secrets", "data_key"),
    (_weak_media_secret, secrets_findings, "secrets", "media_secret"),
    (_public_key_for_private, secrets_findings, "secrets", "must be a private key"),
    (_for_everybody_to_read, secrets_findings, "data_key", "chmod 600"),
    (_one_key_for_all, secrets_findings, "secrets", "three different"),
    (_redis_away, of_servers, "Redis", "redis-server"),
    (_nobody_told, of_servers, "alarms", "alarm_mail_to"),
    (_webhook_closed, of_servers, "alarms: webhook", "nobody answers"),
    (_mail_server_away, of_servers, "alarms: mail server", "nobody answers"),
    (_no_such_folder, database_findings, "database", "folder"),
    (_nothing_connected, of_rows, "connections", "laegebro connections apply"),
    (_clinic_without_login, of_rows, "clinic Lægerne Torvet", "kind identity"),
    (_organisation_without_door, of_rows, "organisation Fjordby Kommune", "kind identity"),
    (_practice_unreached, of_rows, "practice 034835", "give it routes"),
    (_practice_not_in_the_register, of_rows, "practice 099998", "not in the register"),
    (_practice_claimed_twice, of_rows, "practice 034835", "ambiguous"),
    (_peer_closed, of_rows, "connection login: port", "nobody listens"),
    (_peer_speaks_otherwise, of_rows, "connection login: metadata", ""),
    (_register_too_old, of_rows, "register yderregister", "import the next one"),
    (_worker_never_heard_of, of_rows, "worker", "systemctl start laegebro-worker"),
    (_public_address_closed, of_addresses, "public_url: 127.0.0.1", "nobody listens"),
    (_public_name_unknown, of_addresses, "public_url: nowhere.invalid", "no such host"),
    (_somebody_else_answers, of_addresses, "public_url: web process", "somebody else"),
    (_web_down, of_addresses, "public_url: web process", "laegebro-web"),
    (_host_not_passed_on, of_addresses, "public_url: web process", "Host header"),
    (_not_ready, of_addresses, "public_url: ready", "waiting for database"),
    (_live_not_routed, of_addresses, "live_url: live process", "/live/"),
    (_proxy_buffers, of_addresses, "live_url: events arrive at once", "proxy_buffering off"),
    (_media_closed, of_media, "media_url: 127.0.0.1", "nobody listens"),
    (_media_without_websocket, of_media, "media_url: media process", "Upgrade"),
    (_media_other_secret, of_media, "media_url: media process", "ticket secret"),
    (_media_other_origin, of_media, "media_url: media process", "ALLOWED_ORIGINS"),
    (_second_media_closed, of_media, "media process media-2", "nobody listens"),
    (_second_media_without_udp, of_media, "media process media-2", "UDP"),
    (_second_media_is_another, of_media, "media process media-2", "other than media-2"),
    (_second_media_not_allowed, of_media, "media process media-2", "media_urls must hold"),
    (_second_media_silent, of_media, "media process media-2", "not heard of for 3"),
]


@pytest.mark.parametrize("planted", PLANTED, ids=lambda planted: planted[0].__name__.strip("_"))
def test_a_planted_fault_is_named_in_its_own_line(sound: Installation, planted: tuple[Plant, Part, str, str]) -> None:
    plant, part, what, words = planted
    plant(sound)
    faults = sound.faults(part)
    assert [told for name, told in faults.items() if what in name and words in told], faults
    assert not any("\n" in told or "Traceback" in told for told in faults.values())


def test_a_clock_and_a_disk_are_judged_by_the_alarms_own_limits(sound: Installation) -> None:
    faults = [each.fault for each in host_findings(Host("here", timedelta(minutes=2), 3), sound.settings)]
    assert "120 s" in faults[0] and "3 % free" in faults[1]
    assert not any(each.fault for each in host_findings(Host("here"), sound.settings))


@pytest.mark.parametrize(
    ("starts", "ends", "words"),
    [(-9, -1, "expired"), (-9, 9, "expires"), (2, 99, "is valid from"), (-1, 90, "")],
)
def test_a_certificate_that_a_connection_names_must_be_in_force(
    tmp_path: Path, starts: int, ends: int, words: str
) -> None:
    file = tmp_path / "caller.pem"
    file.write_bytes(certificate(timedelta(starts), timedelta(ends)))
    found = list(certificates("connection x", {"tls": {"certificate": f"file:{file}"}, "key": "file:/none"}, today()))
    assert [words in each.fault and bool(each.fault) is bool(words) for each in found] == [True]


def test_the_media_process_variables_must_fit_the_gateways(sound: Installation, tmp_path: Path) -> None:
    file = tmp_path / "media.env"
    file.write_text(
        "LAEGEBRO_MEDIA_TICKET_SECRET=" + "x" * 40 + "\nLAEGEBRO_MEDIA_ALLOWED_ORIGINS=https://other.example\n"
    )
    told = " ".join(each.fault for each in environment_findings(sound.settings, file))
    assert all(name in told for name in ("TICKET_SECRET", "ALLOWED_ORIGINS", "STATE_URL"))
    file.write_text("LAEGEBRO_MEDIA_PORT=many\n")
    told = " ".join(each.fault for each in environment_findings(sound.settings, file))
    assert "LAEGEBRO_MEDIA_PORT" in told and "LAEGEBRO_MEDIA_TICKET_SECRET: missing" in told


def test_settings_that_cannot_be_read_are_all_that_is_said(
    monkeypatch: pytest.MonkeyPatch, sound: Installation
) -> None:
    for name, value in environment_of(sound.settings).items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("LAEGEBRO_PUBLIC_URL", "nowhere")
    monkeypatch.setenv("LAEGEBRO_PROXIES", "-1")
    assert [each.fault.partition(":")[0] for each in findings(reading)] == ["public_url", "proxies"]
