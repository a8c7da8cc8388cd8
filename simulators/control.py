"""The test bench's door into a simulator: plan faults, read the log, start afresh. Never part of what a peer offers."""

from collections.abc import Callable

from flask import Blueprint, Flask, Response, jsonify, request
from pydantic import ValidationError

from simulators.faults import Fault, Faults, HangUp
from simulators.fhir.http import as_response, hang_up
from simulators.fhir.store import ResourceStore


def let_logins_fail(app: Flask, faults: Faults, path: str = "/auth/token") -> None:
    """Faults planned for `auth.token` strike before the token endpoint is reached; `*` leaves it alone."""

    @app.before_request
    def strike() -> Response | None:
        if request.path != path:
            return None
        try:
            answer = faults.instead("auth.token")
        except HangUp:
            return hang_up()
        return None if answer is None else as_response(answer)


def control_blueprint(faults: Faults, store: ResourceStore, counted: set[str], reset: Callable[[], None]) -> Blueprint:
    """Mount at `/_sim`; `counted` are the types whose business identifiers may be shown."""
    blueprint = Blueprint("sim", __name__)

    @blueprint.post("/faults")
    def plan() -> tuple[Response, int]:
        try:
            faults.plan(Fault.model_validate(request.get_json(force=True)))
        except ValidationError as error:
            return jsonify(error.errors(include_input=False, include_context=False, include_url=False)), 422
        return planned(), 201

    @blueprint.get("/faults")
    def planned() -> Response:
        return jsonify([fault.model_dump() for fault in faults.planned()])

    @blueprint.get("/log")
    def log() -> Response:
        return jsonify({**faults.log(), "stored": store.count_by_identifier(counted)})

    @blueprint.post("/lag")
    def lag() -> tuple[str, int]:
        faults.lag(float(request.get_json(force=True)["seconds"]))
        return "", 204

    @blueprint.get("/stored/<kind>")
    def stored(kind: str) -> Response:
        """As they stand in the store, however far the index is behind."""
        return jsonify(store.all(kind) if kind in counted else [])

    @blueprint.post("/reset")
    def start_afresh() -> tuple[str, int]:
        reset()
        faults.clear()
        return "", 204

    return blueprint
