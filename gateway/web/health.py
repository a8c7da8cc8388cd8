"""Is the process up, and could it serve? Nothing here says more than yes or no."""

from __future__ import annotations

from flask import Blueprint, jsonify
from flask.typing import ResponseReturnValue

from gateway.store.faults import DatabaseFault
from gateway.web.guards import current_gateway, open_to

blueprint = Blueprint("health", __name__)


@blueprint.get("/health")
@open_to("peer")
def up() -> ResponseReturnValue:
    return jsonify({"status": "up"})


@blueprint.get("/health/ready")
@open_to("peer")
def ready() -> ResponseReturnValue:
    """Ready when the database answers; a peer that is down does not make us unready."""
    try:
        current_gateway().store.latest_seq()
    except DatabaseFault:
        return jsonify({"status": "waiting", "for": "database"}), 503
    return jsonify({"status": "ready"})
