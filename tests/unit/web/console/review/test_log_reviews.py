"""*Stikprøve*: drawn once, judged row by row, signed, and after that only added to (AD18)."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import delete, select, update
from sqlalchemy.exc import DatabaseError

from gateway.alarms.watch import Watch
from gateway.domain.alarm import AlarmKind, Condition, Host
from gateway.domain.consultation.aggregate import Consultation
from gateway.domain.log_review.drawing import MOST_CITIZENS, Known, Look, Rule, Terms, draw
from gateway.domain.log_review.review import bounds
from gateway.domain.oversight import ConsoleRole
from gateway.domain.people import Actor, ActorKind
from gateway.domain.practice import COPENHAGEN, Span, danish_day
from gateway.domain.records import AuditRow
from gateway.domain.scope import SystemScope
from gateway.domain.uptake.statistics import months_over
from gateway.store.ground.engine import transaction
from gateway.store.ground.tables_audit import audit
from gateway.store.matters.tables_log_reviews import log_review
from gateway.store.watch.alarms import SqlAlarms
from gateway.store.watch.tables import alarm, alarm_notice
from tests.support.consultations import KOMMUNE_A, KOMMUNE_B
from tests.unit.web.console.console_world import Administrator, ConsoleWorld

R = ConsoleRole
STRANGER = str(UUID(int=77))
NOON = time(12)


@pytest.fixture
def world(tmp_path_factory: pytest.TempPathFactory) -> ConsoleWorld:
    return ConsoleWorld(tmp_path_factory.mktemp("reviews"))


def last_month(world: ConsoleWorld) -> date:
    return months_over(danish_day(world.gateway.clock.now()))[0]


def looked(world: ConsoleWorld, ours: Consultation, times: int = 1, at: time = NOON) -> None:
    """In the month before, by somebody who has nothing to do with it."""
    day = bounds(last_month(world))[0].astimezone(COPENHAGEN).date() + timedelta(days=9)
    who = Actor(ActorKind.EMPLOYEE, STRANGER, "Mette Holm", "Sygeplejerske")
    for number in range(times):
        moment = datetime.combine(day + timedelta(days=number % 5), at, COPENHAGEN) + timedelta(seconds=number)
        row = AuditRow(moment, who, "Fjordby", "read", "page-note", ours.id, ours.cases[0].id, "treatment")
        world.gateway.store.record_audit(replace(row, tenant=ours.tenant))


def drawn(world: ConsoleWorld, tenant: UUID = KOMMUNE_A) -> tuple[Administrator, str]:
    ida = world.administrator(R.LOG_REVIEW, tenant=tenant)
    address = f"/konsol/tilsyn/stikproeve/{last_month(world):%Y-%m}"
    assert ida.post(f"{address}/traek").status_code == 303
    return ida, address


def seqs(shown: str) -> list[str]:
    return re.findall(r'data-seq="(\d+)"', shown)


def acts(world: ConsoleWorld) -> list[str]:
    with transaction(world.gateway.engine, SystemScope(), read_only=True) as connection:
        found = connection.execute(select(audit.c.what).where(audit.c.what.like("review %")).order_by(audit.c.seq))
        return [what for what in found.scalars() if not what.startswith("review show")]


def test_a_month_is_drawn_once_and_no_citizen_is_in_it(world: ConsoleWorld) -> None:
    ours = world.owed_to("gp-torvet")
    looked(world, ours, 50)
    ida, address = drawn(world)
    shown = ida.get(address)
    assert 20 <= len(seqs(shown)) <= 40, "twenty at random, and ten by each rule that found some"
    assert "så siden med notatet om borgeren" in shown and ours.short_id in shown and "Mette Holm" in shown
    assert ours.cases[0].citizen.name not in shown
    assert ida.post(f"{address}/traek").status_code == 409
    assert "Udtrukket" in ida.get("/konsol/tilsyn/stikproeve")
    assert seqs(ida.get(address)) == seqs(shown)
    assert [what.split()[1] for what in acts(world)] == ["draw"]


def test_judged_and_signed_nothing_changes_any_more(world: ConsoleWorld) -> None:
    looked(world, world.owed_to("gp-torvet"), 2)
    ida, address = drawn(world)
    first, second = seqs(ida.get(address))
    assert ida.post(f"{address}/underskriv").status_code == 409, "rows are left"
    refused = ida.post(f"{address}/vurder", {"seq": first, "judgement": "not-justified", "note": ""})
    assert refused.status_code == 422 and 'value="not-justified" checked' in refused.get_data(as_text=True)
    for seq in (first, second):
        assert ida.post(f"{address}/vurder", {"seq": seq, "judgement": "justified"}).status_code == 303
    assert ida.post(f"{address}/underskriv").status_code == 303
    digest = acts(world)[-1].split()[-1]
    assert len(digest) == 64 and digest in ida.get(address)
    assert ida.post(f"{address}/underskriv").status_code == 409
    later = {"seq": first, "judgement": "not-justified", "note": "Havde ikke borgeren i sin rute."}
    assert ida.post(f"{address}/vurder", later).status_code == 303
    shown = ida.get(address)
    assert 'data-testid="added"' in shown and digest in shown
    assert ida.client.get(f"{address}.pdf").data.startswith(b"%PDF")
    for change in (update(log_review).values(judgement="justified"), delete(log_review)):
        with pytest.raises(DatabaseError), transaction(world.gateway.engine, SystemScope()) as connection:
            connection.execute(change)


def test_a_number_in_a_note_is_kept_nowhere(world: ConsoleWorld) -> None:
    looked(world, world.owed_to("gp-torvet"))
    ida, address = drawn(world)
    said = {"seq": seqs(ida.get(address))[0], "judgement": "examined", "note": "Spurgte om 251248-9996"}
    answer = ida.post(f"{address}/vurder", said)
    assert answer.status_code == 422 and "251248" not in answer.get_data(as_text=True)


def test_another_organisations_looks_are_not_drawn(world: ConsoleWorld) -> None:
    looked(world, world.owed_to("gp-torvet", KOMMUNE_B), 3)
    ida, address = drawn(world)
    assert seqs(ida.get(address)) == []
    assert ida.client.get("/konsol/tilsyn/stikproeve/2999-01").status_code == 404


def test_a_month_nobody_signs_in_time_is_one_alarm_until_it_is_signed(world: ConsoleWorld) -> None:
    looked(world, world.owed_to("gp-torvet"))
    gateway, first = world.gateway, last_month(world)
    tenant = gateway.organisations.tenant(KOMMUNE_A)
    assert tenant is not None
    today = danish_day(gateway.clock.now())
    for day, late in ((28, today.day > 28), (1, today.day > 1)):
        gateway.organisations.apply_tenant(replace(tenant, settings={**tenant.settings, "review_day": day}))
        assert (KOMMUNE_A in dict(gateway.log_reviews.late(gateway.clock.now()))) is late
    after = bounds(first)[1] + timedelta(days=20)
    assert dict(gateway.log_reviews.late(after)) == {KOMMUNE_A: 1}
    ida, address = drawn(world)
    ida.post(f"{address}/vurder", {"seq": seqs(ida.get(address))[0], "judgement": "justified"})
    ida.post(f"{address}/underskriv")
    assert dict(gateway.log_reviews.late(after)) == {}
    Watch(gateway, "relay", lambda: Host("here")).look()
    assert AlarmKind.REVIEW not in {each.condition.kind for each in gateway.alarms.active()}


def test_the_alarm_of_it_is_not_said_again(world: ConsoleWorld) -> None:
    wrong = {Condition(AlarmKind.REVIEW, "log-review", KOMMUNE_A), Condition(AlarmKind.WISHES, "wishes", KOMMUNE_A)}
    for hours in (0, 5):
        now = world.gateway.clock.now() + timedelta(hours=hours)
        SqlAlarms(world.gateway.engine, lambda _, now=now: now).update(wrong, {KOMMUNE_A: ["mail"]})  # type: ignore[misc]
    with transaction(world.gateway.engine, SystemScope(), read_only=True) as connection:
        edges = select(alarm.c.kind, alarm_notice.c.edge).join(alarm, alarm.c.id == alarm_notice.c.alarm)
        told = sorted(f"{kind} {edge}" for kind, edge in connection.execute(edges))
    assert told == ["log-review-late start", "wishes-new reminder", "wishes-new start"]


def look(seq: int, person: str = STRANGER, at: time = NOON, **more: object) -> Look:
    moment = datetime.combine(date(2026, 10, 5), at, COPENHAGEN)
    row = Look(seq, moment, "read", "page-note", uuid4(), bytes([seq % 256]), ActorKind.EMPLOYEE, person)
    return replace(row, **more)  # type: ignore[arg-type]


TERMS = Terms(0, Span(time(6), time(23)), lambda seq: bytes([seq % 256]))


@pytest.mark.parametrize(
    ("rule", "row", "is_known"),
    [
        (Rule.NO_RELATION, look(1), False),
        (Rule.OUT_OF_HOURS, look(1, at=time(23, 0)), True),
        (Rule.OUT_OF_HOURS, look(1, at=time(5, 59)), True),
        (Rule.ALONE, look(1, verb="write", what="connections activate-alone gp", citizen=None), True),
        (Rule.ALONE, look(1, verb="write", what="connections activate alone: gp", citizen=None), True),
    ],
)
def test_a_rule_finds_its_row_and_leaves_an_ordinary_one(rule: Rule, row: Look, is_known: bool) -> None:
    ordinary = look(2)
    near = {
        each.consultation: frozenset({STRANGER} if is_known or each is ordinary else ()) for each in (row, ordinary)
    }
    assert draw([row, ordinary], Known(near), TERMS).rules == {1: (rule,)}  # type: ignore[arg-type]


def test_a_protected_citizen_and_a_day_of_too_many_are_found() -> None:
    rows = [look(seq) for seq in range(1, MOST_CITIZENS + 3)]
    near = {each.consultation: frozenset({STRANGER}) for each in rows}
    protected = frozenset({rows[4].consultation})
    sample = draw(rows, Known(near, protected), TERMS)  # type: ignore[arg-type]
    assert sample.found[Rule.MANY] == 2 and sample.rules[5] == (Rule.PROTECTED,)
    assert {seq for seq, rules in sample.rules.items() if Rule.MANY in rules} == {31, 32}
