"""Nobody sees or changes what is not hers: every route × every method × thirteen actors × states of one consultation.

The routes are found in the application, so a new one is in the matrix by itself; one whose audience is not named in
``SEES`` is red. That whoever may does, act by act, is tests/unit/web/acts.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import pytest
from flask.testing import FlaskClient
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from gateway.access import CLINIC_COOKIE, CONSOLE_COOKIE, EMPLOYEE_COOKIE
from gateway.domain.consultation.aggregate import Consultation
from gateway.domain.oversight import TENANT_ROLES, ConsoleRole
from gateway.domain.records import Signature
from gateway.domain.session import Grant
from gateway.store.people.organisations import Clinic, Tenant
from gateway.web.guards import audience_of
from tests.support.consultations import CITIZENS, REASON
from tests.unit.web.acts.stage import Stage
from tests.unit.web.nurse_world import OTHER_PLACE, TENANT
from tests.unit.web.test_looking_is_audited import address

NEIGHBOUR = UUID("0192f000-0000-7000-8000-0000000000bb")
OTHER_HOUSE = UUID("0192f000-0000-7000-8000-0000000000c2")
CPR, NAME = CITIZENS[0]
SECRET = (NAME, CPR, f"{CPR[:6]}-{CPR[6:]}", REASON)
STATES = ("draft", "waiting", "talk", "review")
# Who may be shown who the citizen is, and her text, by the audience that the route names.
SEES: Mapping[str, frozenset[str]] = {
    "employee": frozenset({"owner"}),
    "clinic": frozenset({"doctor"}),
    "anyone": frozenset({"owner", "doctor"}),
    "citizen": frozenset(),
    "console": frozenset(),
    "peer": frozenset(),
    "public": frozenset(),
}
# A workplace's list names what colleagues have waiting to whoever was granted that workplace, and says why.
LISTS = {"workplace.overview": "grund=agreed"}
SHARED: Mapping[str, frozenset[str]] = {"workplace.overview": frozenset({"colleague"})}


@dataclass(frozen=True)
class Somebody:
    """A browser, with the token that its forms carry."""

    client: FlaskClient
    csrf: str = ""

    def ask(self, method: str, path: str) -> TestResponse:
        if method == "GET":
            return self.client.get(path)
        return self.client.open(path, method=method, json={}, headers={"X-CSRF-Token": self.csrf})


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
            "nobody": Somebody(stage.world.app.test_client()),
        }

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


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Stage:
    return Stage(tmp_path_factory.mktemp("matrix"), rate_factor="1000000")


@pytest.fixture(scope="module")
def cast(stage: Stage) -> Cast:
    return Cast(stage)


def routes(stage: Stage) -> Iterator[tuple[Rule, str, str]]:
    """Every route with each of its methods and its audience; those that end the session they are asked with go last."""
    with stage.world.app.app_context():
        found = [(rule, audience_of(rule.endpoint) or "") for rule in stage.world.app.url_map.iter_rules()]
    for rule, audience in sorted(found, key=lambda each: (each[0].endpoint == "login.end", each[0].rule)):
        if rule.endpoint != "static":
            for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
                yield rule, method, audience


def asked_of(rule: Rule, consultation: Consultation) -> str:
    path, more = address(rule, consultation), LISTS.get(rule.endpoint)
    return f"{path}?{more}" if more else path


def test_every_route_says_who_sees(stage: Stage) -> None:
    assert {audience for _, _, audience in routes(stage)} <= set(SEES)


@pytest.mark.parametrize("state", STATES)
def test_nobody_is_shown_what_is_not_hers(stage: Stage, cast: Cast, state: str) -> None:
    consultation = stage.at(state)
    stage.gateway.access.see_citizen(stage.nurse.session, consultation.id)
    told, broken = set(), []
    for rule, method, audience in routes(stage):
        if method != "GET":
            continue
        for who, somebody in cast.people.items():
            answer = somebody.ask(method, asked_of(rule, consultation))
            text = answer.get_data(as_text=True)
            shown = [word for word in SECRET if word in text]
            may = SEES[audience] | SHARED.get(rule.endpoint, frozenset())
            if shown and who not in may:
                broken.append((who, method, rule.rule, answer.status_code))
            if shown:
                told.add(who)
    assert broken == []
    assert "owner" in told, "the words it looks for must be there to be found"
    assert "doctor" in told or state == "draft"
    assert "colleague" in told or state != "waiting"


@pytest.mark.parametrize("state", ("waiting", "talk"))
def test_nobody_changes_what_is_not_hers(stage: Stage, cast: Cast, state: str) -> None:
    """The owner, the doctor who has it and the colleagues of the workplace may: act by act in tests/unit/web/acts."""
    outsiders = {who: one for who, one in cast.people.items() if who not in ("owner", "doctor", "colleague")}
    consultation = stage.at(state)
    broken, tried = [], 0
    for rule, method, _ in routes(stage):
        if method == "GET" or rule.endpoint in ("login.end",):
            continue
        for who, somebody in outsiders.items():
            answer = somebody.ask(method, asked_of(rule, consultation))
            tried += 1
            if any(word in answer.get_data(as_text=True) for word in SECRET):
                broken.append((who, method, rule.rule, answer.status_code))
    assert broken == []
    assert stage.gateway.store.load(stage.world.scope, consultation.id) == consultation, "not a letter of it moved"
    assert tried > 800
