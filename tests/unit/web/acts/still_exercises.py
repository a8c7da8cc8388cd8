"""Pictures for the note, from the states in which each act about them is allowed."""

from __future__ import annotations

import base64

from gateway.domain.consultation.aggregate import Consultation
from gateway.domain.note import picturing
from gateway.domain.note.still import Still
from gateway.domain.people import SYSTEM
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


def the_still(_stage: Stage, c: Consultation) -> Body:
    return {"still": str(c.cases[0].stills[0].id)}


EMPLOYEE_STILLS = {
    "allow-stills": Exercise(talking),
    "take-still": Exercise(allowed, PICTURE),
    "remove-still": Exercise(taken, the_still),
    "withdraw-stills": Exercise(taken),
}
CLINIC_STILLS = {"ask-still": Exercise(talking)}
