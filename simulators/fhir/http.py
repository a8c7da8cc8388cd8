"""The FHIR endpoint over HTTP: bearer check, scopes, content types, faults, and the interactions behind them."""

import contextlib
import json
import socket
from collections.abc import Callable, Mapping
from typing import Any

from flask import Blueprint, Response, request

from simulators.faults import Effect, HangUp
from simulators.fhir.engine import Engine
from simulators.fhir.outcome import Answer, Refused, refused
from simulators.fhir.scopes import allowed
from simulators.oauth.grants import AccessToken, Grants

FHIR_JSON = "application/fhir+json"
Operations = Mapping[tuple[str, str], Callable[[str], Answer]]
JSON_TYPES = frozenset({FHIR_JSON, "application/json"})


def as_response(answer: Answer) -> Response:
    body = b"" if answer.body is None else json.dumps(answer.body, ensure_ascii=False).encode()
    response = Response(body, answer.status, content_type=f"{FHIR_JSON}; charset=utf-8")
    response.headers.update(answer.headers)
    response.headers["Cache-Control"] = "no-store"
    return response


def hang_up() -> Response:
    """Cut the connection so that the caller never learns what happened."""
    with contextlib.suppress(OSError):  # the caller may have given up first
        request.environ["werkzeug.socket"].shutdown(socket.SHUT_RDWR)
    return Response(status=500)


def fhir_blueprint(
    engine: Engine, grants: Grants, capability: dict[str, Any], operations: Operations | None = None
) -> Blueprint:
    """Mount at the base address; `capability` is what `metadata` says, `operations` answer `[kind]/[id]/$name`."""
    views = _Views(engine, grants, operations or {})
    blueprint = Blueprint("fhir", __name__)
    blueprint.register_error_handler(Refused, lambda error: as_response(error.answer))
    blueprint.register_error_handler(HangUp, lambda _: hang_up())
    blueprint.register_error_handler(413, lambda _: as_response(refused(413, "too-long", "the body is too large")))
    blueprint.add_url_rule("/metadata", view_func=lambda: as_response(Answer(200, capability)), endpoint="metadata")
    blueprint.add_url_rule("/<kind>", view_func=views.on_type, methods=["GET", "POST"])
    blueprint.add_url_rule("/<kind>/_search", view_func=views.posted_search, methods=["POST"])
    blueprint.add_url_rule("/<kind>/<identity>", view_func=views.on_one, methods=["GET", "PUT", "PATCH"])
    blueprint.add_url_rule("/<kind>/<identity>/_history", view_func=views.history)
    blueprint.add_url_rule("/<kind>/<identity>/<operation>", view_func=views.operation)
    return blueprint


class _Views:
    def __init__(self, engine: Engine, grants: Grants, operations: Operations) -> None:
        self._engine = engine
        self._grants = grants
        self._operations = operations

    def on_type(self, kind: str) -> Response:
        if request.method == "GET":
            return self._search(kind, list(request.args.items(multi=True)), by_get=True)
        self._authorise(kind, "c")
        body, exist = _json_body(JSON_TYPES), request.headers.get("If-None-Exist", "")
        return self._perform(f"{kind}.create", lambda: self._engine.create(kind, body, exist))

    def posted_search(self, kind: str) -> Response:
        if request.mimetype != "application/x-www-form-urlencoded":
            raise Refused(refused(415, "not-supported", "a search is posted as a form"))
        return self._search(kind, list(request.form.items(multi=True)), by_get=False)

    def on_one(self, kind: str, identity: str) -> Response:
        verbs = {"GET": self._read, "PUT": self._put, "PATCH": self._patch}
        return verbs[request.method if request.method != "HEAD" else "GET"](kind, identity)

    def history(self, kind: str, identity: str) -> Response:
        self._authorise(kind, "r", identity)
        return self._perform(f"{kind}.history", lambda: self._engine.history(kind, identity))

    def operation(self, kind: str, identity: str, operation: str) -> Response:
        self._authorise(kind, "r", identity)
        answer = self._operations.get((kind, operation))
        if answer is None:
            raise Refused(refused(404, "not-supported", "no such operation"))
        return self._perform(f"{kind}.{operation}", lambda: answer(identity))

    def _read(self, kind: str, identity: str) -> Response:
        self._authorise(kind, "r", identity)
        return self._perform(f"{kind}.read", lambda: self._engine.read(kind, identity))

    def _put(self, kind: str, identity: str) -> Response:
        if_match, if_none_match = request.headers.get("If-Match", ""), request.headers.get("If-None-Match", "")
        exists = self._engine.store.current(kind, identity) is not None
        creates = if_none_match == "*" or not exists
        self._authorise(kind, "c" if creates else "u")
        body = _json_body(JSON_TYPES)
        return self._perform(
            f"{kind}.{'create' if creates else 'update'}",
            lambda: self._engine.put(kind, identity, body, if_match, if_none_match),
        )

    def _patch(self, kind: str, identity: str) -> Response:
        self._authorise(kind, "u")
        operations = _json_body(frozenset({"application/json-patch+json"}))
        if_match = request.headers.get("If-Match", "")
        return self._perform(f"{kind}.update", lambda: self._engine.patch(kind, identity, operations, if_match))

    def _search(self, kind: str, wanted: list[tuple[str, str]], by_get: bool) -> Response:
        self._authorise(kind, "s")
        if by_get and not self._engine.rules[kind].search_by_get:
            raise Refused(refused(405, "not-supported", f"search for {kind} by POST {kind}/_search"))
        return self._perform(f"{kind}.search", lambda: self._engine.search(kind, wanted, by_get))

    def _perform(self, interaction: str, effect: Effect) -> Response:
        return as_response(self._engine.faults.perform(interaction, _answering(effect)))

    def _authorise(self, kind: str, letter: str, identity: str = "") -> None:
        token = self._grants.bearer(request.headers.get("Authorization", ""))
        if token is None:
            raise Refused(
                refused(401, "login", "a valid bearer token is needed", headers={"WWW-Authenticate": "Bearer"})
            )
        rules = self._engine.rules.get(kind)
        if rules is None or letter not in rules.letters:
            raise Refused(refused(404, "not-supported", "this server does not do that"))
        contexts = allowed(token.scope, kind, letter)
        if not contexts:
            raise Refused(refused(403, "forbidden", f"the token's scopes do not cover {kind}"))
        _stay_with_the_patient(token, contexts, kind, identity)


def _stay_with_the_patient(token: AccessToken, contexts: set[str], kind: str, identity: str) -> None:
    """A token that only holds `patient/` rights sees no other Patient than the one of its launch."""
    if contexts == {"patient"} and kind == "Patient" and identity != token.context.get("patient"):
        raise Refused(refused(403, "forbidden", "the token belongs to another patient's launch"))


def _answering(effect: Effect) -> Effect:
    """Refusals become answers here, so that a fault that applies late does not die of one in its own thread."""

    def answer() -> Answer:
        try:
            return effect()
        except Refused as refusal:
            return refusal.answer

    return answer


def _json_body(types: frozenset[str]) -> object:
    if request.mimetype not in types:
        raise Refused(refused(415, "not-supported", f"expected {' or '.join(sorted(types))}"))
    try:
        return json.loads(request.get_data())
    except ValueError as error:
        raise Refused(refused(400, "structure", "the body is not JSON")) from error
