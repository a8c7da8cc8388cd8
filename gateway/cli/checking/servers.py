"""What the processes stand on: the database and its role, Redis, this machine's clock and disk, the mail server."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from urllib.parse import urlsplit

from gateway.alarms.watch import limits_of, measured
from gateway.cli.checking.finding import Finding, found
from gateway.domain.alarm import Host
from gateway.domain.errors import ConfigFault
from gateway.settings import Settings
from gateway.store.ground.engine import open_engine
from gateway.store.ground.faults import DatabaseFault
from gateway.store.ground.guards import require_within_walls
from gateway.store.ground.reach import require_reached
from gateway.store.migrations import require_present
from gateway.store.watch.keys import require_keys_of_the_data
from gateway.wake import require_usable
from gateway.wiring import Gateway

PATIENCE = 3.0  # seconds for one server


def database_findings(gateway: Gateway) -> Iterator[Finding]:
    """Where it does not answer, nothing else of it can be said."""
    reached = list(found("database: answers", lambda: require_reached(gateway.engine)))
    yield from reached
    if reached[0].fault:
        return
    yield from found("database: role", lambda: require_within_walls(gateway.engine))
    yield from _owner(gateway.settings)
    schema = list(found("database: schema", lambda: require_present(gateway.engine)))
    yield from schema
    if not schema[0].fault:
        yield from found("database: keys", lambda: require_keys_of_the_data(gateway.engine, gateway.vault))


def has_data(gateway: Gateway) -> bool:
    """Whether what stands in the database can be asked at all."""
    try:
        require_present(gateway.engine)
    except (ConfigFault, DatabaseFault):
        return False
    return True


def _owner(settings: Settings) -> Iterator[Finding]:
    if settings.owner_database_url:
        engine = open_engine(settings.owner_database_url)
        yield from found("database: owner's role", lambda: require_reached(engine))
        engine.dispose()


def redis_findings(settings: Settings) -> Iterator[Finding]:
    yield from found("Redis", lambda: require_usable(settings.redis_url))


def machine_findings(gateway: Gateway) -> Iterator[Finding]:
    yield from host_findings(measured(gateway), gateway.settings)


def host_findings(host: Host, settings: Settings) -> Iterator[Finding]:
    limits = limits_of(settings)
    seconds = round(host.apart.total_seconds())
    apart = f"{seconds} s from the database's: set both by NTP (systemctl status systemd-timesyncd)"
    yield Finding("clock of this machine", apart if host.apart > limits.clock else "")
    full = f"{host.disk_free} % free, less than alarm_disk_percent: make room"
    yield Finding("disk", full if host.disk_free < limits.disk_percent else "")


def alarm_findings(settings: Settings) -> Iterator[Finding]:
    """Whether anybody is told of alarms, and whether the mail server is there; nothing is sent."""
    if not (settings.alarm_mails or settings.alarm_webhook_list):
        yield Finding("alarms", "nobody is told of them: set alarm_mail_to or alarm_webhooks")
    if settings.alarm_smtp:
        yield from found("alarms: mail server", lambda: require_port(settings.alarm_smtp, 25, "alarm_smtp"))
    for hook in settings.alarm_webhook_list:
        host = urlsplit(hook).hostname
        yield from found(f"alarms: webhook at {host}", lambda hook=hook: require_port(hook, 443, "alarm_webhooks"))  # type: ignore[misc]


def require_port(url: str, usual: int, setting: str) -> None:
    place = urlsplit(url)
    host, port = place.hostname or "", place.port or usual
    try:
        socket.create_connection((host, port), PATIENCE).close()
    except OSError:
        raise ConfigFault(f"{setting}: nobody answers at {host}:{port}") from None
