"""Everything the console does is also ``laegebro …`` and leaves the same row; a page that shows a person leaves one."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select
from werkzeug.routing import Rule

from gateway.connecting import second_person
from gateway.connecting.second_person import Wanted
from gateway.domain.consultation.aggregate import Consultation
from gateway.domain.oversight import RiskyAct
from gateway.domain.peers.delivery import Outcome
from gateway.domain.scope import SystemScope
from gateway.matters.incidents import Span
from gateway.store.ground.engine import transaction
from gateway.store.ground.tables_audit import audit
from gateway.web.guards import audience_of
from tests.architecture.source import ROOT, nodes_of
from tests.support.commands import every_command
from tests.unit.web.acts.console_exercises import a_drawn_month, delivery_of, owed_note
from tests.unit.web.acts.stage import Stage
from tests.unit.web.nurse_world import CPR, TENANT

# Each route of the console below /konsol → the command that does the same.
COMMANDS = {
    "forbindelser": "connections list",
    "forbindelser/raekker": "connections list",
    "forbindelser/tilstand": "connections list",
    "forbindelser/<connection>": "connections history",
    "forbindelser/ny": "connections draft",
    "forbindelser/<connection>/noegler": "connections held",
    "forbindelser/<connection>/kladde": "connections diff",
    "forbindelser/<connection>/til-kladde": "connections draft",
    "forbindelser/<connection>/kladde/proev": "connections try",
    "forbindelser/<connection>/kladde/proevekoer": "connections rehearse",
    "forbindelser/<connection>/kladde/aktiver": "connections activate",
    "forbindelser/<connection>/kladde/kasser": "connections drop",
    "forbindelser/<connection>/rul-tilbage": "connections rollback",
    "forbindelser/<connection>/udfas": "connections retire",
    "forbindelser/<connection>/pause": "connections pause",
    "forbindelser/<connection>/genoptag": "connections resume",
    "forbindelser/<connection>/proev": "connections try",
    "forbindelser/<connection>/proevebesked": "connections sample",
    "forbindelser/<connection>/proevebesked/send": "connections send-sample",
    "forbindelser/<connection>/kontraktproeve": "connections certified",
    "forbindelser/<connection>/kontraktproeve/koer": "connections certify",
    "forbindelser/<connection>/kontraktproeve/raekker": "connections certified",
    "forbindelser/<connection>/kontraktproeve/<uuid:id>.html": "connections certified",
    "alarmer": "alarms",
    "alarmer/proev": "alarms test",
    "medarbejdere": "people show",
    "medarbejdere/spaer": "people bar",
    "medarbejdere/aabn": "people unbar",
    "klinikker": "practices list",
    "klinikker/<number>/invitation": "practices invite",
    "opsaetning": "setup history",
    "opsaetning/til-kladde": "setup draft",
    "opsaetning/kladde": "setup draft",
    "opsaetning/kladde/i-kraft": "setup activate",
    "opsaetning/kladde/kasser": "setup drop",
    "adgange": "people review",
    "adgange.csv": "people review",
    "miljoe": "check",
    "miljoe/opsaetning.toml": "connections export",
    "miljoe/opgradering/meld-ud": "upgrade announce",
    "miljoe/opgradering/traek-tilbage": "upgrade take-back",
    "afvist": "review refused",
    "sletning": "review erased",
    "haendelse": "incident count",
    "haendelse/tael": "incident count",
    "haendelse/bed": "incident ask",
    "haendelse/<uuid:id>": "incident list",
    "fortegnelse": "review processing",
    "fortegnelse.txt": "review processing",
    "statistik": "statistics",
    "statistik.csv": "statistics",
    "vedligehold": "maintenance list",
    "vedligehold/planlaeg": "maintenance plan",
    "vedligehold/<uuid:id>/aflys": "maintenance cancel",
    "vedligehold/<uuid:id>/slut": "maintenance end",
    "forskelle": "deliveries differences",
    "forskelle/<uuid:id>/set": "deliveries settle-difference",
    "godkendelser": "approvals list",
    "godkendelser/<uuid:id>/godkend": "approvals grant",
    "godkendelser/<uuid:id>/afvis": "approvals refuse",
    "beskeder": "messages find",
    "beskeder/borger": "messages find-citizen",
    "forloeb/<uuid:id>": "show",
    "tilsyn": "review erased",
    "tilsyn/indsigt": "audit export",
    "tilsyn/stikproeve": "review list",
    "tilsyn/stikproeve/<month>": "review show",
    "tilsyn/stikproeve/<month>.pdf": "review pdf",
    "tilsyn/stikproeve/<month>/traek": "review draw",
    "tilsyn/stikproeve/<month>/vurder": "review judge",
    "tilsyn/stikproeve/<month>/underskriv": "review sign",
    "kraever-handling": "deliveries list",
    "besked/<uuid:id>": "deliveries show",
    "besked/<uuid:id>/proev-nu": "deliveries replay",
    "besked/<uuid:id>/send-igen": "deliveries replay",
    "besked/<uuid:id>/opgiv": "deliveries give-up",
    "besked/<uuid:id>/skrevet": "deliveries written-by-hand",
    "besked/<uuid:id>/uden-billeder": "deliveries without-pictures",
    "oensker": "wishes list",
    "oensker/<uuid:id>": "wishes answer",
    "gentag": "deliveries replay-many",
    "gentag/send": "deliveries replay-many",
}
NO_COMMAND = {
    "": "the way into the console",
    "log-af": "the end of a browser's session",
    "adgange/roller": "which pages stand open to a role: a command has no pages",
    "opsaetning/kladde/vis": "a picture of the nurse's start page",
}
# Names of two words in the trail that no administrator can give as a command.
NO_COMMANDS_NAME = {"setup preview": NO_COMMAND["opsaetning/kladde/vis"]}
# Pages that show the name of somebody at work and leave no row.
NO_ROW: dict[str, str] = {}


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Stage:
    return Stage(tmp_path_factory.mktemp("looks"), rate_factor="1000000")


def rules(stage: Stage) -> Iterator[tuple[str, Rule]]:
    with stage.world.app.app_context():
        found = [rule for rule in stage.world.app.url_map.iter_rules() if audience_of(rule.endpoint) == "console"]
    yield from ((rule.rule.removeprefix("/konsol").removeprefix("/"), rule) for rule in found)


def test_every_page_and_act_of_the_console_has_its_command(stage: Stage) -> None:
    assert {place for place, _ in rules(stage)} == {*COMMANDS, *NO_COMMAND}
    assert set(COMMANDS.values()) <= set(every_command()), "a command that there is not"


def test_an_act_stands_in_the_trail_under_its_commands_name(stage: Stage) -> None:
    views = stage.world.app.view_functions
    acts = [(place, views[rule.endpoint].act) for place, rule in rules(stage) if hasattr(views[rule.endpoint], "act")]
    known = set(every_command())
    assert len(acts) > 40 and [(place, act.audit) for place, act in acts if act.audit and act.audit not in known] == []


def listed(stage: Stage, c: Consultation) -> str:
    """A list of affected citizens that a colleague has granted to the administrator: one message failed."""
    gateway, me = stage.gateway, stage.admin.person
    claimed = gateway.outbox.claim(timedelta(minutes=5), delivery_of(stage, c)["id"])
    assert claimed is not None
    gateway.outbox.settle(claimed, Outcome.NOT_DONE, pause=timedelta(hours=1), fault="away")
    now = gateway.clock.now()
    detail = Span("", now.replace(hour=0, minute=0), now).detail
    asked = second_person.ask(gateway, Wanted(RiskyAct.LIST_AFFECTED, "", detail, "Nedbrud", TENANT), me, "Ida Krag")
    return str(second_person.grant(gateway, asked, "karen", "Karen").id)


def address(stage: Stage, place: str, rule: Rule) -> str:
    c = owed_note(stage)
    named = {"connection": "eoj-nexus", "number": "034835", "month": a_drawn_month(stage, c)["month"], "id": c.id}
    if place.startswith("besked/"):
        named |= delivery_of(stage, c)
    elif place.startswith("haendelse/"):
        named["id"] = listed(stage, c)
    built = rule.build({name: named[name] for name in rule.arguments})
    assert built is not None
    return built[1]


def trail(stage: Stage) -> list[tuple[str, str]]:
    with transaction(stage.gateway.engine, SystemScope(), read_only=True) as connection:
        return [(row.verb, row.what) for row in connection.execute(select(audit.c.verb, audit.c.what))]


def test_a_page_that_shows_a_person_or_refused_access_leaves_a_row_under_its_commands_name(stage: Stage) -> None:
    """Every page is asked once where people are about: an employee, a doctor, a citizen, and one who was refused."""
    stage.nurse.client.get("/konsultation/0192f000-0000-7000-8000-0000000000ff")
    shown, silent, misnamed = set(), set(), []
    words = (stage.nurse.session.grant.name, "Mette", "Lise Hansen", CPR, "Nancy")
    for place, rule in rules(stage):
        if "GET" not in (rule.methods or ()) or place in NO_COMMAND:
            continue
        path = address(stage, place, rule)
        before = len(trail(stage))
        answer = stage.admin.client.get(path)
        rows = trail(stage)[before:]
        text = answer.get_data().decode("utf-8", "replace")  # a PDF's words are packed: it counts as showing
        if answer.status_code == 200 and (answer.mimetype == "application/pdf" or any(each in text for each in words)):
            shown.add(place)
            silent |= set() if any(verb == "read" for verb, _ in rows) else {place}
        mine = (COMMANDS[place], "review show")  # a month's PDF is that month looked at
        misnamed += [(place, what) for verb, what in rows if verb == "read" and not what.startswith(mine)]
    assert shown >= {"afvist", "adgange", "adgange.csv", "haendelse/<uuid:id>", "tilsyn/stikproeve/<month>"}, shown
    assert silent == set(NO_ROW) and misnamed == []
    assert {"sletning", "forloeb/<uuid:id>"} <= {place for place in COMMANDS if _left_a_row(stage, place)}


def _left_a_row(stage: Stage, place: str) -> bool:
    return any(what.startswith(COMMANDS[place]) for _, what in trail(stage))


def test_every_name_in_the_trail_that_looks_like_a_command_is_one() -> None:
    """Two words, as they stand in the source where an act is signed or a look is kept."""
    said = {name for path in (ROOT / "gateway").rglob("*.py") for name in _names(path)}
    assert len(said) > 30
    assert said - set(every_command()) == NO_COMMANDS_NAME.keys()


def _names(path: Path) -> Iterator[str]:
    for node in nodes_of(path):
        called = getattr(node.func, "attr", getattr(node.func, "id", "")) if isinstance(node, ast.Call) else ""
        where = {"signed": 0, "audit_row": 1, "Signature": 1, "Deed": 5}.get(called)
        if isinstance(node, ast.Call) and where is not None and len(node.args) > where:
            said = node.args[where]
            text = said.values[0] if isinstance(said, ast.JoinedStr) else said
            words = text.value.split() if isinstance(text, ast.Constant) and isinstance(text.value, str) else []
            if len(words) > 1:
                yield " ".join(words[:2])
