"""Pictures for the note, from the states in which each act about them is allowed."""

from __future__ import annotations

import base64

from gateway.domain.consultation.aggregate import Consultation
from gateway.domain.note import picturing
from gateway.domain.note.still import Still, StillRefusal
from gateway.domain.people import SYSTEM
from gateway.domain.scope import SystemScope
from gateway.store.ground.engine import transaction
from gateway.store.ground.schema import metadata
from tests.support.pages.jpegs import jpeg
from tests.unit.web.acts.stage import Body, Exercise, Stage

PICTURE = {"still": base64.b64encode(jpeg()).decode()}


def talking(stage: Stage) -> Consultation:
    """Where the organisation lets pictures be offered."""
    stage.world.settle({"stills": True})
    return stage.at("talk")


def allowed(stage: Stage) -> Consultation:
    return stage.world.does(talking(stage), lambda c: picturing.allow(c, "words", stage.now, SYSTEM))


def taken(stage: Stage) -> Consultation:
    c, one = allowed(stage), Still(stage.gateway.ids.new(), stage.now, "Mette Holm", 64, 48)
    store, beside = stage.gateway.store, [stage.gateway.stills.putting(c.id, one.id, stage.now, jpeg())]
    return store.commit(picturing.take(store.load(stage.world.scope, c.id), one, stage.now, SYSTEM), beside=beside)


def sent(stage: Stage) -> Consultation:
    """Its note is on the way to the record with a picture."""
    c = taken(stage)
    stage.nurse.send(f"/api/v1/consultations/{c.id}/hang-up")
    told = {"text": "Aftalt", "clinician": "Lise Hansen", "stills": [str(c.cases[0].stills[0].id)]}
    stage.nurse.send(f"/api/v1/consultations/{c.id}/approve", told)
    return stage.world.reload(c)


def refused(stage: Stage) -> Consultation:
    """The record has the note and does not take the picture."""
    c = sent(stage)
    table = metadata.tables["delivery"]
    with transaction(stage.gateway.engine, SystemScope()) as db:
        stuck = {"status": "stuck", "fault": str(StillRefusal.TOO_LARGE)}
        db.execute(table.update().where(table.c.consultation == c.id, table.c.kind == "note").values(stuck))
    return c


def the_still(_stage: Stage, c: Consultation) -> Body:
    return {"still": str(c.cases[0].stills[0].id)}


EMPLOYEE_STILLS = {
    "allow-stills": Exercise(talking),
    "take-still": Exercise(allowed, PICTURE),
    "remove-still": Exercise(taken, the_still),
    "withdraw-stills": Exercise(taken),
    "send-stills-again": Exercise(sent),
    "leave-stills-out": Exercise(sent),
}
CLINIC_STILLS = {"ask-still": Exercise(talking)}
