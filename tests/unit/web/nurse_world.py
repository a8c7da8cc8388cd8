"""A gateway on a database of its own with one organisation, the invented practices and nurses who are logged in."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from uuid import UUID

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from gateway.access import EMPLOYEE_COOKIE
from gateway.domain.citizen.citizen import Citizen
from gateway.domain.consultation.aggregate import Consultation
from gateway.domain.identifiers import Cpr, Ydernummer
from gateway.domain.launch import Launch, LaunchChannel, PracticeClaim
from gateway.domain.people import SYSTEM, Actor, ActorKind, EmployeeIdentity
from gateway.domain.practice import Span, VideoHours
from gateway.domain.scope import SystemScope
from gateway.domain.session import Grant, Session
from gateway.services.changing import change
from gateway.services.launch import LaunchPorts, Opener, accept_launch
from gateway.store.migrations.creation import create_schema
from gateway.store.peers.connections import Stanza
from gateway.store.people.organisations import Tenant, Workplace
from gateway.web.app import create_app
from gateway.wiring import Gateway
from tests.support.clinic_world import settings_with, write_secrets

TENANT = UUID("0192f000-0000-7000-8000-00000000000a")
CPR = "2512489996"
NAME = "Nancy Ann Berggren"
OWN, SECOND, UNCONNECTED = Ydernummer("034835"), Ydernummer("012041"), Ydernummer("090107")
DOCTOR = Actor(ActorKind.CLINIC, "doctor-1", "Lise Hansen", "laege")
REGISTER = Path(__file__).parents[3] / "simulators" / "registers" / "yderregister-demo.xml"
ALL_WEEK = VideoHours({day: (Span(time(0), time(23, 59)),) for day in range(7)}, switch=True)
STATION = {"role": "Sygeplejerske", "workplace": "Hjemmesygeplejen Nord", "phone": "99000101"}
OTHER_PLACE = "Akutteamet"
FILLED = {
    "consent": {"answer": "given"},
    "form": "assisted",
    "reason": "Sår på underben væsker mere end i går, rødme omkring.",
} | STATION


@dataclass
class Nurse:
    """One browser with a session."""

    client: FlaskClient
    session: Session
    token: str

    def get(self, path: str) -> TestResponse:
        return self.client.get(path)

    def post(self, path: str, **fields: str) -> TestResponse:
        return self.client.post(path, data={"csrf_token": self.session.csrf, **fields})

    def send(self, path: str, body: Mapping[str, Any] | None = None) -> TestResponse:
        return self.client.post(path, json=dict(body or {}), headers={"X-CSRF-Token": self.session.csrf})


def _gateway_in(folder: Path, database: str = "", **urls: str) -> Gateway:
    address = database or f"sqlite:///{folder / 'web.db'}"
    return Gateway(settings_with(folder, address, "redis://127.0.0.1:1/0", **urls))


@cache
def _furnished() -> TemporaryDirectory[str]:
    """A database with what every world begins with, and the secrets it is sealed with: made once per process, since
    schema and register take longer than most tests."""
    made = TemporaryDirectory(prefix="laegebro-nurse-world-")
    write_secrets(Path(made.name))
    gateway = _gateway_in(Path(made.name))
    create_schema(gateway.engine)
    _furnish(gateway)
    gateway.engine.dispose()  # the last connection folds the WAL into the file
    return made


def _furnish(g: Gateway) -> None:
    now = g.clock.now()
    roles = [["Sygeplejerske", "licensed"], ["Social- og sundhedshjælper", "other"]]
    tenant = Tenant(TENANT, "99110007", "Fjordby Kommune", "municipality", "0999", True, {"roles": roles})
    g.organisations.apply_tenant(tenant, [Workplace(g.ids.new(), name) for name in (STATION["workplace"], OTHER_PLACE)])
    g.providers.import_file(REGISTER, "test", now)
    g.connections.apply(Stanza("venteværelse", "gp_system", "browser", None, {}, synthetic=True), "test", "test", now)
    for ydernummer in (OWN, SECOND):
        g.practices.set_routes(ydernummer, ["venteværelse"])
        g.practices.set_profile(ydernummer, synthetic=True, at=now)
        g.practices.set_hours(ydernummer, ALL_WEEK, SYSTEM, now)


class NurseWorld:
    """``gateway`` and ``app`` on one SQLite file, or on the empty ``database`` with the schema in it; nurses, launches
    and what clinics do, on demand."""

    def __init__(self, folder: Path, *, database: str = "", **urls: str) -> None:
        shutil.copytree(_furnished().name, folder, dirs_exist_ok=True)
        self.gateway = _gateway_in(folder, database, **urls)
        if database:
            _furnish(self.gateway)
        self.app: Flask = create_app(self.gateway)

    def nurse(
        self, name: str = "Mette Holm", *, known: bool = True, at: tuple[str, ...] = (STATION["workplace"],)
    ) -> Nurse:
        """``at``: the workplaces her login says she works at."""
        g = self.gateway
        grant = Grant(f"subject-{name}", name, "Sygeplejerske", "Fjordby Kommune", True, "idp-fjordby", workplaces=at)
        token, session = g.access.open_employee(TENANT, grant, g.clock.now(), id=g.ids.new())
        if known:
            g.employees.remember_workstation(TENANT, session.person, STATION)
        client = self.app.test_client()
        client.set_cookie(EMPLOYEE_COOKIE, token, domain="localhost")
        return Nurse(client, session, token)

    def launched(
        self, nurse: Nurse, *, cpr: str = CPR, own: Ydernummer | None = OWN, name: str = NAME, record: str = ""
    ) -> Consultation:
        """A draft from the record, shown in the nurse's browser."""
        g = self.gateway
        grant = nurse.session.grant
        launch = Launch(
            tenant=TENANT,
            channel=LaunchChannel.SMART,
            connection="eoj-fjordby",
            key=f"smart|{g.ids.new()}",
            employee=EmployeeIdentity(grant.subject, grant.name, True),
            citizen=Citizen(Cpr(cpr), name, date(1948, 12, 25), "female"),
            record_ref=record or ("Patient/nab" if cpr == CPR else f"Patient/{name.split()[0].lower()}"),
            practice=PracticeClaim(own, "eoj", datetime.now(UTC).date()) if own else None,
        )
        opener = Opener(nurse.session.person, g.organisation(TENANT))
        consultation = accept_launch(launch, opener, LaunchPorts(g.store, g.clock, g.ids, g.providers))
        g.access.see_citizen(nurse.session, consultation.id)
        return consultation

    def waiting(self, nurse: Nurse) -> Consultation:
        """Launched and placed through the API."""
        consultation = self.launched(nurse)
        answer = nurse.send(f"/api/v1/consultations/{consultation.id}/place", FILLED)
        assert answer.status_code == 200, answer.get_data(as_text=True)
        return self.reload(consultation)

    def does(self, consultation: Consultation, verb: Callable[[Consultation], Consultation]) -> Consultation:
        """What a clinic, a peer or a clock does to it."""
        return change(self.gateway.store, SystemScope(), consultation.id, verb)

    def settle(self, settings: Mapping[str, Any]) -> None:
        """The organisation decides something; it is believed at once."""
        known = self.gateway.organisations.tenant(TENANT)
        assert known is not None
        places = self.gateway.organisations.workplaces(TENANT)
        self.gateway.organisations.apply_tenant(replace(known, settings={**known.settings, **settings}), places)
        self.gateway._tenants_seen.clear()

    scope = SystemScope()

    def reload(self, consultation: Consultation) -> Consultation:
        return self.gateway.store.load(SystemScope(), consultation.id)

    def later(self, minutes: float = 0) -> datetime:
        return self.gateway.clock.now() + timedelta(minutes=minutes)
