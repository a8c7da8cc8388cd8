"""Every route names its audience, and every change through a session needs our origin and its token."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from werkzeug.routing import Rule

from gateway.access import CLINIC_COOKIE, CONSOLE_COOKIE, EMPLOYEE_COOKIE, GUEST_COOKIE
from gateway.domain.consultation.aggregate import ALLOWED, Status
from gateway.domain.oversight import TENANT_ROLES, ConsoleRole
from gateway.web.csrf import SAFE
from gateway.web.guards import _MARK, roles_of
from tests.support.clinic_world import ClinicWorld, settings_in

AUDIENCES = {"public", "employee", "clinic", "anyone", "peer", "citizen", "guest", "console"}
SESSION = {"employee", "clinic", "anyone", "citizen", "guest", "console"}
JSON = {"Accept": "application/json"}
SAMPLE = {"uuid": "0192f000-0000-7000-8000-0000000000ff", "default": "x", "string": "x", "int": "1", "path": "x"}


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> ClinicWorld:
    from gateway.store.ground.engine import open_engine
    from gateway.store.migrations.creation import create_schema

    folder: Path = tmp_path_factory.mktemp("doors")
    settings = settings_in(folder, f"sqlite:///{folder / 'doors.db'}", "redis://127.0.0.1:1/0")
    create_schema(open_engine(settings.database_url))
    return ClinicWorld(settings)


def audience(app: Flask, rule: Rule) -> str | None:
    return getattr(app.view_functions[rule.endpoint], _MARK, None)


def methods(rule: Rule) -> set[str]:
    return rule.methods or set()


def rules(app: Flask) -> Iterator[Rule]:
    return (rule for rule in app.url_map.iter_rules() if rule.endpoint != "static")


def address(rule: Rule) -> str:
    values = {name: SAMPLE[_kind(converter)] for name, converter in rule._converters.items()}
    built = rule.build(values)
    assert built is not None, rule
    return built[1]


def _kind(converter: Any) -> str:
    return {"UUIDConverter": "uuid", "IntegerConverter": "int", "PathConverter": "path"}.get(
        type(converter).__name__, "string"
    )


def roles(app: Flask, rule: Rule) -> set[ConsoleRole]:
    with app.app_context():
        return set(roles_of(rule.endpoint))


def test_every_route_names_its_audience(world: ClinicWorld) -> None:
    found = {rule.rule: audience(world.app, rule) for rule in rules(world.app)}
    assert len(found) > 40
    assert {rule: who for rule, who in found.items() if who not in AUDIENCES} == {}


def test_whoever_is_not_known_gets_through_no_sessions_door(world: ClinicWorld) -> None:
    let_in = []
    for rule in rules(world.app):
        if audience(world.app, rule) in SESSION:
            for method in methods(rule) - {"HEAD", "OPTIONS"}:
                answer = world.app.test_client().open(
                    address(rule), method=method, headers={"Accept": "application/json"}
                )
                if answer.status_code not in (401, 403):
                    let_in.append((method, rule.rule, answer.status_code))
    assert let_in == []


def test_no_change_through_a_session_without_its_token(world: ClinicWorld) -> None:
    alone = world.citizen(world.wait_in_queue().id)
    seats = {"employee": world.employee(), "clinic": world.clinic_user(), "citizen": alone}
    seats["guest"] = world.guest(world.wait_in_queue())
    seats["console"] = world.administrator(*TENANT_ROLES)
    seats["operator"] = world.administrator(ConsoleRole.OPERATOR, tenant=None)
    cookies = {"employee": EMPLOYEE_COOKIE, "clinic": CLINIC_COOKIE, "citizen": EMPLOYEE_COOKIE}
    cookies |= {"console": CONSOLE_COOKIE, "operator": CONSOLE_COOKIE, "guest": GUEST_COOKIE}
    let_in, tried = [], 0
    for rule in rules(world.app):
        who = audience(world.app, rule)
        for method in (methods(rule) - set(SAFE)) if who in SESSION else ():
            kind = "employee" if who == "anyone" else str(who)
            if kind == "console" and not roles(world.app, rule) & set(TENANT_ROLES):
                kind = "operator"
            client = world.app.test_client()
            client.set_cookie(cookies[kind], seats[kind].token, domain="localhost")
            answer = client.open(address(rule), method=method, json={}, headers=JSON)
            tried += 1
            if answer.status_code != 403 or answer.get_json()["type"] != "urn:laegebro:forged":
                let_in.append((method, rule.rule, answer.status_code))
    assert tried > 20
    assert let_in == []


def test_b02_a_device_with_the_citizen_reaches_no_other_route(world: ClinicWorld) -> None:
    """Role × route: whatever is not the citizen's own page does not exist, whatever other cookie the browser holds."""
    consultation = world.wait_in_queue()
    alone, doctor = world.citizen(consultation.id), world.clinic_user()
    alone.client.set_cookie(CLINIC_COOKIE, doctor.token, domain="localhost")
    let_in, tried = [], 0
    for rule in rules(world.app):
        if audience(world.app, rule) == "citizen":
            continue
        for method in methods(rule):
            answer = alone.client.open(address(rule), method=method, headers={"X-CSRF-Token": alone.csrf})
            tried += 1
            if answer.status_code != 404:
                let_in.append((method, rule.rule, answer.status_code))
    assert tried > 200
    assert let_in == []
    assert alone.client.get("/api/openapi.json").status_code == 404
    assert alone.client.get("/nowhere").status_code == 404
    assert alone.client.get("/borger").status_code == 200


def test_a_guest_of_a_call_reaches_no_other_route(world: ClinicWorld) -> None:
    """Role × route: whatever is not the guest's own page does not exist for whoever came by a link."""
    guest = world.guest(world.wait_in_queue())
    let_in, tried = [], 0
    for rule in rules(world.app):
        if rule.endpoint.startswith("guest."):
            continue
        for method in methods(rule):
            answer = guest.client.open(address(rule), method=method, headers={"X-CSRF-Token": guest.csrf})
            tried += 1
            if answer.status_code != 404:
                let_in.append((method, rule.rule, answer.status_code))
    assert tried > 200
    assert let_in == []
    assert guest.client.get("/api/openapi.json").status_code == 404
    assert guest.client.get("/nowhere").status_code == 404
    assert guest.client.get("/gaest").status_code == 200


def test_no_change_from_a_strangers_page(world: ClinicWorld) -> None:
    """The token alone is not enough where the browser says that the request comes from elsewhere."""
    seat = world.clinic_user()
    for origin in ({"Origin": "https://elsewhere.example"}, {"Origin": "null", "Sec-Fetch-Site": "cross-site"}):
        for rule in rules(world.app):
            if audience(world.app, rule) in ("clinic", "public") and "POST" in methods(rule):
                headers = {"X-CSRF-Token": seat.csrf, "Accept": "application/json", **origin}
                answer = seat.client.post(address(rule), json={}, headers=headers)
                assert answer.status_code == 403, rule.rule


def test_no_citizen_is_named_in_an_address(world: ClinicWorld) -> None:
    words = ("cpr", "patient", "citizen", "borger-", "name")
    named = [
        rule.rule
        for rule in rules(world.app)
        if any(word in argument.lower() for word in words for argument in rule.arguments)
    ]
    assert named == []


def test_every_state_leads_to_the_end() -> None:
    """With a clock on every state (tests/unit/domain/test_clocks.py), nothing waits for ever."""
    reached = {Status.CLOSED}
    for _ in Status:
        reached |= {status for status, to in ALLOWED.items() if to & reached}
    assert reached == set(Status)
