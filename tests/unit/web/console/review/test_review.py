"""What an auditor asks in the console: refusals, an incident with its list, erasure of a month, the record (AD18)."""

from __future__ import annotations

import re
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import update

from gateway.domain.oversight import ConsoleRole
from gateway.domain.peers.delivery import Outcome
from gateway.domain.practice import COPENHAGEN, danish_day
from gateway.domain.scope import SystemScope
from gateway.store.consultation.audit import SqlAuditTrail
from gateway.store.consultation.tables import consultation as root
from gateway.store.ground.engine import db_now, transaction
from gateway.web.console.home import ROOMS
from gateway.web.guards import audience_of
from gateway.web.words.matters.places import place_words
from tests.support.consultations import KOMMUNE_A, KOMMUNE_B
from tests.unit.web.console.console_world import Administrator, ConsoleWorld
from tests.unit.web.console.review.test_access_list import number_of

R = ConsoleRole
INCIDENT = "/konsol/haendelse"


@pytest.fixture
def world(tmp_path_factory: pytest.TempPathFactory) -> ConsoleWorld:
    return ConsoleWorld(tmp_path_factory.mktemp("review"), subprocessors="Hosting A/S: databasen, krypteret; Mail: –")


def test_what_is_refused_stands_with_who_tried(world: ConsoleWorld) -> None:
    world.administrator(R.SUPPORT).client.get("/konsol/tilsyn")
    mine, theirs = (
        world.administrator(R.LOG_REVIEW, tenant=each).get("/konsol/afvist") for each in (KOMMUNE_A, KOMMUNE_B)
    )
    assert mine.count('data-testid="refusal"') == 1 and "har ikke rettigheden" in mine
    assert 'data-testid="refusal"' not in theirs
    assert 'data-testid="refusal"' in world.administrator(R.OPERATOR, tenant=None).get("/konsol/afvist")


def attempted(world: ConsoleWorld, name: str, outcome: Outcome) -> None:
    while (mine := world.gateway.outbox.claim(timedelta(minutes=1))) is not None:
        world.gateway.outbox.settle(
            mine, outcome, pause=timedelta(hours=1), fault="" if outcome is Outcome.DONE else "away"
        )


def asked_of(hand: Administrator, connection: str, begin: str, end: str, day: str) -> str:
    answer = hand.post(f"{INCIDENT}/tael", {"connection": connection, "day": day, "begins": begin, "ends": end})
    assert answer.status_code == 200, answer.get_data(as_text=True)
    return answer.get_data(as_text=True)


def test_a_fault_is_counted_and_its_citizens_are_named_by_two_only(world: ConsoleWorld) -> None:
    ours = world.owed_to("gp-torvet")
    world.owed_to("gp-torvet", KOMMUNE_B)
    attempted(world, "gp-torvet", Outcome.NOT_DONE)
    today = f"{world.gateway.clock.now().astimezone(COPENHAGEN):%d.%m.%Y}"
    karen, ida = (world.administrator(R.LOG_REVIEW, name=name) for name in ("Karen", "Ida"))
    counted = asked_of(karen, "gp-torvet", "00.00", "23.59", today)
    assert "1 borger<" in counted and "Ved 1 kom mindst én ikke igennem" in counted
    assert "0 borgere<" in asked_of(karen, "eoj-fjordby", "00.00", "23.59", today)
    detail = re.findall(r'name="detail" value="([^"]+)"', counted)[0]
    karen.post(f"{INCIDENT}/bed", {"connection": "gp-torvet", "detail": detail, "reason": "Nedbrud i køen"})
    (request,) = world.gateway.approvals.listed(KOMMUNE_A)
    assert karen.client.get(f"{INCIDENT}/{request.id}").status_code == 409
    assert world.administrator(R.INTEGRATION).post(f"/konsol/godkendelser/{request.id}/godkend").status_code == 403
    assert karen.post(f"/konsol/godkendelser/{request.id}/godkend").status_code == 409, "not alone"
    assert ida.post(f"/konsol/godkendelser/{request.id}/godkend").status_code == 303
    shown = karen.get(f"{INCIDENT}/{request.id}")
    assert shown.count('data-testid="citizen"') == 1 and number_of(ours).digits in shown
    assert ida.client.get(f"{INCIDENT}/{request.id}").status_code == 409, "for whoever asked alone"
    trail = SqlAuditTrail(world.gateway.engine, world.gateway.vault).of_citizen(number_of(ours), KOMMUNE_A)
    assert (trail[-1].what, trail[-1].consultation) == ("incident list", ours.id)


def closed(world: ConsoleWorld, id: UUID, ago: timedelta) -> None:
    with transaction(world.gateway.engine, SystemScope()) as connection:
        now = db_now(connection)
        due = {"closed_at": now - ago, "erase_after": now - ago, "counted_on": danish_day(now)}
        connection.execute(update(root).where(root.c.id == id).values(due))


def test_a_months_text_is_gone_when_its_key_is(world: ConsoleWorld) -> None:
    ours = world.owed_to("gp-torvet")
    closed(world, ours.id, timedelta(days=2))
    hand = world.administrator(R.LOG_REVIEW)
    month = f"{danish_day(world.gateway.clock.now()):%Y-%m}"
    assert "skulle være slettet" in hand.get(f"/konsol/sletning?maaned={month}")
    assert world.gateway.erasure.erase_texts() == 1
    told = hand.get(f"/konsol/sletning?maaned={month}")
    assert "Al tekst er slettet." in told and told.count('data-testid="sampled"') == 1 and ours.short_id in told
    assert "sampled" not in world.administrator(R.LOG_REVIEW, tenant=KOMMUNE_B).get(f"/konsol/sletning?maaned={month}")


def test_the_record_names_receivers_sub_processors_and_limits(world: ConsoleWorld) -> None:
    hand = world.administrator(R.SETUP)
    page, text = hand.get("/konsol/fortegnelse"), hand.get("/konsol/fortegnelse.txt")
    for told in (page, text):
        assert "Hosting A/S" in told and "databasen, krypteret" in told and "Journalen" in told
        assert "30 dage efter afslutning" in told and "60 måneder" in told and "eoj-skovby" not in told


def test_who_could_look_on_a_day(world: ConsoleWorld) -> None:
    now = world.gateway.clock.now()
    world.employee()
    hand = world.administrator(R.LOG_REVIEW)
    then = f"{now - timedelta(days=40):%d.%m.%Y}"
    assert 'data-testid="holder"' in hand.get("/konsol/adgange")
    assert 'data-testid="holder"' not in hand.get(f"/konsol/adgange?dag={then}")
    assert hand.client.get("/konsol/adgange?dag=sommer").status_code == 422


def test_every_wing_has_a_name_where_refusals_are_told(world: ConsoleWorld) -> None:
    """What stands in *Afvist adgang* is no word of the source: a page's wing, an act, or a door's own address."""
    with world.app.test_request_context("/konsol/afvist"):
        known = set(place_words()) | {room.endpoint.partition(".")[0] for room in ROOMS}
        wings = {
            rule.endpoint.partition(".")[0] for rule in world.app.url_map.iter_rules() if audience_of(rule.endpoint)
        }
        unused = {each for each in place_words() if each not in wings} - {"/signal"}
    assert len(wings) > 20 and wings - known == set() and unused == set()
    hand = world.employee()
    hand.client.get("/konsultation/0192f000-0000-7000-8000-0000000000ff")
    assert ">En konsultation<" in world.administrator(R.LOG_REVIEW).get("/konsol/afvist")
