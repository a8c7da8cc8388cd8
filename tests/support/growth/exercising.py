"""Everything that asks the database something, once: acts, pages, polls, periodic jobs."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator

from gateway.web.csrf import SAFE
from gateway.web.guards import audience_of
from tests.unit.web.acts.exercises import EXERCISES
from tests.unit.web.acts.stage import Stage
from tests.unit.web.acts.test_table import acts, press
from workers.upkeep import Upkeep

STATES = ("waiting", "review", "alone talk")  # between them every page shows what it can


def do_every_act(stage: Stage) -> None:
    """Each by one of its addresses: JSON route and form lead to one service."""
    for (who, verb), rows in acts(stage.world.app).items():
        rule, act = rows[0]
        answer = press(stage, rule, act, EXERCISES[who][verb])
        assert answer.status_code < 500 or answer.status_code == 503, (verb, answer.status_code)


def look_at_every_page(stage: Stage) -> None:
    """Every address that is read, of a consultation in each state, by whoever may read it."""
    app = stage.world.app
    with app.app_context():
        rules = [r for r in app.url_map.iter_rules() if set(r.methods or ()) & set(SAFE) and r.endpoint != "static"]
    for state in STATES:
        c = stage.at(state)
        mine = stage.citizen(c).client if "alone" in state else None
        seats = {"clinic": stage.doctor.client, "console": stage.admin.client, "citizen": mine}
        named = {"id": c.id, "entry": c.entries[-1].id if c.entries else None, "reference": c.short_id}
        for rule in rules:
            known = {name for name, value in named.items() if value}
            if set(rule.arguments) <= known and (rule.arguments or state == STATES[0]):
                with app.app_context():
                    who = audience_of(rule.endpoint)
                client = seats.get(who or "", stage.nurse.client)
                built = rule.build({name: named[name] for name in rule.arguments})
                if client is not None and built is not None:
                    assert client.get(built[1]).status_code < 500, rule.rule


def run_every_job(stage: Stage) -> None:
    upkeep = Upkeep(stage.gateway)
    for step in steps_of(upkeep):
        step()


def steps_of(upkeep: Upkeep) -> Iterator[Callable[[], object]]:
    for name, method in inspect.getmembers(upkeep, inspect.ismethod):
        if not name.startswith("_") and not inspect.signature(method).parameters:
            yield method
