"""The console's acts, once each: by an administrator who holds every role of her organisation."""

from __future__ import annotations

from gateway.domain.consultation.aggregate import Consultation
from gateway.domain.scope import SystemScope
from gateway.store.ground.engine import transaction
from gateway.store.ground.schema import metadata
from tests.unit.web.acts.stage import Body, Exercise, Stage
from tests.unit.web.nurse_world import CPR, TENANT

E = Exercise
PERSON = {"clinician": "Lise Hansen"}


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


WHY = {"reason": "Aftalt med driften"}
GROUP = WHY | {"connection": "eoj-nexus", "standing": "due", "cause": ""}
CONSOLE = {
    "end": E(by=lambda stage, _c: stage.administrator()),
    "pause-connection": E("", WHY, named=at_the_record),
    "resume-connection": E("", WHY, named=at_the_record),
    "try-connection": E("", named=at_the_record),
    "decide": E("", {"status": "planned", "answer": "Kommer i marts."}, named=a_wish),
    "find-message": E("", {"words": "LB-4F7K-2"}),
    "find-citizen": E("", {"cpr": CPR, "purpose": "support", "case": "Sag 17"}),
    "replay": E(owed_note, WHY, named=delivery_of),
    "replay-looked": E(uncertain_note, WHY | {"looked": "yes"}, named=delivery_of),
    "close-by-hand": E(owed_note, WHY, named=delivery_of),
    "preview-many": E("", GROUP),
    "replay-many": E(owed_note, its_note),
}
