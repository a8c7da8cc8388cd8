"""How our FHIR door speaks: what it accepts and returns, and every error as an OperationOutcome (R4 §3.1.0.1).

The one exception is the token endpoint, which speaks OAuth.
"""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import parse_qs

from adapters.gp_system.fhir_pull import media
from adapters.gp_system.fhir_pull.unfit import Unfit, outcome
from adapters.wire.answer import parse_json
from adapters.wire.fhir import is_valid
from adapters.wire.http import FHIR_JSON
from gateway.domain import errors
from gateway.domain.peers.messages import Envelope
from gateway.ports.doors import NotServed, Reply

Json = dict[str, Any]
FORM = "application/x-www-form-urlencoded"
READABLE = (FHIR_JSON, "application/json")
NEVER = -1
LARGEST, DEEPEST, MOST_VALUES = 64_000, 32, 1_000
_CODES = {400: "invalid", 401: "login", 403: "forbidden", 404: "not-found", 405: "not-supported", 413: "too-long"}


def answer(resource: Json, status: int = 200, **headers: str) -> Reply:
    body = json.dumps(resource, ensure_ascii=False, separators=(",", ":")).encode()
    return Reply(body, status, {name.replace("_", "-"): value for name, value in headers.items()})


def refuse(status: int, code: str, words: str, element: str = "", **headers: str) -> Reply:
    if status == 401:
        headers["WWW_Authenticate"] = "Bearer"
    return answer(outcome(code, words, [element] if element else []), status, **headers)


def refusal_of(fault: Exception) -> Reply | None:
    """The fault as an OperationOutcome; None for an error of ours that has no words here."""
    match fault:
        case Unfit():
            return refuse(fault.status, fault.code, fault.words, fault.element, **fault.headers)
        case errors.NotFound():
            return refuse(404, "not-found", "There is no such resource here.")
        case errors.TransitionRefused():
            return _not_from_here(fault)
        case errors.ConcurrentChange():
            return refuse(409, "conflict", "Others are changing it just now. Read it again.")
        case errors.InvalidField():
            return refuse(422, "value", f"{fault.field}: {fault.reason}")
        case errors.LaegebroError():
            return None
        case NotServed(status=status) if status != 500:
            return _not_served(fault)
    return refuse(500, "exception", "Something went wrong here. Nothing was half done.")


def _not_from_here(fault: errors.TransitionRefused) -> Reply:
    """Who was first is said to whoever came second (D10)."""
    who = f" Taken by {fault.who}." if fault.who else ""
    if fault.because == "stale":
        return refuse(412, "conflict", f"The Task has changed since you read it; it is {fault.state}.{who}")
    return refuse(409, "conflict", f"That is not possible from {fault.state}.{who}", "Task.status")


def _not_served(fault: NotServed) -> Reply:
    if fault.status == 503:
        again = str(fault.retry_after or 2)
        return refuse(503, "transient", "Come back in a moment; nothing was done.", Retry_After=again)
    if fault.status == 429:
        again = str(fault.retry_after or 2)
        return refuse(429, "throttled", "You ask too often. Nothing was done.", Retry_After=again)
    code = _CODES.get(fault.status, "exception" if fault.status >= 500 else "invalid")
    return refuse(fault.status, code, "The request was refused.")


def require_json_wanted(call: Envelope) -> None:
    """R4 §3.1.0.1.11: JSON is all we write, asked for by Accept or by ``_format``, in R4 and no other version."""
    format = next(iter(call.query.get("_format", ())), None)
    wanted = call.headers.get("accept", "") if format is None else format.replace(" ", "+")
    if format not in (None, "json", *READABLE) and not media.accepts(wanted, READABLE):
        raise Unfit(406, "not-supported", "Only JSON, of FHIR 4.0.")
    if format is None and wanted.strip() and not media.accepts(wanted, READABLE):
        raise Unfit(406, "not-supported", "Only JSON, of FHIR 4.0.")


def read_resource(call: Envelope, kind: str) -> Json:
    """The body as a well-formed R4 resource of that type; raises ``Unfit``."""
    if not media.is_readable(call.headers.get("content-type", ""), READABLE):
        raise Unfit(415, "not-supported", f"Send {FHIR_JSON} in UTF-8, of FHIR 4.0.")
    if len(call.body) > LARGEST:
        raise Unfit(413, "too-long", "The resource is too large.")
    resource = _parsed(call.body)
    if not isinstance(resource, dict) or resource.get("resourceType") != kind:
        raise Unfit(400, "structure", f"The body must be a {kind}.")
    if not is_valid(kind, resource):
        raise Unfit(400, "structure", f"The body is no valid R4 {kind}.", kind)
    return resource


def form_of(call: Envelope) -> dict[str, list[str]]:
    """The fields of a form, in their order; {} where the body is no form."""
    if call.media_type != FORM:
        return {}
    return parse_qs(call.body.decode("utf-8", "replace"), keep_blank_values=True)


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


def version_wanted(call: Envelope) -> int:
    """The version an update is made from (R4 §3.1.0.5). It must be named: 400 without it, as the clause says. An ETag
    that is none of ours is one that does not match."""
    named = call.headers.get("if-match", "").strip()
    if named in ("", "*"):
        raise Unfit(400, "required", "Say which version you have read: If-Match with its ETag.")
    version = named.removeprefix("W/").strip('"')
    return int(version) if version.isascii() and version.isdigit() and len(version) < 10 else NEVER
