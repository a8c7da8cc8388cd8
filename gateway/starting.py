"""How a process starts: its logs, its settings and secrets, and a database whose schema this release was written for.

Whatever is wrong is said line by line on standard error, all of it at once, and ends the process; a database that is
away does not, since it comes back.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from adapters.wire.oauth.client_key import ClientKey
from gateway import logs
from gateway.domain.errors import ConfigFault
from gateway.settings import Settings, load, secret
from gateway.store.ground.faults import DatabaseFault
from gateway.store.ground.guards import require_within_walls
from gateway.store.migrations import require_present
from gateway.wiring import Gateway

REFUSED = 3  # gunicorn's own code for "do not start this worker again"
SHORTEST_SECRET = 32  # octets; RFC 7518 §3.2 for HS256
Step = Callable[[], object]


def started(process: str, *own: Step) -> Gateway:
    """The process's parts. ``own``: what else of the environment this process needs, each raising ``ConfigFault``."""
    logs.configure(process)
    with plainly():
        gateway = Gateway(_loaded(own))
        require_sound(*secrets_of(gateway), *own)
        try:
            require_sound(lambda: require_present(gateway.engine), lambda: require_within_walls(gateway.engine))
        except DatabaseFault:
            logs.log(__name__).warning("schema-not-checked")
    return gateway


def _loaded(own: tuple[Step, ...]) -> Settings:
    """Where the settings themselves are wrong, the process's own faults are listed with theirs."""
    try:
        return load()
    except ConfigFault as fault:
        raise ConfigFault(*fault.faults, *faults_of(*own)) from None


@contextmanager
def plainly() -> Iterator[None]:
    """A ``ConfigFault`` becomes its lines on standard error and the end of the process."""
    try:
        yield
    except ConfigFault as fault:
        sys.stderr.write(f"{fault}\n")
        raise SystemExit(REFUSED) from None


def require_sound(*steps: Step) -> None:
    """``ConfigFault`` with the faults of every step."""
    if faults := list(faults_of(*steps)):
        raise ConfigFault(*faults)


def faults_of(*steps: Step) -> Iterator[str]:
    for step in steps:
        try:
            step()
        except ConfigFault as fault:
            yield from fault.faults


def secrets_of(gateway: Gateway) -> Iterator[Step]:
    """One step for each secret that the settings refer to. Faults name the setting, never a value."""
    said = gateway.settings
    for id, reference in {said.data_key_id: said.data_key, **said.former_data_keys}.items():
        name = "data_key" if reference == said.data_key else f"former_data_keys.{id}"
        yield _named(name, lambda reference=reference: said.key_bytes(reference))  # type: ignore[misc]
    yield _named("index_key", lambda: said.key_bytes(said.index_key))
    yield _named("media_secret", lambda: _require_long(said.media_secret))
    yield _named("client_key", lambda: _require_private_key(said.client_key))
    for name in ("alarm_smtp_password", "alarm_webhook_key"):
        if reference := getattr(said, name):
            yield _named(name, lambda reference=reference: secret(reference))  # type: ignore[misc]


def _named(name: str, step: Step) -> Step:
    """The same step, whose faults begin with the setting's name."""

    def named() -> None:
        try:
            step()
        except ConfigFault as fault:
            raise ConfigFault(*(f"{name}: {line}" for line in fault.faults)) from None

    return named


def _require_long(reference: str) -> None:
    if len(secret(reference).encode()) < SHORTEST_SECRET:
        raise ConfigFault(f"{reference}: must be {SHORTEST_SECRET} octets or more")


def _require_private_key(reference: str) -> None:
    pem = secret(reference)
    try:
        ClientKey.from_pem(pem)
    except ValueError as fault:
        raise ConfigFault(f"{reference}: {fault}") from None
