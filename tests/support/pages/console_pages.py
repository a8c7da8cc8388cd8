"""The console's pages that are only looked at, found in the table of routes, on a stage where each has something to
show."""

from __future__ import annotations

from gateway.web.guards import audience_of
from tests.unit.web.acts.console_exercises import (
    a_difference,
    a_draft,
    a_request,
    a_window,
    a_wish,
    delivery_of,
    owed_note,
)
from tests.unit.web.acts.stage import Stage
from tests.unit.web.nurse_world import UNCONNECTED

PARTS = ("/raekker", "/tilstand", ".csv", ".toml")  # fetched by pages, or files


def furnished(stage: Stage) -> None:
    """Something of everything: consultations in each state, a wish, a difference, a draft, a window and a request."""
    for state in ("waiting", "review", "talk", "rejected"):
        stage.at(state)
    for make in (a_wish, a_difference, a_request, a_window):
        make(stage, None)


def addresses(stage: Stage) -> list[str]:
    """Each page once, with values that lead to something."""
    owed = owed_note(stage)
    named = {
        "console_timeline.show": {"id": owed.id},
        "console_handling.one": {"id": delivery_of(stage, owed)["id"]},
    }
    values = {"connection": "eoj-nexus", "number": str(UNCONNECTED)}
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
