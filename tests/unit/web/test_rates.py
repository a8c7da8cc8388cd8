"""Abuse is slowed: every route has a rate, the look for citizens the strictest, and nobody pays for somebody else."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import cast

import pytest
from flask import Flask
from sqlalchemy import func, select
from werkzeug.routing import Rule

from gateway.domain.alarm import AlarmKind, Limits, Owner, conditions
from gateway.domain.errors import TooOften
from gateway.domain.peers.messages import Envelope
from gateway.domain.records import SEARCH_LIMITED
from gateway.domain.scope import SystemScope
from gateway.doors import OpenDoors
from gateway.ports.doors import Door, ProvenCall, Reply, Said
from gateway.rate_limits import RATES, Per, RateLimits, What
from gateway.store.ground.engine import transaction
from gateway.store.ground.tables_audit import audit
from gateway.web import limits
from gateway.web.app import create_app
from tests.unit.web.nurse_world import CPR, TENANT, Nurse, NurseWorld

AWAY = "redis://127.0.0.1:1/0"  # nobody listens there
SEARCHES = next(r.amount for r in RATES if (r.what, r.per) == (What.CITIZEN_SEARCH, Per.PERSON))


@pytest.fixture
def strict(tmp_path: Path) -> Iterator[Flask]:
    """One of everything is all one gets."""
    world = NurseWorld(tmp_path)
    yield create_app(replace(world.gateway, settings=world.gateway.settings.model_copy(update={"rate_factor": 1e-9})))
    world.gateway.engine.dispose()


def address_of(rule: Rule) -> str:
    values = {name: "0192f000-0000-7000-8000-000000000001" for name in rule.arguments}
    _, path = rule.build(values, append_unknown=False) or ("", rule.rule)
    return path


def test_every_route_answers_429_beyond_its_rate_in_words_and_with_the_time_to_wait(strict: Flask) -> None:
    client = strict.test_client()
    for number, rule in enumerate(strict.url_map.iter_rules()):
        counted = rule.endpoint not in limits.UNCOUNTED
        method = sorted((rule.methods or set()) - {"HEAD", "OPTIONS"})[0]
        here = {"REMOTE_ADDR": f"192.0.2.{number % 250}", "HTTP_X_FORWARDED_FOR": f"198.51.100.{number}"}
        first, second = (client.open(address_of(rule), method=method, environ_overrides=here) for _ in range(2))
        assert first.status_code != 429, rule.rule
        assert (second.status_code == 429) is counted or second.status_code >= 500, (rule.rule, second.status_code)
        if counted:
            assert second.status_code == 429, (rule.rule, second.status_code)
            assert int(second.headers["Retry-After"]) >= 1, rule.rule
            assert len(second.get_data()) > 40, rule.rule


def test_what_is_counted_by_name_exists(world: NurseWorld) -> None:
    endpoints = set(world.app.view_functions)
    assert {*limits.COUNTED, *limits.UNCOUNTED} <= endpoints
    assert set(limits.TICKETS) <= {name.rpartition(".")[2] for name in endpoints}


# Open to everybody and leading nowhere: pages that only say something, and the choice of a language.
SAY_ONLY = {
    "guest.show",
    "help.show",
    "help.film",
    "login.choose",
    "login.ended",
    "login.choose_language",
    "login.accessibility",
    "launch.start",
    "launch.over",
}


def test_every_way_in_that_is_open_to_all_is_counted_as_one(world: NurseWorld) -> None:
    ways = {name for name, view in world.app.view_functions.items() if getattr(view, "audience", "") == "public"}
    assert ways - SAY_ONLY - set(limits.COUNTED) == set(), "count it as an arrival"
    assert ways >= SAY_ONLY, "no such page any more"


def test_an_address_is_what_our_own_proxy_says_and_not_what_a_caller_adds(strict: Flask) -> None:
    client = strict.test_client()
    answers = [
        client.get("/login", headers={"X-Forwarded-For": f"{added}, 198.51.100.7"}).status_code
        for added in ("203.0.113.1", "203.0.113.2")
    ]
    assert answers == [200, 429]


def search(nurse: Nurse) -> int:
    return nurse.post("/ny/borger", cpr=CPR).status_code


def test_ten_who_ask_as_fast_as_they_can_are_stopped_and_the_eleventh_is_not(world: NurseWorld) -> None:
    curious = [world.nurse(f"Nysgerrig {number}") for number in range(10)]
    for nurse in curious:
        said = [search(nurse) for _ in range(SEARCHES + 3)]
        assert said[SEARCHES:] == [429] * 3 and 429 not in said[:SEARCHES]
    assert search(world.nurse("Ellevte")) != 429


def test_a_stopped_search_asks_nobody_says_why_and_is_the_log_reviews_alarm(world: NurseWorld, nurse: Nurse) -> None:
    for _ in range(SEARCHES):
        search(nurse)
    answer = nurse.post("/ny/borger", cpr=CPR)
    text = answer.get_data(as_text=True)
    assert answer.status_code == 429 and int(answer.headers["Retry-After"]) <= 60
    assert "Du har slået mange borgere op på kort tid." in text and CPR not in text
    search(nurse)
    g = world.gateway
    with transaction(g.engine, SystemScope(), read_only=True) as connection:
        words = list(connection.execute(select(audit.c.what).where(audit.c.tenant == TENANT)).scalars())
    assert words.count("citizen-search") == SEARCHES
    assert words.count(SEARCH_LIMITED) == 1, "once a minute is enough to be found by"
    seen, now = g.figures.seen(Limits(), ())
    (alarm,) = [one for one in conditions(seen, now, Limits()) if one.kind is AlarmKind.SEARCHES]
    assert (alarm.tenant, alarm.count, alarm.owner) == (TENANT, 1, Owner.ORGANISATION)


class Counter:
    """A door that believes whoever says its name."""

    def prove(self, call: Envelope) -> ProvenCall:
        return Asks(call.address)

    def refuse(self, _call: Envelope, _fault: Exception) -> None:
        return None


@dataclass
class Asks:
    connection: str

    def read(self) -> Said:
        return Said()

    def answer(self, heard: bool) -> Reply:
        return Reply(b"heard")


def test_a_system_is_counted_by_its_own_name_at_whichever_door_and_pays_for_nobody_else(tmp_path: Path) -> None:
    made = NurseWorld(tmp_path).gateway
    doors = OpenDoors(replace(made, settings=made.settings.model_copy(update={"rate_factor": 1e-9})))

    def call(name: str) -> bytes:
        return doors.serve(cast(Door, Counter()), Envelope({}, {}, b"", address=name)).body

    assert call("gp-torvet") == b"heard"
    for _ in range(2):
        with pytest.raises(TooOften) as fault:
            call("gp-torvet")
    assert (fault.value.what, fault.value.per) == ("call", "system")
    assert call("gp-havnen") == b"heard"
    assert [call("") for _ in range(3)] == [b"heard"] * 3, "what anybody may ask is counted by address"


def test_without_redis_each_process_counts_by_itself() -> None:
    alone = RateLimits(AWAY, lambda _purpose, who: who.encode())
    who = {Per.PERSON: "employee-1"}
    assert [alone.allows(What.CITIZEN_SEARCH, who) for _ in range(SEARCHES + 1)] == [True] * SEARCHES + [False]
    assert alone.allows(What.CITIZEN_SEARCH, {Per.PERSON: "employee-2"})
    with pytest.raises(TooOften) as fault:
        alone.require(What.CITIZEN_SEARCH, who)
    assert (fault.value.what, fault.value.per) == ("citizen-search", "person") and 1 <= fault.value.retry_after <= 60


def test_knocking_does_not_fill_the_audit_and_hides_nobody_else(tmp_path: Path) -> None:
    """One address has so many rows a minute, whatever it knocks at; another address and a session have their own."""
    world = NurseWorld(tmp_path)
    most = next(rate.amount for rate in RATES if (rate.what, rate.per) == (What.REFUSAL, Per.ADDRESS))
    doors = ("/soap/consultations", "/internal/rooms", "/fhir/r4/token", "/medcom/nobody/messages")
    client = world.app.test_client()
    for number in range(2 * most):
        client.post(doors[number % len(doors)], data=b"<nothing/>", environ_overrides={"REMOTE_ADDR": "192.0.2.7"})
    assert refused_rows(world) == most
    client.post(doors[0], data=b"<nothing/>", environ_overrides={"REMOTE_ADDR": "192.0.2.8"})
    nurse = world.nurse()
    nurse.client.get(f"/konsultation/{world.gateway.ids.new()}", environ_overrides={"REMOTE_ADDR": "192.0.2.7"})
    assert refused_rows(world) == most + 2
    world.gateway.engine.dispose()


def refused_rows(world: NurseWorld) -> int:
    query = select(func.count()).select_from(audit).where(audit.c.verb == "refused")
    with transaction(world.gateway.engine, SystemScope(), read_only=True) as connection:
        return int(connection.execute(query).scalar_one())
