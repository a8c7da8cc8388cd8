"""The console's acts, once each: by an administrator who holds every role of her organisation."""

from __future__ import annotations

import json
from contextlib import suppress
from datetime import date, time, timedelta
from itertools import count
from uuid import UUID

from gateway import barring
from gateway.connecting import maintaining, upgrading
from gateway.connecting.second_person import Wanted, ask
from gateway.domain.consultation.aggregate import Consultation
from gateway.domain.errors import NotFound
from gateway.domain.log_review.review import Judgement, Review, bounds
from gateway.domain.oversight import RiskyAct
from gateway.domain.peers.delivery import Outcome
from gateway.domain.peers.maintenance import Hours, Plan
from gateway.domain.people import Actor, ActorKind
from gateway.domain.practice import danish_day
from gateway.domain.records import AuditRow, Signature
from gateway.domain.scope import SystemScope
from gateway.domain.uptake.statistics import months_over
from gateway.matters import reviewing
from gateway.matters.setup import deciding
from gateway.store.ground.engine import transaction
from gateway.store.ground.schema import metadata
from gateway.store.peers.connections import Stanza
from simulators.signing import SigningKey
from tests.unit.web.acts import still_exercises
from tests.unit.web.acts.stage import Body, Exercise, Seat, Stage
from tests.unit.web.nurse_world import CPR, TENANT

E = Exercise
NEW_KEY = SigningKey.generated().public_jwks()["keys"][0]
PERSON = {"clinician": "Lise Hansen"}
_NUMBERS = count(1)


def owed_note(stage: Stage) -> Consultation:
    """Its note is owed to a care system that nobody answers at."""
    c = stage.at("review")
    stage.nurse.send(f"/api/v1/consultations/{c.id}/approve", {"text": "Aftalt", **PERSON})
    return stage.world.reload(c)


def delivery_of(stage: Stage, c: Consultation) -> Body:
    return {"id": stage.gateway.store.deliveries_of(SystemScope(), c.id)[-1].id}


def uncertain_note(stage: Stage) -> Consultation:
    c = owed_note(stage)
    table = metadata.tables["delivery"]
    with transaction(stage.gateway.engine, SystemScope()) as db:
        db.execute(table.update().where(table.c.consultation == c.id).values(unknown=True))
    return c


def its_note(stage: Stage, c: Consultation) -> Body:
    return WHY | {"left": str(delivery_of(stage, c)["id"])}


def at_the_record(_stage: Stage, _c: object) -> Body:
    return {"connection": "eoj-nexus"}


def a_wish(stage: Stage, _c: object) -> Body:
    stage.nurse.client.post(
        "/oensker", data={"csrf_token": stage.nurse.session.csrf, "kind": "wish", "text": "Større bogstaver i køen"}
    )
    return {"id": stage.gateway.wishes.of_support(TENANT)[0].id}


def a_draft(stage: Stage, tested: bool = False, name: str = "") -> Body:
    """Of a connection of its own that nobody has to answer for: a way to sign in a launch, whose draft is sound."""
    name, now = name or f"eoj-vitae-{next(_NUMBERS)}", stage.now
    config = {
        "issuer": name,
        "audience": "us",
        "tenant": str(TENANT),
        "write_back": "eoj-nexus",
        "jwks": stage.gateway.peers.jwks(),
    }
    new = Stanza(name, "eoj", "signed_launch", TENANT, config, synthetic=True)
    number = stage.gateway.drafts.begin(new, "test", now)
    if tested:
        number = stage.gateway.drafts.passed(name, number, "test", now)
    return {"connection": name, "number": number}


def a_launch_in_force(stage: Stage, _c: object) -> Body:
    named = a_draft(stage, tested=True)
    stage.gateway.drafts.activate(named["connection"], named["number"], "test", "test", stage.now)
    return named


def in_force_twice(stage: Stage, _c: object) -> Body:
    named, now = a_draft(stage, tested=True), stage.now
    stage.gateway.drafts.activate(named["connection"], named["number"], "test", "test", now)
    config = {"issuer": "later", "tenant": str(TENANT)}
    later = Stanza(named["connection"], "eoj", "signed_launch", TENANT, config, synthetic=True)
    stage.gateway.connections.apply(later, "test", "test", now)
    return named


def named_draft(stage: Stage, _c: object) -> Body:
    return {"connection": a_draft(stage)["connection"]}


def a_request(stage: Stage, _c: object) -> Body:
    """Of a colleague's, to put a draft into force."""
    draft = a_draft(stage, tested=True)
    wanted = Wanted(RiskyAct.ACTIVATE, draft["connection"], str(draft["number"]), "Aftalt", TENANT)
    return {"id": ask(stage.gateway, wanted, "karen", "Karen Kollega").id}


def a_difference(stage: Stage, _c: object) -> Body:
    """A note that its record has acknowledged and does not show."""
    id = delivery_of(stage, owed_note(stage))["id"]
    claimed = stage.gateway.outbox.claim(timedelta(minutes=5), id)
    assert claimed is not None
    stage.gateway.outbox.settle(claimed, Outcome.DONE, pause=timedelta(0))
    stage.gateway.comparisons.compared(claimed, "not-in-the-record")
    return {"id": id}


def a_barred_one(stage: Stage, _c: object) -> Body:
    barring.bar(stage.gateway.signed(Signature("anna", "test")), TENANT, "FJ-9999")
    return {}


def a_plan(stage: Stage, _c: object) -> Body:
    hours = {"day": "24-12", "begins": "22.00", "ends": "02.00"}
    return hours | {"message": "Systemet opgraderes.", "connections": {in_force_twice(stage, _c)["connection"]: "yes"}}


def a_window(stage: Stage, _c: object, running: bool = False) -> Body:
    """Planned maintenance of a connection of its own, for tomorrow or begun already."""
    gateway, name = stage.gateway, in_force_twice(stage, _c)["connection"]
    hours = Hours(danish_day(stage.now) + timedelta(days=not running), time(0), time(0))
    window = maintaining.plan(gateway, Plan((name,), hours, "Systemet opgraderes."), TENANT, "test")
    while running and maintaining.run_due(gateway, lambda _: ({}, "")):
        """Until it has begun."""
    return {"id": window.id}


def today(stage: Stage) -> str:
    return f"{danish_day(stage.now):%d.%m.%Y}"


def month_before(first: date) -> date:
    return (first - timedelta(days=1)).replace(day=1)


def last_month(stage: Stage) -> date:
    return months_over(danish_day(stage.now))[0]


def a_drawn_month(stage: Stage, c: Consultation) -> Body:
    """Of which one look was drawn."""
    first, gateway = last_month(stage), stage.gateway
    if gateway.log_reviews.of_month(TENANT, first) is None:
        at, who = (
            bounds(first)[0] + timedelta(days=3),
            Actor(ActorKind.EMPLOYEE, str(UUID(int=7)), "Mette", "Sygeplejerske"),
        )
        gateway.store.record_audit(
            AuditRow(at, who, "Fjordby", "read", "page-note", c.id, c.cases[0].id, tenant=TENANT)
        )
        hand = gateway.signed(Signature("ida", "review draw"))
        reviewing.draw_month(hand, TENANT, first, reviewing.Who("ida", "Ida"))
    return {"month": f"{first:%Y-%m}"}


def a_verdict(stage: Stage, c: Consultation) -> Body:
    a_drawn_month(stage, c)
    review = drawn_review(stage)
    return {"seq": next(iter(review.sample.rules)), "judgement": "justified"}


def drawn_review(stage: Stage) -> Review:
    found = stage.gateway.log_reviews.of_month(TENANT, last_month(stage))
    assert found is not None
    return found


def a_judged_month(stage: Stage, c: Consultation) -> Body:
    named, by = a_drawn_month(stage, c), reviewing.Who("ida", "Ida")
    hand = stage.gateway.signed(Signature("ida", "review judge"))
    for seq in drawn_review(stage).left:
        said = reviewing.said(hand, by, seq, Judgement.JUSTIFIED, "")
        reviewing.judge(hand, TENANT, last_month(stage), said)
    return named


def a_setup_draft(stage: Stage, _c: object) -> Body:
    deciding.begin(stage.gateway.signed(Signature("ida", "setup draft")), TENANT, 0, "Ida")
    draft = deciding.standing(stage.gateway, TENANT).draft
    assert draft is not None
    return {"number": draft.number, "read": draft.number}


def the_operator(stage: Stage, _c: object) -> Seat:
    return stage.operator()


def an_upgrade(stage: Stage, _c: object) -> Body:
    """Announced, and the only one."""
    with suppress(NotFound):
        upgrading.take_back(stage.gateway)
    tomorrow = danish_day(stage.now) + timedelta(days=1)
    upgrading.announce(stage.gateway, Hours(tomorrow, time(22), time(23)), "Lægebro opgraderes.", "test")
    return {}


WHY = {"reason": "Aftalt med driften"}
GROUP = WHY | {"connection": "eoj-nexus", "standing": "due", "cause": ""}
CONSOLE = {
    "end": E(by=lambda stage, _c: stage.administrator()),
    "pause-connection": E("", WHY, named=at_the_record),
    "resume-connection": E("", WHY, named=at_the_record),
    "try-connection": E("", named=at_the_record),
    "begin-connection": E("", lambda stage, _c: {"adapter": "eoj/nexus", "name": f"e-{stage.gateway.ids.new()}"}),
    "take-up-draft": E(
        "", {"number": 1}, named=lambda stage, _c: {"connection": in_force_twice(stage, _c)["connection"]}
    ),
    "save-draft": E("", {"read": 1, "label": "Nyt", "setting.audience": "os"}, named=named_draft),
    "replace-keys": E("", {"read": 3, "new.jwks": json.dumps(NEW_KEY)}, named=a_launch_in_force),
    "show-sample": E("", {"scenario": "cpr"}, named=at_the_record),
    "send-sample": E("", {"scenario": "cpr"}, named=at_the_record),
    "certify-connection": E("", named=at_the_record),
    "rehearse-draft": E("", named=named_draft),
    "try-draft": E("", named=named_draft),
    "activate-draft": E(
        "", WHY | {"number": 2}, named=lambda stage, _c: {"connection": a_draft(stage, True)["connection"]}
    ),
    "drop-draft": E("", {"number": 1}, named=named_draft),
    "roll-back": E("", WHY | {"number": 3}, named=in_force_twice),
    "retire-connection": E("", WHY, named=in_force_twice),
    "test-alarms": E(""),
    "bar-employee": E("", lambda stage, _c: WHY | {"subject": f"FJ-{stage.gateway.ids.short()}"}),
    "unbar-employee": E("", WHY | {"subject": "FJ-9999"}, named=a_barred_one),
    "plan-maintenance": E("", a_plan),
    "cancel-maintenance": E("", named=a_window),
    "end-maintenance": E("", named=lambda stage, c: a_window(stage, c, running=True)),
    "announce-upgrade": E(
        "", {"day": "24-12", "begins": "22.00", "ends": "23.00", "message": "Lægebro opgraderes."}, by=the_operator
    ),
    "take-back-upgrade": E("", by=the_operator, named=an_upgrade),
    "settle-difference": E("", WHY, named=a_difference),
    "count-affected": E("", {"day": "24-11-2026", "begins": "9", "ends": "11"}),
    "ask-affected": E("", WHY | {"detail": "2026-11-24T09:00:00+01:00 2026-11-24T11:00:00+01:00"}),
    "grant-approval": E("", named=a_request),
    "refuse-approval": E("", named=a_request),
    "decide": E("", {"status": "planned", "answer": "Kommer i marts."}, named=a_wish),
    "find-message": E("", {"words": "LB-4F7K-2"}),
    "find-citizen": E("", {"cpr": CPR, "purpose": "support", "case": "Sag 17"}),
    "show-access-list": E("", {"cpr": CPR, "case": "Sag 17"}),
    "begin-setup": E(""),
    "save-setup": E("", lambda stage, c: a_setup_draft(stage, c) | {"setup.workplaces": "Hjemmesygeplejen Nord"}),
    "activate-setup": E("", lambda stage, c: a_setup_draft(stage, c) | WHY | {"valid_from": today(stage)}),
    "drop-setup": E("", a_setup_draft),
    "draw-review": E("", named=lambda stage, _c: {"month": f"{month_before(last_month(stage)):%Y-%m}"}),
    "judge-look": E("review", a_verdict, named=a_drawn_month),
    "sign-review": E("review", named=a_judged_month),
    "replay": E(owed_note, WHY, named=delivery_of),
    "replay-looked": E(uncertain_note, WHY | {"looked": "yes"}, named=delivery_of),
    "ask-to-give-up": E(owed_note, WHY, named=delivery_of),
    "close-by-hand": E(owed_note, WHY, named=delivery_of),
    "leave-pictures-out": E(still_exercises.refused, WHY, named=delivery_of),
    "preview-many": E("", GROUP),
    "replay-many": E(owed_note, its_note),
}
