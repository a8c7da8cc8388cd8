"""Is the process up, could it serve, and what is not as good as it should be? Nothing here says more than that."""

from __future__ import annotations

from flask import Blueprint, jsonify
from flask.typing import ResponseReturnValue

from gateway.store.ground.faults import DatabaseFault
from gateway.web.guards import current_gateway, open_to

routes = Blueprint("health", __name__)


@routes.get("/health")
@open_to("peer")
def up() -> ResponseReturnValue:
    return jsonify({"status": "up"})


@routes.get("/health/ready")
@open_to("peer")
def ready() -> ResponseReturnValue:
    """Ready when the database answers; a peer that is down does not make us unready, nor does an old register: that
    is *degraded*, since its answers are still given and marked with their age."""
    gateway = current_gateway()
    try:
        gateway.store.latest_seq()
        old = [f"{age.register}-too-old" for age in gateway.register_ages() if age.too_old]
    except DatabaseFault:
        return jsonify({"status": "waiting", "for": "database"}), 503
    return jsonify({"status": "ready", **({"degraded": old} if old else {})})
