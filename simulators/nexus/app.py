"""The API over HTTP: token endpoint, home document, and everything that its links lead to."""

import hmac
import json
import secrets
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from flask import Blueprint, Flask, Response, jsonify, request
from pydantic import ValidationError

from simulators.faults import Fault, Faults, HangUp
from simulators.fhir.http import hang_up
from simulators.fhir.outcome import Answer
from simulators.flaws import files_all_the_same, flaw_door
from simulators.nexus.documents import ACTIONS, PATHWAYS, VIEWS, Documents
from simulators.nexus.forms import DEFINITIONS, Form, FormShelf, Outdated, Unfit
from simulators.pages import page_app

Json = dict[str, Any]
LIFETIME = 300  # seconds of a token


class Nexus:
    """One instance: ``secret`` is what the client proves itself with, one of several while it is changed; ``hidden``:
    records it may not look into."""

    def __init__(self, documents: Documents, secret: str, hidden: frozenset[int]) -> None:
        self.documents, self.secrets, self.hidden = documents, [secret], hidden
        self.shelf, self.faults = FormShelf(), Faults()
        self.tokens: dict[str, float] = {}
        self.bought: dict[str, str] = {}  # each token, by which secret
        self.lag = 0.0

    def shown(self, form: Form) -> bool:
        """A view lags behind by so many seconds."""
        return form.created <= datetime.now(UTC) - timedelta(seconds=self.lag)


def nexus_app(nexus: Nexus, instance: str) -> Flask:
    app = page_app(__name__, "eoj", "Nexus")
    app.register_error_handler(HangUp, lambda _: hang_up())
    app.register_error_handler(404, lambda _: problem(404, "not found"))

    @app.post(f"/authx/realms/{instance}/protocol/openid-connect/token")
    def token() -> Response:
        told = request.form.get("client_secret", "")
        if request.form.get("grant_type") != "client_credentials":
            return _json({"error": "unsupported_grant_type"}, 400)
        if not any(hmac.compare_digest(told.encode(), each.encode()) for each in nexus.secrets):
            return _json({"error": "invalid_client"}, 401)
        made = secrets.token_urlsafe(24)
        nexus.tokens[made], nexus.bought[made] = time.monotonic() + LIFETIME, told
        return _json({"access_token": made, "token_type": "Bearer", "expires_in": LIFETIME})

    app.register_blueprint(_api(nexus), url_prefix=f"/api/core/mobile/{instance}/v2")
    app.register_blueprint(_bench(nexus), url_prefix="/_sim")
    flaw_door(app, "/_sim/flaw", nexus.shelf.plant)
    return app


def _json(body: Any, status: int = 200) -> Response:
    return Response(json.dumps(body, ensure_ascii=False), status, content_type="application/json;charset=UTF-8")


def problem(status: int, title: str) -> Response:
    body = json.dumps({"title": title, "status": status})
    return Response(body, status, content_type="application/problem+json")


def _api(nexus: Nexus) -> Blueprint:
    api, documents = Blueprint("api", __name__), nexus.documents
    word = f"/{documents.word}"

    @api.before_request
    def authorise() -> Response | None:
        told = request.headers.get("Authorization", "").removeprefix("Bearer ")
        return None if nexus.tokens.get(told, 0.0) > time.monotonic() else problem(401, "no valid token")

    def serve(path: str, interaction: str, answer: Callable[..., Any], methods: tuple[str, ...] = ("GET",)) -> None:
        def view(**named: Any) -> Response:
            reads = methods == ("GET",)
            return _answered(nexus, interaction, lambda body: answer(**named) if reads else answer(body, **named))

        api.add_url_rule(path, endpoint=f"{path} {methods}", view_func=view, methods=list(methods))

    serve("/", "home", documents.home)
    serve(f"{word}/patientDetailsSearch", "patient.search", lambda body: _found(nexus, object_of(body)), ("POST",))
    _serve_patients(nexus, serve, f"{word}/patients/<int:id>")
    _serve_forms(nexus, serve, f"{word}/forms/<int:form>")
    return api


Serve = Callable[..., None]


def _serve_patients(nexus: Nexus, serve: Serve, base: str) -> None:
    documents, shelf = nexus.documents, nexus.shelf
    serve(base, "patient.read", lambda id: _patient(nexus, id))
    serve(f"{base}/patientPreferences", "patient.read", documents.preferences)
    serve(f"{base}/availableFormDefinitions", "patient.read", lambda id: documents.definitions(id, 0))
    serve(f"{base}/views/<int:view>", "patient.read", lambda id, view: documents.view(id, _known(view, VIEWS)))
    serve(
        f"{base}/views/<int:view>/pathwayReferences",
        "form.search",
        lambda id, view: documents.references(id, shelf.of(id, nexus.shown)),
    )
    serve(
        f"{base}/pathways/<int:pathway>",
        "patient.read",
        lambda id, pathway: documents.pathway(id, _known(pathway, PATHWAYS)),
    )
    serve(f"{base}/pathways/<int:pathway>/definitions", "patient.read", documents.definitions)
    prototype = f"{base}/prototypes/<int:pathway>/<int:definition>"
    serve(prototype, "form.prototype", documents.prototype)
    serve(f"{prototype}/actions", "form.prototype", documents.creating)

    def create(body: Any, id: int, pathway: int, definition: int, action: int) -> Json:
        _known(definition, DEFINITIONS)
        state = ACTIONS[_known(action, ACTIONS)]
        return documents.form(shelf.create(definition, id, pathway or None, state, object_of(body)))

    serve(f"{prototype}/create/<int:action>", "form.create", create, ("POST",))


def _serve_forms(nexus: Nexus, serve: Serve, base: str) -> None:
    documents, shelf = nexus.documents, nexus.shelf
    serve(base, "form.read", lambda form: documents.form(shelf.forms[_known(form, shelf.forms)]))
    serve(f"{base}/actions", "form.read", documents.updating)
    serve(f"{base}/audit", "form.read", lambda form: {"auditEntries": shelf.forms[form].revisions})

    def update(body: Any, form: int, action: int) -> Json:
        state = ACTIONS[_known(action, ACTIONS)]
        return documents.form(shelf.update(_known(form, shelf.forms), state, object_of(body)))

    serve(f"{base}/update/<int:action>", "form.create", update, ("PUT",))


class _Absent(Exception):
    """There is no such thing here."""


def _known(id: int, among: Any) -> int:
    if id not in among:
        raise _Absent
    return id


def object_of(body: Any) -> Json:
    if not isinstance(body, dict):
        raise Unfit("the body is no object")
    return body


def _found(nexus: Nexus, asked: Json) -> Json:
    """A number is written with its hyphen; a citizen that the client may not look into is told so, not hidden."""
    number = str(asked.get("businessKey") or "")
    if asked.get("keyType") != "CPR" or (number[6:7] != "-" and number.isdigit()):
        raise Unfit("businessKey: a CPR number with its hyphen")
    found = nexus.documents.by_number(number.replace("-", ""))
    if found is None:
        raise _Absent
    id, record = found
    if id in nexus.hidden:
        return {"isPatientAccessible": False, "notAccessiblePatient": {"id": id}, "patient": None}
    return {"isPatientAccessible": True, "patient": nexus.documents.patient(id, record)}


def _patient(nexus: Nexus, id: int) -> Json:
    record = nexus.documents.record(id)
    if record is None or id in nexus.hidden:
        raise _Absent
    return nexus.documents.patient(id, record)


def _answered(nexus: Nexus, interaction: str, effect: Callable[[Any], Any]) -> Response:
    """Planned faults strike here; a refusal of the store becomes an answer. ``effect`` is told the body, since it may
    come when the request is gone."""
    kept: list[Response] = []
    body = request.get_json(force=True, silent=True)

    def act() -> Answer:
        kept.append(_answer_of(lambda: effect(body)))
        return Answer(kept[-1].status_code)

    told = nexus.faults.perform(interaction, act)
    if interaction == "form.create" and not kept and files_all_the_same(nexus.shelf.flaw, told.status):
        _answer_of(lambda: effect(body))
    if kept and told.status == kept[-1].status_code:
        return kept[-1]
    return problem(told.status, "by order of the test")


def _answer_of(effect: Callable[[], Any]) -> Response:
    try:
        return _json(effect())
    except _Absent:
        return problem(404, "not found")
    except Unfit as fault:
        return problem(422, str(fault))
    except Outdated:
        return problem(409, "corrected by somebody else")


def _bench(nexus: Nexus) -> Blueprint:
    blueprint = Blueprint("sim", __name__)

    @blueprint.post("/faults")
    def plan() -> tuple[Response, int]:
        try:
            nexus.faults.plan(Fault.model_validate(request.get_json(force=True)))
        except ValidationError as error:
            return jsonify(error.errors(include_input=False, include_context=False, include_url=False)), 422
        return jsonify({}), 201

    @blueprint.post("/lag")
    def lag() -> tuple[str, int]:
        nexus.lag = float(request.get_json(force=True)["seconds"])
        return "", 204

    _change_secrets(blueprint, nexus)

    @blueprint.get("/forms")
    def forms() -> Response:
        return jsonify(_kept(nexus))

    @blueprint.post("/reset")
    def start_afresh() -> tuple[str, int]:
        nexus.shelf.reset()
        nexus.faults.clear()
        nexus.lag = 0.0
        return "", 204

    return blueprint


def _change_secrets(blueprint: Blueprint, nexus: Nexus) -> None:
    @blueprint.post("/secrets")
    def change() -> tuple[str, int]:
        """Whoever logged in with another than these has to log in again."""
        nexus.secrets = list(request.get_json(force=True))
        for token, secret in list(nexus.bought.items()):
            if secret not in nexus.secrets:
                nexus.tokens.pop(token, None)
        return "", 204


def _kept(nexus: Nexus) -> list[Json]:
    with nexus.shelf.lock:
        return [
            {
                "id": each.id,
                "patient": each.patient,
                "pathway": each.pathway,
                "state": each.state,
                "keys": [_value(items, "Lægebro-id") for items in each.revisions],
                "text": each.value("Notat"),
            }
            for each in nexus.shelf.forms.values()
        ]


def _value(items: list[Json], label: str) -> str:
    return str(next((each.get("value") or "" for each in items if each["label"] == label), ""))
