"""Finding one message without reading whom it is about; a citizen only with a reason that is audited (AD08, AD09)."""

from __future__ import annotations

import logging
import re

import pytest

from gateway.domain.consultation.aggregate import Consultation
from gateway.domain.identifiers import Cpr
from gateway.domain.oversight import ConsoleRole
from gateway.domain.scope import SystemScope
from gateway.store.consultation.audit import SqlAuditTrail
from gateway.store.ground.engine import transaction
from gateway.store.ground.schema import metadata
from tests.support.consultations import KOMMUNE_A, KOMMUNE_B, PRACTICE
from tests.unit.web.console.console_world import Administrator, ConsoleWorld

R = ConsoleRole
BOX, CITIZEN = "/konsol/beskeder", "/konsol/beskeder/borger"


@pytest.fixture
def world(tmp_path_factory: pytest.TempPathFactory) -> ConsoleWorld:
    return ConsoleWorld(tmp_path_factory.mktemp("messages"))


@pytest.fixture
def ours(world: ConsoleWorld) -> Consultation:
    return world.owed_to("gp-torvet")


def leads_to(ida: Administrator, words: str) -> str:
    answer = ida.post(BOX, {"words": words})
    return str(answer.headers.get("Location", answer.status_code))


def delivery_of(world: ConsoleWorld, consultation: Consultation) -> str:
    return str(world.gateway.store.deliveries_of(SystemScope(), consultation.id)[0].id)


def names_of(consultation: Consultation) -> list[str]:
    case = consultation.cases[0]
    number = str(case.citizen.identifier.value) if case.citizen.identifier else ""
    words = [case.citizen.name, number, f"{number[:6]}-{number[6:]}", consultation.reason]
    return [word for word in words if word and word != "-"]


def test_the_box_knows_what_it_got(world: ConsoleWorld, ours: Consultation) -> None:
    ida, there = world.administrator(R.SUPPORT), f"/konsol/forloeb/{ours.id}"
    spoken = ours.short_id.lower().replace("-", " ")
    entry = ours.entries[-1].id
    for words in (ours.short_id, spoken, str(ours.id), str(entry), delivery_of(world, ours), str(PRACTICE)):
        assert leads_to(ida, words) == there, words
    assert leads_to(ida, "gp-torvet") == "/konsol/forbindelser/gp-torvet"


@pytest.mark.parametrize("said", ["Task/4711", "4711"])
def test_the_peers_own_word_finds_it(world: ConsoleWorld, ours: Consultation, said: str) -> None:
    table = metadata.tables["delivery"]
    reference = "MSA-2 4711" if said == "4711" else said
    with transaction(world.gateway.engine, SystemScope()) as db:
        db.execute(table.update().where(table.c.consultation == ours.id).values(reference=reference))
    assert leads_to(world.administrator(R.SUPPORT), said) == f"/konsol/forloeb/{ours.id}"


def test_hits_and_timeline_name_nobody(world: ConsoleWorld, ours: Consultation) -> None:
    world.owed_to("gp-torvet")
    ida = world.administrator(R.INTEGRATION)
    hits = ida.post(BOX, {"words": str(PRACTICE)}).get_data(as_text=True)
    timeline = ida.get(f"/konsol/forloeb/{ours.id}")
    assert len(re.findall('data-testid="hit"', hits)) == 2
    assert 'data-kind="placed"' in timeline and ours.short_id in timeline
    assert names_of(ours), "the consultation is about somebody"
    assert [word for word in names_of(ours) if word in hits + timeline] == []


def test_another_organisations_is_found_by_nobody_here(world: ConsoleWorld) -> None:
    theirs = world.owed_to("gp-torvet", KOMMUNE_B)
    ida = world.administrator(R.INTEGRATION, R.SUPPORT, tenant=KOMMUNE_A)
    for words in (theirs.short_id, str(theirs.id), delivery_of(world, theirs), str(PRACTICE), "eoj-skovby"):
        answer = ida.post(BOX, {"words": words})
        assert answer.status_code == 200 and "Ingen fundet" in answer.get_data(as_text=True), words
    assert ida.client.get(f"/konsol/forloeb/{theirs.id}").status_code == 404
    finn = world.administrator(R.OPERATOR, tenant=None)
    assert leads_to(finn, theirs.short_id) == f"/konsol/forloeb/{theirs.id}"


def test_an_id_in_which_ten_digits_look_like_a_number_is_an_id(world: ConsoleWorld) -> None:
    answer = world.administrator(R.SUPPORT).post(BOX, {"words": "01a22d02-d42a-780d-a9ee-ff2512489996"})
    assert answer.status_code == 200 and "Ingen fundet" in answer.get_data(as_text=True)


@pytest.mark.parametrize("number", ["2512489996", "251248-9996", "251248 9996", "kald om 2512489996 i går"])
def test_a_number_in_the_ordinary_box_is_refused_and_nowhere_repeated(
    world: ConsoleWorld, number: str, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    with caplog.at_level(logging.DEBUG):
        answer = world.administrator(R.SUPPORT).post(BOX, {"words": number})
    page = answer.get_data(as_text=True)
    assert answer.status_code == 422 and "Det ligner et CPR-nummer" in page
    said = page + caplog.text + "".join(capsys.readouterr())
    assert not any(part in said for part in (number, "2512489996", "9996"))


def test_a_citizen_is_sought_with_a_reason_and_it_stands_in_her_log(world: ConsoleWorld, ours: Consultation) -> None:
    ida, identifier = world.administrator(R.SUPPORT), ours.cases[0].citizen.identifier
    assert isinstance(identifier, Cpr)
    fields = {"cpr": identifier.digits, "purpose": "access", "case": "Sag 2026-17"}
    page = ida.post(CITIZEN, fields).get_data(as_text=True)
    assert f"/konsol/forloeb/{ours.id}" in page
    assert [word for word in names_of(ours) if word in page] == []
    trail = SqlAuditTrail(world.gateway.engine, world.gateway.vault).of_citizen(identifier, KOMMUNE_A)
    assert [(row.what, row.basis, row.actor.name) for row in trail if row.channel == "console"] == [
        ("messages find-citizen", "access Sag 2026-17", "Ida Krag")
    ]


@pytest.mark.parametrize(
    ("field", "value"),
    [("cpr", "123"), ("purpose", ""), ("purpose", "curiosity"), ("case", ""), ("case", "2512489996")],
)
def test_a_search_without_a_reason_is_none(world: ConsoleWorld, ours: Consultation, field: str, value: str) -> None:
    fields = {"cpr": "2512489996", "purpose": "support", "case": "Sag 1"} | {field: value}
    answer = world.administrator(R.SUPPORT).post(CITIZEN, fields)
    page = answer.get_data(as_text=True)
    assert answer.status_code == 422 and 'data-testid="hit"' not in page
    assert "2512489996" not in page, "a number is not shown again"


def test_another_organisations_citizen_gives_no_hit(world: ConsoleWorld) -> None:
    theirs = world.owed_to("gp-torvet", KOMMUNE_B)
    identifier = theirs.cases[0].citizen.identifier
    assert isinstance(identifier, Cpr)
    fields = {"cpr": identifier.digits, "purpose": "support", "case": "Sag 1"}
    page = world.administrator(R.SUPPORT, tenant=KOMMUNE_A).post(CITIZEN, fields).get_data(as_text=True)
    assert "Ingen fundet" in page


def test_looking_at_a_timeline_is_audited(world: ConsoleWorld, ours: Consultation) -> None:
    ida = world.administrator(R.LOG_REVIEW)
    ida.get(f"/konsol/forloeb/{ours.id}")
    identifier = ours.cases[0].citizen.identifier
    assert identifier is not None
    trail = SqlAuditTrail(world.gateway.engine, world.gateway.vault).of_citizen(identifier)
    assert [row.what for row in trail if row.channel == "console"] == ["show"]
