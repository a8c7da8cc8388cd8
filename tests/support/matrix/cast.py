"""Everybody who might try with a browser: fourteen people and devices over one stage."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from gateway.access import CLINIC_COOKIE, CONSOLE_COOKIE, EMPLOYEE_COOKIE, GUEST_COOKIE
from gateway.domain.consultation.aggregate import Consultation
from gateway.domain.oversight import TENANT_ROLES, ConsoleRole
from gateway.domain.records import Signature
from gateway.domain.session import Grant
from gateway.store.people.organisations import Clinic, Tenant
from tests.support.consultations import CITIZENS, REASON
from tests.unit.web.acts.stage import Stage
from tests.unit.web.nurse_world import OTHER_PLACE, TENANT

NEIGHBOUR = UUID("0192f000-0000-7000-8000-0000000000bb")
OTHER_HOUSE = UUID("0192f000-0000-7000-8000-0000000000c2")
CPR, NAME = CITIZENS[0]
SECRET = (NAME, CPR, f"{CPR[:6]}-{CPR[6:]}", REASON)
SESSIONS = (EMPLOYEE_COOKIE, CLINIC_COOKIE, CONSOLE_COOKIE, GUEST_COOKIE)
STATES = ("draft", "waiting", "talk", "review")
OWN_DEVICE = "the citizen's device"


@dataclass(frozen=True)
class Somebody:
    """A browser, with the token that its forms carry."""

    client: FlaskClient
    csrf: str = ""

    def ask(self, method: str, path: str) -> TestResponse:
        if method == "GET":
            return self.client.get(path)
        return self.client.open(path, method=method, json={}, headers={"X-CSRF-Token": self.csrf})

    @property
    def cookies(self) -> dict[str, str]:
        """The session it holds, for a process that is not asked through this client."""
        held = {name: self.client.get_cookie(name) for name in SESSIONS}
        return {name: cookie.value for name, cookie in held.items() if cookie is not None}


class Cast:
    """Everybody who might try, over one stage."""

    def __init__(self, stage: Stage) -> None:
        self._stage, self._g = stage, stage.gateway
        g = self._g
        g.organisations.apply_tenant(Tenant(NEIGHBOUR, "99110015", "Skovby Kommune", "municipality", "0998", True, {}))
        g.organisations.apply_clinic(Clinic(OTHER_HOUSE, "Lægehuset Havnen", True, ()))
        self.people: dict[str, Somebody] = {
            "owner": self._of(stage.nurse.client, stage.nurse.session.csrf),
            "colleague": self._of(stage.colleague.client, stage.colleague.session.csrf),
            "colleague of another workplace": self._nurse("Vera Vikar", (OTHER_PLACE,)),
            "colleague without a workplace": self._nurse("Nye Nina", ()),
            "employee of another organisation": self._employee(NEIGHBOUR, "Anne Bech"),
            "barred employee": self._barred(),
            "doctor": self._of(stage.doctor.client, stage.doctor.csrf),
            "doctor of another clinic": self._doctor(),
            "administrator": self._of(stage.admin.client, stage.admin.csrf),
            "administrator of another organisation": self._administrator(NEIGHBOUR, tuple(map(str, TENANT_ROLES))),
            "operator": self._administrator(None, (str(ConsoleRole.OPERATOR),)),
            "another citizen's device": self._device(),
            "another call's guest": self._guest_of(stage.at("talk", cases=())),
            "nobody": Somebody(stage.world.app.test_client()),
        }

    def with_device_of(self, consultation: Consultation) -> dict[str, Somebody]:
        """Them, and the device that lies with the very citizen it is about."""
        seat = self._stage.citizen(consultation)
        return {**self.people, OWN_DEVICE: Somebody(seat.client, seat.csrf)}

    def _guest_of(self, consultation: Consultation) -> Somebody:
        seat = self._stage.guest_seat(self._stage.with_guest(consultation)[0])
        return Somebody(seat.client, seat.csrf)

    def _of(self, client: FlaskClient, csrf: str) -> Somebody:
        return Somebody(client, csrf)

    def _seated(self, cookie: str, opened: tuple[str, Any]) -> Somebody:
        client = self._stage.world.app.test_client()
        client.set_cookie(cookie, opened[0], domain="localhost")
        return Somebody(client, opened[1].csrf)

    def _nurse(self, name: str, at: tuple[str, ...]) -> Somebody:
        nurse = self._stage.world.nurse(name, at=at)
        return Somebody(nurse.client, nurse.session.csrf)

    def _employee(self, tenant: UUID, name: str) -> Somebody:
        grant = Grant(f"subject-{name}", name, "Sygeplejerske", "Skovby Kommune", True, "idp-skovby")
        return self._seated(EMPLOYEE_COOKIE, self._g.access.open_employee(tenant, grant, self._stage.now, id=self._id))

    def _barred(self) -> Somebody:
        nurse = self._stage.world.nurse("Bodil Barred")
        hand = self._g.signed(Signature("anna", "people bar", "bortvist")).barrings
        hand.bar(nurse.session.person, nurse.session.grant.subject, TENANT, self._stage.now)
        return Somebody(nurse.client, nurse.session.csrf)

    def _doctor(self) -> Somebody:
        person = self._g.organisations.recognise_clinic_user("idp-c", "peter", "Peter Vang", "laege", [OTHER_HOUSE])
        grant = Grant("peter", "Peter Vang", "laege", "Lægehuset Havnen", True, "idp-c")
        opened = self._g.access.open_clinic(OTHER_HOUSE, person, grant, self._stage.now, id=self._id)
        return self._seated(CLINIC_COOKIE, opened)

    def _administrator(self, tenant: UUID | None, roles: tuple[str, ...]) -> Somebody:
        grant = Grant("finn", "Finn Berg", "", "Driften", False, "idp-d", "", roles)
        return self._seated(CONSOLE_COOKIE, self._g.access.open_console(tenant, grant, self._stage.now, id=self._id))

    def _device(self) -> Somebody:
        another = self._stage.at("alone waiting", cases=())
        seat = self._stage.citizen(another)
        return Somebody(seat.client, seat.csrf)

    @property
    def _id(self) -> UUID:
        return self._g.ids.new()
