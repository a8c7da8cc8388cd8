"""The console's pages that are only looked at, found in the table of routes, on a stage where each has something to
show."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

from gateway.connecting import second_person
from gateway.connecting.second_person import Wanted
from gateway.domain.consultation import queueing, ringing, talking
from gateway.domain.oversight import RiskyAct
from gateway.domain.people import SYSTEM
from gateway.domain.practice import danish_day
from gateway.domain.uptake.statistics import months_over
from gateway.web.guards import audience_of
from tests.support.consultations import NURSE, draft, placed
from tests.support.pages.contracts import a_run
from tests.unit.web.acts.console_exercises import (
    a_difference,
    a_draft,
    a_drawn_month,
    a_request,
    a_setup_draft,
    a_window,
    a_wish,
    delivery_of,
    owed_note,
    uncertain_note,
)
from tests.unit.web.acts.stage import Stage
from tests.unit.web.nurse_world import OWN, SECOND, TENANT, UNCONNECTED

PARTS = ("/raekker", "/tilstand", ".csv", ".toml", ".txt", ".html", ".pdf")  # fetched by pages, or files


def furnished(stage: Stage) -> None:
    """Something of everything: consultations in each state, a wish, a difference, a draft, a window and a request."""
    for state in ("waiting", "review", "talk", "rejected"):
        stage.at(state)
    for number in range(60):
        _last_month(stage, number)
    for make in (a_wish, a_difference, a_request, a_window):
        make(stage, None)
    a_run(stage.gateway, "eoj-nexus")
    uncertain_note(stage)


def _last_month(stage: Stage, number: int) -> None:
    """One of many that were seen, and that ended by telephone, on video or without a talk."""
    first = months_over(danish_day(stage.now))[0]
    begun = datetime(first.year, first.month, 1 + number % 28, 9, tzinfo=UTC)
    practice = (OWN, OWN, SECOND, UNCONNECTED)[number % 4]
    asked = placed(replace(draft(TENANT, at=begun), synthetic=True), practice, at=begun, connections=())
    assert asked.entry is not None
    seen = queueing.see(asked, asked.entry.id, begun + timedelta(seconds=40 * (number % 11)), SYSTEM)
    late = begun + timedelta(minutes=12)
    if number % 5 == 0:
        ended = queueing.withdraw(seen, "solved", late, NURSE)
    elif number % 3 == 0:
        ended = talking.held_by_phone(seen, "Lise Hansen", late, NURSE)
    else:
        rings = ringing.accept(seen, begun + timedelta(minutes=8), stage.actor, "Lise Hansen")
        answered = ringing.answer(rings, begun + timedelta(minutes=8, seconds=20), SYSTEM)
        talk = ringing.start_talk(answered, begun + timedelta(minutes=9), SYSTEM)
        ended = talking.hang_up(talk, late + timedelta(minutes=number % 7), NURSE)
    stage.gateway.store.commit(ended)


def granted_list(stage: Stage) -> UUID:
    """What a colleague has let the administrator see: whom a fault touched since yesterday."""
    day = f"{(stage.now - timedelta(days=1)).isoformat()} {stage.now.isoformat()}"
    wanted = Wanted(RiskyAct.LIST_AFFECTED, "", day, "Udfald i køen", TENANT)
    asked = second_person.ask(stage.gateway, wanted, stage.admin.person, "Ida Krag")
    return second_person.grant(stage.gateway, asked, "karen", "Karen Kollega").id


def addresses(stage: Stage) -> list[str]:
    """Each page once, with values that lead to something."""
    owed = owed_note(stage)
    named = {
        "console_timeline.show": {"id": owed.id},
        "console_handling.one": {"id": delivery_of(stage, owed)["id"]},
        "console_incident.one": {"id": granted_list(stage)},
    }
    values = {"connection": "eoj-nexus", "number": str(OWN)} | a_drawn_month(stage, owed)
    a_setup_draft(stage, owed)
    draft = {"connection": a_draft(stage)["connection"]}
    app, found = stage.world.app, []
    with app.app_context():
        rules = [r for r in app.url_map.iter_rules() if "GET" in (r.methods or ())]
        for rule in (r for r in rules if audience_of(r.endpoint) == "console" and not r.rule.endswith(PARTS)):
            known = named.get(rule.endpoint, draft if rule.endpoint.startswith("console_drafts") else values)
            built = rule.build({name: known[name] for name in rule.arguments})
            assert built is not None
            found.append(built[1])
    return sorted(found)
