"""One table for everything a session's user can do: verb, form, who may, audit word, service.

A row is mounted as the JSON route and as the form it names, and described in ``openapi.json``; its words stand in
``words/acts.py``. Each wing keeps its rows in its ``acts.py``; what is about no consultation is a row made by
``pressed`` beside its page.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar
from uuid import UUID

from flask import Blueprint, jsonify, request
from flask.typing import ResponseReturnValue
from pydantic import BaseModel

from gateway.domain.consultation.aggregate import Consultation, Kind
from gateway.domain.errors import InvalidField, PracticeNotFound
from gateway.domain.identifiers import contains_citizen_number
from gateway.domain.oversight import ConsoleRole
from gateway.ports.rows import Write
from gateway.services.act import Acting, F, Move, acting, perform
from gateway.web import forms, guards
from gateway.web.forms import Form, Nothing
from gateway.web.guards import Audience, open_to
from gateway.web.problems import as_json, field_message, problem_of
from gateway.web.words.practice import practice_message

Fault = InvalidField | PracticeNotFound
Again = Callable[..., ResponseReturnValue]
View = TypeVar("View", bound=Callable[..., ResponseReturnValue])


Audited = Sequence[tuple[str, str, UUID | None]]  # read or write, the word, the case


class Faults(Exception):
    """Everything that was wrong, field by field."""

    def __init__(self, *faults: Fault) -> None:
        super().__init__(*faults)
        self.faults = faults


def every(*readings: Callable[[], object]) -> None:
    """Reads each part of a form; ``Faults`` with all that are wrong."""
    faults: list[Fault] = []
    for reading in readings:
        try:
            reading()
        except (InvalidField, PracticeNotFound) as fault:
            faults.append(fault)
    if faults:
        raise Faults(*faults)


@dataclass(frozen=True)
class Answer:
    """What the JSON route answers: ``make`` turns what came of the act into a document of the shape ``shape``."""

    make: Callable[[Any], Any]
    shape: type[BaseModel]


@dataclass(frozen=True)
class Act:
    """One row. ``service`` takes the form and the address's values and returns what came of it.

    ``json`` and ``page`` are addresses; ``then`` answers a form's press from the address's values; ``again`` shows the
    form anew: what was typed, what was wrong, the address's values. ``audit`` is the word under which the audit keeps
    it; empty where it concerns no citizen, or only saves what is being typed. With ``all_faults`` the service gets the
    form as far as it can be read, with the faults of the rest, and raises ``Faults``. ``roles``: of the console.
    """

    verb: str
    who: Audience
    form: type[Form]
    audit: str
    service: Callable[..., Any]
    json: str = ""
    page: str = ""
    answer: Answer | None = None
    then: Callable[..., ResponseReturnValue] | None = None
    again: Again | None = None
    all_faults: bool = False
    roles: tuple[ConsoleRole, ...] = ()


@dataclass(frozen=True)
class Row(Generic[F]):
    """An act on one consultation. ``move`` is its service (services/act.py); ``json`` and ``page`` are the last parts
    of its addresses.

    The audit keeps it under ``audit``, else its verb, in one row or in those that ``audited`` names; what is only
    being typed (``draft``) is kept under the act that sends it. ``beside``: rows of another book, committed with it;
    ``after`` follows the commit; the rest is as in ``Act``.
    """

    verb: str
    form: type[F]
    move: Move[F]
    json: str = ""
    page: str = ""
    audit: str = ""
    draft: bool = False
    audited: Callable[[Consultation, F], Audited] | None = None
    subject: Callable[..., Consultation] | None = None
    then: Callable[..., ResponseReturnValue] | None = None
    again: Again | None = None
    after: Callable[[Consultation], None] | None = None
    all_faults: bool = False
    beside: Callable[[Consultation, Acting[F]], Sequence[Write]] | None = None


@dataclass(frozen=True)
class Wing:
    """What the rows of one kind of user share: who she is, where the addresses lie, how her consultation is found from
    the address's values, what is answered."""

    who: Audience
    json: str
    page: str
    subject: Callable[..., Consultation]
    answer: Answer | None = None
    then: Callable[..., ResponseReturnValue] | None = None

    def acts(self, rows: Iterable[Row[Any]]) -> list[Act]:
        return [self._act(row) for row in rows]

    def _act(self, row: Row[Any]) -> Act:
        def service(form: Any, **named: UUID) -> Consultation:
            found = (row.subject or self.subject)(**named)
            form = _without_numbers(form) if found.kind is not Kind.ONE_CITIZEN else form
            rows = [guards.audit_row(kind, what, found, case=case) for kind, what, case in _audited(row, found, form)]
            by = acting(form, guards.me(), guards.current_gateway().ports)
            beside = row.beside(found, by) if row.beside else ()
            changed = perform(row.move, guards.my_scope(), found, by, audit=rows, beside=beside)
            if row.after is not None:
                row.after(changed)
            return changed

        return Act(
            row.verb,
            self.who,
            row.form,
            "" if row.draft else row.audit or row.verb,
            service,
            json=f"{self.json}/{row.json}" if row.json else "",
            page=f"{self.page}/{row.page}" if row.page else "",
            answer=self.answer,
            then=row.then or self.then,
            again=row.again,
            all_faults=row.all_faults,
        )


def _audited(row: Row[F], found: Consultation, form: F) -> Audited:
    if row.draft:
        return ()
    return row.audited(found, form) if row.audited else [("write", row.audit or row.verb, None)]


def _without_numbers(form: Any) -> Any:
    """Where the talk is not about one known citizen, no act brings an identity number along, not even a draft (U16)."""
    said, faults = form if isinstance(form, tuple) else (form, [])
    found = [InvalidField(path, "looks-like-cpr") for path in _numbered(said.model_dump(by_alias=True, warnings=False))]
    if found and not isinstance(form, tuple):
        raise found[0]
    return (said, [*faults, *found]) if isinstance(form, tuple) else form


def _numbered(told: Mapping[Any, Any], path: str = "") -> Iterator[str]:
    """The fields that hold something like an identity number, the inner ones by their path."""
    for name, value in told.items():
        if isinstance(value, Mapping):
            yield from _numbered(value, f"{path}{name}.")
        elif isinstance(value, str) and contains_citizen_number(value):
            yield f"{path}{name}"


def mount(blueprint: Blueprint, acts: Iterable[Act]) -> None:
    """Each row's routes: endpoint ``<verb>`` for the form, ``<verb>-json`` for the JSON route."""
    for act in acts:
        if act.page:
            _route(blueprint, act, act.page, act.verb, _as_form(act))
        if act.json:
            _route(blueprint, act, act.json, f"{act.verb}-json", _as_json(act))


def _route(blueprint: Blueprint, act: Act, address: str, endpoint: str, view: Callable[..., Any]) -> None:
    view.act = act  # type: ignore[attr-defined]
    blueprint.add_url_rule(address, endpoint, open_to(act.who, *act.roles)(view), methods=["POST"])


def pressed(
    blueprint: Blueprint,
    page: str,
    who: Audience,
    form: type[Form] = Nothing,
    audit: str = "",
    again: Again | None = None,
) -> Callable[[View], View]:
    """A row for the view below it, which gets the form first and answers by itself. Its verb is the view's name."""

    def mark(view: View) -> View:
        verb = view.__name__.replace("_", "-")
        mount(blueprint, [Act(verb, who, form, audit, view, page=page, again=again)])
        return view

    return mark


def answers(shape: type[BaseModel], body: str = "", status: int = 200) -> Callable[[View], View]:
    """Says what a JSON route outside the table answers, and of which media type its body is, where it has one."""

    def mark(view: View) -> View:
        view.shape, view.body, view.status = shape, body, status  # type: ignore[attr-defined]
        return view

    return mark


def _as_json(act: Act) -> Callable[..., ResponseReturnValue]:
    def view(**named: Any) -> ResponseReturnValue:
        try:
            done = act.service(_form(act), **named)
        except Faults as faults:
            return all_of(faults)
        return jsonify(act.answer.make(done)) if act.answer else ("", 204)

    return view


def _as_form(act: Act) -> Callable[..., ResponseReturnValue]:
    def view(**named: Any) -> ResponseReturnValue:
        try:
            done = act.service(_form(act), **named)
        except Faults as faults:
            return _anew(act, faults.faults, faults.faults[0], named)
        except (InvalidField, PracticeNotFound) as fault:
            return _anew(act, [fault], fault, named)
        answered: ResponseReturnValue = act.then(done, **named) if act.then else done
        return answered

    return view


def _anew(act: Act, faults: Sequence[Fault], first: Fault, named: dict[str, Any]) -> ResponseReturnValue:
    if act.again is None:
        raise first
    return act.again(typed_fields(), faults, **named)


def _form(act: Act) -> Form | tuple[Form, list[InvalidField]]:
    if act.form is Nothing:
        return Nothing()
    reading = forms.read_what_can_be if act.all_faults else forms.read
    document = forms.body()
    if request.path.startswith(forms.API):
        forms.require_known(act.form, document)
    return reading(act.form, document)


def typed_fields() -> dict[str, str]:
    """What a posted form held, without its token: to be shown again."""
    return {name: str(value) for name, value in request.form.items() if name != forms.TOKEN}


def messages(faults: Sequence[Fault]) -> dict[str, str]:
    """Field → the sentence that stands beside it."""
    return {
        ("ydernummer" if isinstance(fault, PracticeNotFound) else fault.field): (
            practice_message(fault) if isinstance(fault, PracticeNotFound) else field_message(fault.field, fault.reason)
        )
        for fault in faults
    }


def all_of(faults: Faults) -> ResponseReturnValue:
    """The first fault as the problem, all of them under ``errors``."""
    response = as_json(problem_of(faults.faults[0]))
    document = response.get_json() | {"errors": [dict(problem_of(fault).extra) for fault in faults.faults]}
    response.set_data(jsonify(document).get_data())
    return response
