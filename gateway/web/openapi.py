"""``openapi.json``: every route under ``/api/v1``, read from the table of acts and from what the other views say of
themselves. Whoever is logged in may read it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

from flask import Blueprint, current_app, jsonify
from flask.typing import ResponseReturnValue
from pydantic import BaseModel
from pydantic.json_schema import JsonSchemaMode, models_json_schema
from werkzeug.routing import Rule

from gateway import access
from gateway.web.acts import Act
from gateway.web.answers import Problem
from gateway.web.csrf import HEADER
from gateway.web.forms import Nothing
from gateway.web.guards import audience_of, current_gateway, open_to
from gateway.web.words.acts import ACT_WORDS

blueprint = Blueprint("openapi", __name__)

API = "/api/v1/"
REF = "#/components/schemas/{model}"
Model = tuple[type[BaseModel], JsonSchemaMode]
View = Callable[..., Any]
COOKIES = {"employee": access.EMPLOYEE_COOKIE, "clinic": access.CLINIC_COOKIE}


def _schemes() -> dict[str, Any]:
    named = current_gateway().settings.cookie
    return {
        **{who: {"type": "apiKey", "in": "cookie", "name": named(cookie)} for who, cookie in COOKIES.items()},
        "token": {"type": "apiKey", "in": "header", "name": HEADER, "description": "csrf of the session"},
        "peer": {"type": "http", "scheme": "bearer", "description": "or a signed body, where the route says so"},
    }


@blueprint.get("/api/openapi.json")
@open_to("anyone")
def described() -> ResponseReturnValue:
    return jsonify(document())


def document() -> dict[str, Any]:
    """The description in the language of whoever asks (OpenAPI 3.1)."""
    routes = [(rule, current_app.view_functions[rule.endpoint]) for rule in _rules()]
    models: list[Model] = [(Problem, "serialization")]
    for _rule, view in routes:
        models += [model for model in (_asked(view), _told(view)) if model is not None]
    refs, definitions = models_json_schema(list(dict.fromkeys(models)), ref_template=REF)
    paths: dict[str, dict[str, Any]] = {}
    for rule, view in routes:
        address = re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule)
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}:
            paths.setdefault(address, {})[method.lower()] = _operation(rule, view, method, refs)
    return {
        "openapi": "3.1.0",
        "info": {"title": "Lægebro", "version": "1"},
        "paths": paths,
        "components": {"schemas": definitions["$defs"], "securitySchemes": _schemes()},
    }


def _rules() -> Iterator[Rule]:
    return (rule for rule in current_app.url_map.iter_rules() if rule.rule.startswith(API))


def _asked(view: View) -> Model | None:
    act: Act | None = getattr(view, "act", None)
    return (act.form, "validation") if act is not None and act.form is not Nothing else None


def _told(view: View) -> Model | None:
    act: Act | None = getattr(view, "act", None)
    if act is not None:
        return (act.answer.shape, "serialization") if act.answer else None
    shape: type[BaseModel] | None = getattr(view, "shape", None)
    return (shape, "serialization") if shape is not None else None


def _operation(rule: Rule, view: View, method: str, refs: Any) -> dict[str, Any]:
    who, told = audience_of(rule.endpoint) or "", _told(view)
    answer = {"description": "done"} | ({"content": _content("application/json", refs[told])} if told else {})
    fault = {"description": "refused", "content": _content("application/problem+json", refs[Problem, "serialization"])}
    operation = {
        "operationId": rule.endpoint.replace(".", "-"),
        "summary": _summary(view),
        "tags": [who],
        "parameters": [_parameter(rule, name) for name in sorted(rule.arguments)],
        "security": _security(who, method),
        "responses": {str(getattr(view, "status", 200 if told else 204)): answer, "4XX": fault, "5XX": fault},
    }
    body = _body(view, refs)
    return operation | ({"requestBody": body} if body else {})


def _content(media: str, schema: Any) -> dict[str, Any]:
    return {media: {"schema": schema}}


def _summary(view: View) -> str:
    act: Act | None = getattr(view, "act", None)
    return ACT_WORDS[act.verb]() if act is not None else (view.__doc__ or "").strip().partition("\n")[0]


def _parameter(rule: Rule, name: str) -> dict[str, Any]:
    unique = type(rule._converters[name]).__name__ == "UUIDConverter"
    schema = {"type": "string"} | ({"format": "uuid"} if unique else {})
    return {"name": name, "in": "path", "required": True, "schema": schema}


def _security(who: str, method: str) -> list[dict[str, list[str]]]:
    if who == "peer":
        return [{"peer": []}]
    token: dict[str, list[str]] = {} if method == "GET" else {"token": []}
    return [{cookie: [], **token} for cookie in COOKIES if who in (cookie, "anyone")]


def _body(view: View, refs: Any) -> dict[str, Any] | None:
    asked, media = _asked(view), getattr(view, "body", "")
    if asked is not None:
        return {
            "required": bool(asked[0].model_json_schema().get("required")),
            "content": _content("application/json", refs[asked]),
        }
    return {"required": True, "content": _content(media, {"type": "string"})} if media else None
