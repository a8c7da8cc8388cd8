"""What a request's body may say: one pydantic model per act, read from JSON and from an HTML form alike.

Limits stand in the models and nowhere else. A value that cannot be used becomes an ``InvalidField`` naming its field by
our own codes; the value itself is never repeated (pydantic's own words would quote it).
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any, ClassVar, TypeVar
from urllib.parse import unquote_to_bytes
from uuid import UUID

from flask import request
from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainValidator,
    StringConstraints,
    ValidationError,
    WithJsonSchema,
)
from pydantic_core import PydanticCustomError
from werkzeug.exceptions import UnsupportedMediaType

from gateway.domain.consultation.arranging import REMARK_LENGTH
from gateway.domain.consultation.typed_moment import local_moment, typed_moment
from gateway.domain.errors import InvalidField
from gateway.domain.identifiers import Ydernummer

API = "/api/"
NAME_OF_A_KEY = re.compile(r"[a-z][a-z_.]{0,60}")  # what is named back: never a value that was put there
TOKEN = "csrf_token"  # noqa: S105 the name of a form's field
OWN_CODE = "own"
CODES = {"missing": "required", "string_too_long": "too-long", "string_too_short": "too-short"}


def _say_what_is_needed(schema: dict[str, Any], form: type[Form]) -> None:
    """The fields without which the act is refused; an empty text as default only says that a field may be left out."""
    required = [*schema.get("required", []), *form.needed]
    if required:
        schema["required"] = required
    for field in schema.get("properties", {}).values():
        if field.get("default") == "":
            del field["default"]


class Form(BaseModel):
    """The body of one act. Unknown fields are left alone; text is stripped unless a field says otherwise.

    ``needed`` are fields with a default without which the act is refused all the same, by the domain's own code.
    """

    needed: ClassVar[tuple[str, ...]] = ()

    model_config = ConfigDict(
        extra="ignore",
        frozen=True,
        hide_input_in_errors=True,
        str_strip_whitespace=True,
        json_schema_extra=_say_what_is_needed,
    )


class Nothing(Form):
    """An act that needs no words: its body is not read."""


F = TypeVar("F", bound=Form)


def _unix_lines(value: Any) -> Any:
    return value.replace("\r\n", "\n") if isinstance(value, str) else value


def _absent(value: Any) -> Any:
    return None if value == "" else value


Text = Annotated[str, BeforeValidator(_unix_lines)]
Typed = Annotated[str, BeforeValidator(_unix_lines), StringConstraints(strip_whitespace=False)]  # saved as it is typed
CaseId = Annotated[UUID | None, BeforeValidator(_absent)]
Name = Annotated[str, StringConstraints(max_length=100)]


def codes(values: Any) -> Any:
    """A field that holds one of these codes. Which one is missing or unknown the domain says, so that every other way
    in is held to the same list."""
    return Field(json_schema_extra={"enum": [str(value) for value in values]})


def refused(reason: str) -> PydanticCustomError:
    """What a model's own validator raises: ``reason`` is our code."""
    return PydanticCustomError(OWN_CODE, "refused", {"reason": reason})


def _ydernummer(value: Any) -> Ydernummer:
    if not isinstance(value, str):
        raise refused("malformed")
    try:
        return Ydernummer.parse(value)
    except InvalidField as fault:
        raise refused(fault.reason) from None


Number = Annotated[
    Ydernummer,
    PlainValidator(_ydernummer),
    WithJsonSchema({"type": "string", "pattern": "^[0-9]{1,6}$", "description": "ydernummer"}),
]


def chosen(kind: type[StrEnum], missing: str = "required", unknown: str = "malformed") -> BeforeValidator:
    """One of the codes, with our words where it is missing or unknown."""

    def known(value: Any) -> Any:
        if value in ("", None):
            raise refused(missing)
        if not isinstance(value, str) or value not in tuple(kind):
            raise refused(unknown)
        return value

    return BeforeValidator(known)


class Clinician(Form):
    clinician: Name = Field("", description="who talks or talked with the citizen")
    needed: ClassVar = ("clinician",)


class Lost(Form):
    """``lost`` names the media process that the page has just lost, or that sent it away."""

    lost: Annotated[str, StringConstraints(max_length=255)] = ""


class Words(Form):
    text: Annotated[str, StringConstraints(max_length=REMARK_LENGTH)] = ""
    needed: ClassVar = ("text",)


class Proposal(Form):
    """``at`` as ISO, in Copenhagen's time where no zone is named; or ``date`` and ``time`` as people write them."""

    at: str = ""
    date: str = ""
    time: str = ""

    def wanted(self, now: datetime) -> datetime:
        if self.at:
            return local_moment("proposed_at", self.at, now)
        if not self.date and not self.time:
            raise InvalidField("proposed_at", "required")
        return typed_moment("proposed_at", self.date, self.time, now)


def read(model: type[F], document: Mapping[str, Any]) -> F:
    """The form; ``InvalidField`` for the first field that cannot be used."""
    try:
        return model.model_validate(document)
    except ValidationError as error:
        raise faults_of(error)[0] from None


def read_what_can_be(model: type[F], document: Mapping[str, Any]) -> tuple[F, list[InvalidField]]:
    """The form without the fields that cannot be used, and one fault for each of these. Every field of ``model`` has a
    default."""
    try:
        return model.model_validate(document), []
    except ValidationError as error:
        places = [one["loc"] for one in error.errors(include_url=False, include_input=False)]
        return model.model_validate(_without(dict(document), places)), faults_of(error)


def require_known(model: type[Form], document: Mapping[str, Any]) -> None:
    """At our own API a key that the act does not know is a misspelling, and told (400)."""
    try:
        model.model_validate(document, extra="forbid")
    except ValidationError as error:
        for one in error.errors(include_url=False, include_input=False):
            if one["type"] == "extra_forbidden":
                path = ".".join(map(str, one["loc"]))
                raise InvalidField(path if NAME_OF_A_KEY.fullmatch(path) else "body", "unknown-key") from None


def require_once() -> None:
    """Before each request: at our own API a parameter stands once, so that nobody else reads another one than we."""
    twice = [name for name, values in request.args.lists() if len(values) > 1]
    if twice and request.path.startswith(API):
        raise InvalidField(twice[0] if NAME_OF_A_KEY.fullmatch(twice[0]) else "query", "repeated-key")


def _each_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """A JSON object whose keys stand once (RFC 8259 §4: what a second one means is anybody's guess)."""
    found = dict(pairs)
    if len(found) < len(pairs):
        raise InvalidField("body", "repeated-key")
    return found


def faults_of(error: ValidationError) -> list[InvalidField]:
    """pydantic's findings by our own codes: the path of the field and the reason."""
    found = error.errors(include_url=False, include_input=False)
    return [InvalidField(".".join(map(str, one["loc"])), _reason(one["type"], one.get("ctx", {}))) for one in found]


def _reason(kind: str, context: Mapping[str, Any]) -> str:
    return str(context["reason"]) if kind == OWN_CODE else CODES.get(kind, "malformed")


def _without(document: dict[str, Any], places: list[tuple[str | int, ...]]) -> dict[str, Any]:
    for first, *rest in places:
        inner = document.get(str(first))
        kept = _without(dict(inner), [tuple(rest)]) if rest and isinstance(inner, Mapping) else None
        document = {name: value for name, value in document.items() if name != first}
        if kept is not None:
            document[str(first)] = kept
    return document


def body() -> dict[str, Any]:
    """The request's body as a document, whether a program or a page sent it."""
    return json_object() if request.is_json or request.path.startswith(API) else nested(request.form)


DOORS = "adapters"  # the blueprint of the systems that call us: each answers in its caller's own language


def require_text() -> None:
    """Before each request: a page's form is UTF-8 (WHATWG URL, "application/x-www-form-urlencoded parsing"). The
    framework would keep other bytes as the percent signs they came in. A door reads and refuses for itself."""
    if request.mimetype != "application/x-www-form-urlencoded" or request.blueprint == DOORS:
        return
    try:
        unquote_to_bytes(request.get_data()).decode()  # kept, and read again as a form
    except UnicodeDecodeError:
        raise InvalidField("body", "malformed") from None


def nested(form: Mapping[str, str]) -> dict[str, Any]:
    """A posted form without its token: ``consent.answer=…`` → ``{"consent": {"answer": …}}``."""
    document: dict[str, Any] = {}
    for name, value in form.items():
        *path, last = name.split(".")
        inner = document
        for part in path:
            inner = inner.setdefault(part, {}) if isinstance(inner.get(part, {}), dict) else {}
        if name != TOKEN:
            inner[last] = value
    return document


def json_object() -> dict[str, Any]:
    """The body as an object; an empty body is an empty one. Raises 415, or ``InvalidField`` on ``body``."""
    raw = request.get_data()
    if not raw:
        return {}
    if request.mimetype not in ("application/json", "application/problem+json"):
        raise UnsupportedMediaType
    parsed = _parsed(raw)
    if not isinstance(parsed, dict):
        raise InvalidField("body", "not-an-object")
    return parsed


def _parsed(raw: bytes) -> Any:
    """Half a surrogate pair is JSON but no text (RFC 8259 §8.2): nothing could store it."""
    try:
        parsed = json.loads(raw, object_pairs_hook=_each_once)
        json.dumps(parsed, ensure_ascii=False).encode()
    except (ValueError, RecursionError):
        raise InvalidField("body", "not-json") from None
    return parsed
