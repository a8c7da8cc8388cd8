"""A web process, two media processes that register at it, and calls that ring, each with both sides logged in."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.postgres import Postgres, shown
from gateway.settings import Settings
from gateway.store.ground.engine import open_engine
from gateway.store.migrations.steps import upgrade
from simulators.demo.processes import Process, free_port, python
from tests.support.clinic_world import ClinicWorld, Seat, settings_with, write_secrets
from tests.support.consultations import PRACTICE

NAMES = ("media-a", "media-b")
MANY = 1000.0  # nobody here is to be stopped for asking often


@dataclass(frozen=True)
class Side:
    """Somebody in a call: the cookie and token of the session, and where tickets are asked for."""

    name: str
    cookie: tuple[str, str]
    csrf: str
    door: str


@dataclass(frozen=True)
class Call:
    room: str
    consultation: str
    sides: tuple[Side, Side]


class House:
    """``start`` and ``stop`` act on processes by name; the world is this program's own view of the same database."""

    def __init__(self, folder: Path, database_url: str) -> None:
        write_secrets(folder)
        ports = {name: free_port() for name in ("web", *NAMES)}
        self.urls = {name: f"http://127.0.0.1:{port}" for name, port in ports.items()}
        self.settings = self._settings(folder, database_url)
        upgrade(open_engine(self.settings.database_url))
        self.world = ClinicWorld(self.settings)
        web = python("-m", "gunicorn", "--config", "python:gateway.web.gunicorn_settings", "gateway.web.wsgi:app")
        told = self._environment(ports["web"])
        self.processes = {"web": Process("web", web, told, folder / "web.log", port=ports["web"])}
        for name in NAMES:
            media = told | self._media(name, ports[name], folder)
            self.processes[name] = Process(name, python("-m", "video"), media, folder / f"{name}.log", port=ports[name])

    def _settings(self, folder: Path, database_url: str) -> Settings:
        urls = {"public_url": self.urls["web"], "live_url": self.urls["web"], "media_url": self.urls[NAMES[0]]}
        more = {"media_urls": self.urls[NAMES[1]]}
        return settings_with(folder, database_url, "redis://127.0.0.1:1/0", **urls, **more)

    def _environment(self, port: int) -> dict[str, str]:
        plain = {key: value for key, value in os.environ.items() if not key.startswith("LAEGEBRO_")}
        said = {name: value for name, value in self.settings.model_dump().items() if isinstance(value, str) and value}
        told = {f"LAEGEBRO_{name.upper()}": value for name, value in said.items()}
        more = {"LAEGEBRO_RATE_FACTOR": str(MANY), "LAEGEBRO_WEB_WORKERS": "1", "PYTHONUNBUFFERED": "1"}
        return plain | told | more | {"LAEGEBRO_WEB_LISTEN": f"127.0.0.1:{port}"}

    def _media(self, name: str, port: int, folder: Path) -> dict[str, str]:
        told = {
            "NAME": name,
            "PORT": str(port),
            "SIGNAL_URL": self.urls[name],
            "ADDRESSES": "127.0.0.1",
            "TICKET_SECRET_FILE": str(folder / "media_secret"),
            "STATE_URL": f"{self.urls['web']}/internal/rooms",
            "DRAIN_SECONDS": "3",
        }
        return {f"LAEGEBRO_MEDIA_{key}": value for key, value in told.items()}

    def call(self, number: int) -> Call:
        """A consultation that rings, with a nurse and a doctor of its own."""
        nurse, desk = self.world.employee(f"Nurse {number}"), self.world.clinic_user(f"Doctor {number}")
        consultation = self.world.wait_in_queue(of=nurse, practice=PRACTICE)
        entry = self.world.entry_of(consultation)
        answer = desk.post(f"/api/v1/entries/{entry}/accept")
        if answer.status_code != 200:
            raise SystemExit(f"a call does not ring: {answer.json}")
        web = self.urls["web"]
        doors = (f"{web}/api/v1/consultations/{consultation.id}/ticket", f"{web}/api/v1/entries/{entry}/ticket")
        sides = (_side("nurse", nurse, doors[0]), _side("doctor", desk, doors[1]))
        return Call(self.world.reload(consultation).room, str(consultation.id), sides)


def _side(name: str, seat: Seat, door: str) -> Side:
    cookie = next(iter((seat.client._cookies or {}).values()))
    return Side(name, (cookie.key, cookie.value), seat.csrf, door)


@contextmanager
def opened() -> Iterator[House]:
    """All processes running on a PostgreSQL of their own; ended with the block."""
    with TemporaryDirectory() as name, ExitStack() as ending:
        folder = Path(name)
        server = Postgres(folder / "postgres")
        ending.callback(server.stop)
        house = House(folder, shown(server.database("rooms")))
        for process in house.processes.values():
            ending.callback(process.stop)
            process.start()
        yield house
