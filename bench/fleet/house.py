"""Two web, live, relay, worker and media processes on PostgreSQL, Redis, nginx before them, and two simulated peers
whose own journals tell what reached them."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

from simulators.demo.processes import free_port, python
from simulators.signing import SigningKey
from tests.storm.database import Postgres
from tests.storm.grounds import KEY, PLUGIN, Grounds, Setting, StormStack, marked_citizens
from tests.support.processes.canaries import write_records
from tests.support.processes.several import HOST, certificate, front

KINDS = ("web", "live", "relay", "worker", "media")
OURS = tuple(f"{kind}-{number}" for kind in KINDS for number in (1, 2))
MANY = "1000"  # times every rate: nobody here is to be stopped for asking often
PORTS = ("https", "http", "inside", "keys", "metrics")


class Fleet(StormStack):
    """``stack["web-1"]`` and the others can each be ended and started again alone."""

    names = OURS

    def __init__(self, folder: Path, setting: Setting, **more: Any) -> None:
        super().__init__(folder, setting, None, **more)
        named = (*PORTS, *OURS, *(f"{name}-ready" for name in OURS))
        self._ports |= {name: free_port() for name in named}
        self._chain = self.folder / "chain.pem"
        if not self._chain.exists():
            certificate(self.folder)
        https = self._ports["https"]
        self.gateway_url = f"https://{HOST}:{https}"
        media = [f"https://media-{number}.{HOST}:{https}" for number in (1, 2)]
        own = {"PUBLIC_URL": self.gateway_url, "LIVE_URL": self.gateway_url, "RATE_FACTOR": MANY}
        own |= {"MEDIA_URL": media[0], "MEDIA_URLS": media[1], "WEB_WORKERS": "1"}
        self.environment |= {f"LAEGEBRO_{name}": value for name, value in own.items()}
        self.environment["SSL_CERT_FILE"] = str(self._chain)

    def _start_simulators(self) -> None:
        jwks = ("--client-jwks", f"http://127.0.0.1:{self._ports['keys']}/.well-known/jwks.json")
        self._simulator("identity", "--gateway-url", self.gateway_url)
        self._simulator("eoj", "--gateway-url", self.gateway_url, *jwks)
        self._simulator("gp", *jwks)

    def _start_ours(self) -> None:
        for name in self.names:
            self.begin(name)
        before = front(self.folder, self._ports)
        self.processes["nginx"] = before
        before.launch()

    def begin(self, name: str) -> None:
        kind, _, number = name.partition("-")
        usual, port = self.environment, self._ports[name]
        self.environment = {**usual, **self._own(kind, number, port, self._ports[f"{name}-ready"])}
        serve = ("-m", "gunicorn", "--config", "python:gateway.web.gunicorn_settings", "gateway.web.wsgi:app")
        modules = {"live": ("-m", "gateway.live"), "media": ("-m", "video"), "web": serve}
        modules |= {"worker": ("-m", "workers"), "relay": ("-c", "from workers.relay import main; main()")}
        try:
            listening = port if kind in ("web", "live", "media") else self._ports[f"{name}-ready"]
            self._run(name, python(*modules[kind]), port=listening)
        finally:
            self.environment = usual

    def _own(self, kind: str, number: str, port: int, ready: int) -> Mapping[str, str]:
        media = {
            "NAME": f"media-{number}",
            "PORT": str(port),
            "SIGNAL_URL": f"https://media-{number}.{HOST}:{self._ports['https']}",
            "ADDRESSES": "127.0.0.1",
            "PROXIES": "1",
            "STATE_URL": f"http://127.0.0.1:{self._ports['inside']}/internal/rooms",
            "ALLOWED_ORIGINS": self.gateway_url,
            "DRAIN_SECONDS": "3",
        }
        listens = {"LAEGEBRO_WEB_LISTEN": f"127.0.0.1:{port}"} if kind == "web" else {}
        listens |= {"LAEGEBRO_LIVE_LISTEN": f"127.0.0.1:{port}"} if kind == "live" else {}
        listens |= {"LAEGEBRO_METRICS_LISTEN": f"127.0.0.1:{ready}"} if kind in ("relay", "worker") else {}
        listens |= {f"LAEGEBRO_MEDIA_{key}": value for key, value in media.items()} if kind == "media" else {}
        return listens

    @property
    def https(self) -> int:
        """The port that nginx listens at for browsers."""
        return self._ports["https"]

    def ready(self, name: str) -> str:
        """Where it says whether it is ready."""
        kind = name.partition("-")[0]
        port = self._ports[f"{name}-ready" if kind in ("relay", "worker") else name]
        return f"http://127.0.0.1:{port}/health/ready"


@contextmanager
def opened(
    folder: Path, consultations: int, fleet: Callable[..., Fleet] = Fleet, more: Mapping[str, str] | None = None
) -> Iterator[Grounds]:
    """Everything runs; ended with the block. ``more``: what the processes are told beside."""
    setting = Setting(1, "postgres", consultations, share=0.0)
    folder.mkdir(parents=True, exist_ok=True)
    records = write_records(marked_citizens(setting), folder / "records.toml")
    database = Postgres(folder / "data")
    environment = {
        "LAEGEBRO_LOG_LEVEL": "WARNING",
        "STORM_LONGEST_PAUSE": "8",
        "PYTHONPATH": os.pathsep.join((str(PLUGIN), str(PLUGIN.parents[2]))),
        **(more or {}),
    }
    told = {"eoj": ("--records", str(records), "--key-file", str(folder / KEY))}
    try:
        stack = fleet(
            folder / "run", setting, database_url=database.url, environment=environment, simulator_arguments=told
        )
        with stack:
            key = SigningKey.kept_in(str(folder / KEY))
            yield Grounds(setting, stack, database, key, None, None)
    finally:
        database.close()


def know_own_names() -> None:
    """RFC 6761 §6.3: names below ``.localhost`` are this machine, whatever its resolver says."""
    asked = socket.getaddrinfo

    def found(host: Any, *more: Any, **named: Any) -> Any:
        own = isinstance(host, str) and host.endswith(".localhost")
        return asked("127.0.0.1" if own else host, *more, **named)

    socket.getaddrinfo = partial(found)
