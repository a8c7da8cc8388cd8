"""*Log og tilsyn*: a citizen's own list in the console, and what should have been erased (AD18)."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import update

from gateway.domain.consultation.aggregate import Consultation
from gateway.domain.identifiers import Cpr
from gateway.domain.oversight import ConsoleRole
from gateway.domain.scope import SystemScope
from gateway.store.consultation.audit import SqlAuditTrail
from gateway.store.consultation.tables import consultation as root
from gateway.store.ground.engine import transaction
from tests.support.consultations import KOMMUNE_A, KOMMUNE_B
from tests.unit.web.console.console_world import ConsoleWorld

R = ConsoleRole
PAGE, INSIGHT = "/konsol/tilsyn", "/konsol/tilsyn/indsigt"


@pytest.fixture
def world(tmp_path_factory: pytest.TempPathFactory) -> ConsoleWorld:
    return ConsoleWorld(tmp_path_factory.mktemp("log-review"))


def number_of(consultation: Consultation) -> Cpr:
    identifier = consultation.cases[0].citizen.identifier
    assert isinstance(identifier, Cpr)
    return identifier


def asked(consultation: Consultation, **more: str) -> dict[str, str]:
    return {"cpr": number_of(consultation).digits, "case": "Sag 2026-17", **more}


def test_the_list_says_who_saw_what_and_that_it_was_asked_for(world: ConsoleWorld) -> None:
    ours = world.owed_to("gp-torvet")
    support, ida = world.administrator(R.SUPPORT), world.administrator(R.LOG_REVIEW)
    support.post("/konsol/beskeder/borger", asked(ours, purpose="support"))
    shown = ida.post(INSIGHT, asked(ours)).get_data(as_text=True)
    assert "fandt de beskeder, der er sendt om dig" in shown and "dannede denne liste" in shown
    assert number_of(ours).digits not in shown and ours.cases[0].citizen.name not in shown
    trail = SqlAuditTrail(world.gateway.engine, world.gateway.vault).of_citizen(number_of(ours), KOMMUNE_A)
    assert (trail[-1].what, trail[-1].basis, trail[-1].channel) == ("audit export", "access Sag 2026-17", "console")


def test_as_a_file_it_names_nobody_and_is_kept_nowhere_on_the_way(world: ConsoleWorld) -> None:
    ours = world.owed_to("gp-torvet")
    answer = world.administrator(R.LOG_REVIEW).post(INSIGHT, asked(ours, form="pdf"))
    assert answer.data.startswith(b"%PDF") and answer.headers["Content-Type"] == "application/pdf"
    assert answer.headers["Content-Disposition"].startswith('attachment; filename="log-20')
    assert "no-store" in answer.headers["Cache-Control"]


def test_only_her_own_organisations_log_is_read(world: ConsoleWorld) -> None:
    theirs = world.owed_to("gp-torvet", KOMMUNE_B)
    world.administrator(R.SUPPORT, tenant=KOMMUNE_B).post("/konsol/beskeder/borger", asked(theirs, purpose="support"))
    shown = world.administrator(R.LOG_REVIEW, tenant=KOMMUNE_A).post(INSIGHT, asked(theirs)).get_data(as_text=True)
    assert "Der står én linje om dig" in shown, "only that the list was made"


@pytest.mark.parametrize(("field", "value"), [("cpr", "123"), ("cpr", ""), ("case", ""), ("case", "2512489996")])
def test_without_a_number_or_a_case_nothing_is_read_or_written(world: ConsoleWorld, field: str, value: str) -> None:
    ours = world.owed_to("gp-torvet")
    answer = world.administrator(R.LOG_REVIEW).post(INSIGHT, asked(ours) | {field: value})
    assert answer.status_code == 422 and f'id="field-{field}"' in answer.get_data(as_text=True)
    assert number_of(ours).digits not in answer.get_data(as_text=True)
    trail = SqlAuditTrail(world.gateway.engine, world.gateway.vault).of_citizen(number_of(ours), KOMMUNE_A)
    assert [row for row in trail if row.what == "audit export"] == []


def test_what_is_past_its_day_is_counted_and_a_note_that_is_owed_told_apart(world: ConsoleWorld) -> None:
    ida = world.administrator(R.LOG_REVIEW)
    assert 'data-testid="in-time"' in ida.get(PAGE)
    _past_its_day(world, world.owed_to("gp-torvet"), timedelta(minutes=5))
    assert 'data-testid="in-time"' in ida.get(PAGE), "the erasure comes by every few seconds"
    _past_its_day(world, world.owed_to("gp-torvet"), timedelta(hours=2))
    assert "1 konsultation har tekst, der skulle være slettet" in ida.get(PAGE)
    other = world.administrator(R.LOG_REVIEW, tenant=KOMMUNE_B)
    assert 'data-testid="in-time"' in other.get(PAGE)


def _past_its_day(world: ConsoleWorld, consultation: Consultation, since: timedelta) -> None:
    with transaction(world.gateway.engine, SystemScope()) as connection:
        past = update(root).where(root.c.id == consultation.id)
        connection.execute(past.values(erase_after=world.gateway.clock.now() - since))
