"""How our FHIR door speaks: what it accepts and returns, and every error as an OperationOutcome (R4 §3.1.0.1).

The one exception is the token endpoint, which speaks OAuth.
"""

from __future__ import annotations

import json
from typing import Any

from apiflask import APIBlueprint
from flask import Response, request
from werkzeug.exceptions import HTTPException

from adapters.gp_system.fhir_pull import media
from adapters.gp_system.fhir_pull.unfit import Unfit, outcome
from adapters.wire.fhir import FHIR_JSON, is_valid
from adapters.wire.http import parse_json
from gateway.domain import errors
from gateway.logs import log
from gateway.store.ground.engine import UNAVAILABLE
from gateway.web.guards import current_gateway

blueprint = APIBlueprint("fhir", __name__, url_prefix="/fhir/r4", enable_openapi=False)

Json = dict[str, Any]
READABLE = (FHIR_JSON, "application/json")
NEVER = -1
LARGEST, DEEPEST, MOST_VALUES = 64_000, 32, 1_000
_CODES = {400: "invalid", 401: "login", 403: "forbidden", 404: "not-found", 405: "not-supported", 413: "too-long"}


def base() -> str:
    return f"{current_gateway().settings.public_url}/fhir/r4"


def answer(resource: Json, status: int = 200, **headers: str) -> Response:
    body = json.dumps(resource, ensure_ascii=False, separators=(",", ":"))
    response = Response(body, status, content_type=FHIR_JSON)
    for name, value in headers.items():
        response.headers[name.replace("_", "-")] = value
    return response


def refuse(status: int, code: str, words: str, element: str = "") -> Response:
    response = answer(outcome(code, words, [element] if element else []), status)
    if status == 401:
        response.headers["WWW-Authenticate"] = "Bearer"
    return response


@blueprint.before_request
def require_json_wanted() -> None:
    """R4 §3.1.0.1.11: JSON is all we write, asked for by Accept or by ``_format``, in R4 and no other version."""
    format = request.args.get("_format")
    wanted = request.headers.get("Accept", "") if format is None else format.replace(" ", "+")
    if format not in (None, "json", *READABLE) and not media.accepts(wanted, READABLE):
        raise Unfit(406, "not-supported", "Only JSON, of FHIR 4.0.")
    if format is None and wanted.strip() and not media.accepts(wanted, READABLE):
        raise Unfit(406, "not-supported", "Only JSON, of FHIR 4.0.")


def read_resource(kind: str) -> Json:
    """The body as a well-formed R4 resource of that type; raises ``Unfit``."""
    if not media.is_readable(request.headers.get("Content-Type", ""), READABLE):
        raise Unfit(415, "not-supported", f"Send {FHIR_JSON} in UTF-8, of FHIR 4.0.")
    body = request.get_data()
    if len(body) > LARGEST:
        raise Unfit(413, "too-long", "The resource is too large.")
    resource = _parsed(body)
    if not isinstance(resource, dict) or resource.get("resourceType") != kind:
        raise Unfit(400, "structure", f"The body must be a {kind}.")
    if not is_valid(kind, resource):
        raise Unfit(400, "structure", f"The body is no valid R4 {kind}.", kind)
    return resource


def _parsed(body: bytes) -> Any:
    """Strict JSON without half letters (RFC 8259 §8.2), neither deep nor wide beyond any real resource."""
    try:
        parsed = parse_json(body)
        _require_modest(parsed)
    except ValueError:
        raise Unfit(400, "structure", "The body cannot be read as JSON.") from None
    return parsed


def _require_modest(parsed: Any) -> None:
    """Raises ``ValueError``; counted before anything is unfolded."""
    waiting, values = [(parsed, 1)], 1
    while waiting:
        value, depth = waiting.pop()
        inner: list[Any] = []
        if isinstance(value, dict):
            inner = [each for pair in value.items() for each in pair] if len(value) < MOST_VALUES else [*value]
        elif isinstance(value, list):
            inner = value
        elif isinstance(value, str):
            value.encode()
        values += len(inner)
        if values > MOST_VALUES or (inner and depth >= DEEPEST):
            raise ValueError("too deep or too wide")
        waiting += [(each, depth + 1) for each in inner]


def version_wanted() -> int:
    """The version an update is made from (R4 §3.1.0.5). It must be named: 400 without it, as the clause says. An ETag
    that is none of ours is one that does not match."""
    named = request.headers.get("If-Match", "").strip()
    if named in ("", "*"):
        raise Unfit(400, "required", "Say which version you have read: If-Match with its ETag.")
    version = named.removeprefix("W/").strip('"')
    return int(version) if version.isascii() and version.isdigit() and len(version) < 10 else NEVER


@blueprint.errorhandler(Unfit)
def _unfit(fault: Unfit) -> Response:
    return refuse(fault.status, fault.code, fault.words, fault.element)


@blueprint.errorhandler(errors.NotFound)
def _not_found(_fault: errors.NotFound) -> Response:
    return refuse(404, "not-found", "There is no such resource here.")


@blueprint.errorhandler(errors.TransitionRefused)
def _not_from_here(fault: errors.TransitionRefused) -> Response:
    """Who was first is said to whoever came second (D10)."""
    who = f" Taken by {fault.who}." if fault.who else ""
    if fault.because == "stale":
        return refuse(412, "conflict", f"The Task has changed since you read it; it is {fault.state}.{who}")
    return refuse(409, "conflict", f"That is not possible from {fault.state}.{who}", "Task.status")


@blueprint.errorhandler(errors.ConcurrentChange)
def _too_busy(_fault: errors.ConcurrentChange) -> Response:
    return refuse(409, "conflict", "Others are changing it just now. Read it again.")


@blueprint.errorhandler(errors.InvalidField)
def _invalid(fault: errors.InvalidField) -> Response:
    return refuse(422, "value", f"{fault.field}: {fault.reason}")


@blueprint.errorhandler(HTTPException)
def _http(fault: HTTPException) -> Response:
    status = fault.code or 500
    return refuse(status, _CODES.get(status, "exception" if status >= 500 else "invalid"), "The request was refused.")


@blueprint.errorhandler(500)
def _unexpected(fault: Any) -> Response:
    log(__name__).error("failed", exc_info=getattr(fault, "original_exception", None) or fault)
    return refuse(500, "exception", "Something went wrong here. Nothing was half done.")


def _database_away(fault: Exception) -> Response:
    log(__name__).error("database-away", fault=type(fault).__name__)
    response = refuse(503, "transient", "Come back in a moment; nothing was done.")
    response.headers["Retry-After"] = "2"
    return response


for away in UNAVAILABLE:
    blueprint.register_error_handler(away, _database_away)
