"""A gateway on a database of its own with two organisations, a clinic of two practices, and people logged in."""

from __future__ import annotations

import base64
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time
from pathlib import Path
from typing import Any
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from flask import Flask
from flask.testing import FlaskClient

from gateway.access import CLINIC_COOKIE, CONSOLE_COOKIE, EMPLOYEE_COOKIE, GUEST_COOKIE
from gateway.domain.consultation.aggregate import Consultation
from gateway.domain.identifiers import Ydernummer
from gateway.domain.oversight import ConsoleRole
from gateway.domain.people import SYSTEM
from gateway.domain.practice import Span, VideoHours
from gateway.domain.scope import TenantScope
from gateway.domain.session import Grant
from gateway.settings import Settings
from gateway.store.people.organisations import Clinic, Tenant
from gateway.web.app import create_app
from gateway.wiring import Gateway
from tests.support.consultations import ELSEWHERE, KOMMUNE_A, KOMMUNE_B, PRACTICE, REGION, SECOND, draft, placed

HOUSE = UUID("0192f000-0000-7000-8000-0000000000c1")
NEIGHBOUR = UUID("0192f000-0000-7000-8000-0000000000c2")
TENANTS = (
    Tenant(KOMMUNE_A, "99110007", "Fjordby Kommune", "municipality"),
    Tenant(KOMMUNE_B, "99220007", "Skovby Kommune", "municipality"),
    Tenant(REGION, "99330007", "Region Midt-Test", "region"),
)
ALL_WEEK = VideoHours({day: (Span(time(0), time(23, 59)),) for day in range(7)}, switch=True)


SECRETS = ("data_key", "index_key", "media_secret", "client_key", "audit_key")


def settings_in(folder: Path, database_url: str, redis_url: str, **urls: str) -> Settings:
    """Settings whose secrets are made here and now, in files."""
    write_secrets(folder)
    return settings_with(folder, database_url, redis_url, **urls)


def write_secrets(folder: Path) -> None:
    key = ec.generate_private_key(ec.SECP384R1())
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    contents = {
        "data_key": base64.b64encode(secrets.token_bytes(32)),
        "index_key": base64.b64encode(secrets.token_bytes(32)),
        "media_secret": secrets.token_urlsafe(32).encode(),
        "client_key": pem,
        "audit_key": pem,
    }
    for name in SECRETS:
        (folder / name).write_bytes(contents[name])


def settings_with(folder: Path, database_url: str, redis_url: str, **urls: str) -> Settings:
    """Settings that refer to the secrets in the folder's files."""
    references = {name: f"file:{folder / name}" for name in SECRETS}
    known = {
        "public_url": "http://gateway.localhost:8000",
        "live_url": "http://gateway.localhost:8001",
        "media_url": "http://gateway.localhost:8002",
    }
    return Settings(environment="demo", database_url=database_url, redis_url=redis_url, **(known | urls), **references)


@dataclass(frozen=True, slots=True)
class Seat:
    """Somebody logged in: a browser with a session cookie, and its forgery token."""

    client: FlaskClient
    token: str
    csrf: str
    person: str

    def post(self, path: str, body: Mapping[str, Any] | None = None) -> Any:
        return self.client.post(path, json=dict(body or {}), headers={"X-CSRF-Token": self.csrf})


class ClinicWorld:
    """``gateway`` and ``app`` over one database; people and consultations on demand."""

    def __init__(self, settings: Settings) -> None:
        self.gateway = Gateway(settings)
        for tenant in TENANTS:
            self.gateway.organisations.apply_tenant(tenant)
        self.gateway.organisations.apply_clinic(Clinic(HOUSE, "Lægerne Torvet", False, (PRACTICE, SECOND)))
        self.gateway.organisations.apply_clinic(Clinic(NEIGHBOUR, "Lægehuset Havnen", False, (ELSEWHERE,)))
        for ydernummer in (PRACTICE, SECOND, ELSEWHERE):
            self.gateway.practices.set_hours(ydernummer, ALL_WEEK, SYSTEM, datetime.now(UTC))
            self.gateway.practices.set_profile(ydernummer, direct_phone="99001122", at=datetime.now(UTC))
        self.app: Flask = create_app(self.gateway)

    def clinic_user(self, name: str = "Lise Hansen", role: str = "laege", clinic: UUID = HOUSE) -> Seat:
        g = self.gateway
        subject = f"subject-{name}"
        person = g.organisations.recognise_clinic_user("idp-clinic", subject, name, role, [clinic])
        grant = Grant(subject, name, role, "Lægerne Torvet", True, "idp-clinic")
        token, session = g.access.open_clinic(clinic, person, grant, g.clock.now(), id=g.ids.new())
        return self._seat(CLINIC_COOKIE, token, session.csrf, person)

    def employee(self, name: str = "Mette Holm", tenant: UUID = KOMMUNE_A) -> Seat:
        g = self.gateway
        grant = Grant(f"subject-{name}", name, "Sygeplejerske", "Fjordby Kommune", True, "idp")
        token, session = g.access.open_employee(tenant, grant, g.clock.now(), id=g.ids.new())
        return self._seat(EMPLOYEE_COOKIE, token, session.csrf, session.person)

    def citizen(self, consultation: UUID, code: str = "284617") -> Seat:
        """A device that lies with the citizen: the session alone, without the consultation knowing of it."""
        g, employee = self.gateway, self.employee()
        session = g.access.read(employee.token, g.clock.now())
        assert session is not None
        token, citizen = g.access.hand_over(session, consultation, code, g.clock.now(), id=g.ids.new())
        return self._seat(EMPLOYEE_COOKIE, token, citizen.csrf, citizen.person)

    def guest(self, consultation: Consultation) -> Seat:
        """Somebody who has followed a link: the session alone, without the consultation knowing of it."""
        g, id = self.gateway, self.gateway.ids.new()
        token, session = g.access.open_guest(consultation.tenant, consultation.id, id, g.clock.now())
        return self._seat(GUEST_COOKIE, token, session.csrf, session.person)

    def administrator(self, *roles: ConsoleRole, tenant: UUID | None = KOMMUNE_A, name: str = "Ida Krag") -> Seat:
        g, codes = self.gateway, tuple(map(str, roles))
        grant = Grant(f"subject-{name}", name, "Systemadministrator", "Fjordby Kommune", False, "idp", "", codes)
        token, session = g.access.open_console(tenant, grant, g.clock.now(), id=g.ids.new())
        return self._seat(CONSOLE_COOKIE, token, session.csrf, session.person)

    def _seat(self, cookie: str, token: str, csrf: str, person: str) -> Seat:
        client = self.app.test_client()
        client.set_cookie(cookie, token, domain="localhost")
        return Seat(client, token, csrf, person)

    def wait_in_queue(
        self, tenant: UUID = KOMMUNE_A, practice: Ydernummer = PRACTICE, of: Seat | None = None
    ) -> Consultation:
        """A consultation placed just now, by somebody who is not logged in or by ``of``."""
        now = self.gateway.clock.now()
        begun = draft(tenant, at=now)
        begun = replace(begun, responsible=of.person) if of else begun
        return self.gateway.store.commit(placed(begun, practice, at=now))

    def reload(self, consultation: Consultation) -> Consultation:
        return self.gateway.store.load(TenantScope(consultation.tenant), consultation.id)

    def entry_of(self, consultation: Consultation) -> str:
        entry = consultation.entry
        assert entry is not None
        return str(entry.id)


def problem(answer: Any) -> dict[str, Any]:
    assert answer.mimetype == "application/problem+json", answer.mimetype
    parsed: dict[str, Any] = json.loads(answer.get_data())
    return parsed
