"""Is the process up, could it serve, and what is not as good as it should be? Nothing here says more than that."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint, current_app, jsonify
from flask.typing import ResponseReturnValue

from gateway.readiness import Readiness
from gateway.store.ground.faults import DatabaseFault
from gateway.web.guards import current_gateway, open_to

if TYPE_CHECKING:
    from gateway.wiring import Gateway

routes = Blueprint("health", __name__)


@routes.get("/health")
@open_to("peer")
def up() -> ResponseReturnValue:
    return jsonify({"status": "up"})


@routes.get("/health/ready")
@open_to("peer")
def ready() -> ResponseReturnValue:
    """Ready when the database has our schema and takes writes; a peer that is down does not make us unready, nor does
    an old register: that is *degraded*, since its answers are still given and marked with their age."""
    gateway = current_gateway()
    waiting = _readiness(gateway).waits_for()
    if waiting:
        return jsonify({"status": "waiting", "for": waiting}), 503
    try:
        old = [f"{age.register}-too-old" for age in gateway.register_ages() if age.too_old]
    except DatabaseFault:
        return jsonify({"status": "waiting", "for": "database"}), 503
    return jsonify({"status": "ready", "schema": Readiness.schema, **({"degraded": old} if old else {})})


def _readiness(gateway: Gateway) -> Readiness:
    """One for the process, so that its answer is believed by all requests."""
    known: Readiness = current_app.extensions.setdefault("readiness", Readiness(gateway))
    return known
