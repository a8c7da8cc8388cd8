"""A connection's draft: its form from the adapter's own settings, tried and put in force (AD03–AD05)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from flask import Blueprint, redirect, request, url_for
from flask.typing import ResponseReturnValue

from gateway.connecting import describing, drafting, reading, sampling, second_person
from gateway.connecting.drafting import Unsound
from gateway.connecting.fields import SettingField, value_at
from gateway.connecting.reading import SettingFault
from gateway.connecting.trying import Step
from gateway.domain.errors import ConcurrentChange, ConfigFault, InvalidField, NotFound
from gateway.domain.identifiers import contains_citizen_number
from gateway.domain.oversight import RiskyAct
from gateway.store.peers.drafts import Draft
from gateway.web.acts import Fault, messages
from gateway.web.console.acts import Deed, Reasoned, audit_row, mount, shown_again, signed
from gateway.web.console.connection import ADDRESS, CHANGERS
from gateway.web.forms import Form, Nothing
from gateway.web.guards import current_gateway, current_session, my_oversight, open_to
from gateway.web.rendering import page
from gateway.web.words.console import state_words
from gateway.web.words.settings import fault_words
from gateway.web.words.trials import explained, step_words

blueprint = Blueprint("console_drafts", __name__)
DRAFT = f"{ADDRESS}/kladde"
PREFIX = "setting."


class Typed(Form):
    """``read``: the revision that was on the page. The settings themselves are the adapter's, and read by its model."""

    read: int = 0


class Activated(Reasoned):
    number: int = 0
    alone: str = ""


@dataclass(frozen=True)
class Shown:
    """What the page shows beside the draft as it stands. ``typed``: by path; ``mine``: the configuration typed while
    somebody else saved hers."""

    typed: Mapping[str, str] = field(default_factory=dict)
    faults: Sequence[SettingFault] | None = None
    mine: Mapping[str, Any] | None = None
    steps: Sequence[Step] | None = None
    errors: Mapping[str, str] = field(default_factory=dict)
    fields: Mapping[str, str] = field(default_factory=dict)
    status: int = 200


def my_draft(connection: str) -> Draft:
    """Another owner's does not exist."""
    require_keeping(connection)
    return drafting.require(current_gateway(), connection)


def require_keeping(connection: str) -> None:
    if not my_oversight().keeps(current_gateway().overview.owner_of(connection)):
        raise NotFound("connection")


def my_name() -> str:
    return current_session().grant.name


@blueprint.get(DRAFT)
@open_to("console", *CHANGERS)
def show(connection: str) -> ResponseReturnValue:
    require_keeping(connection)
    draft = current_gateway().drafts.of(connection)
    if draft is None:
        return redirect(url_for("console_connection.show", connection=connection), 303)
    return _shown(draft, Shown())


def _shown(draft: Draft, more: Shown) -> ResponseReturnValue:
    found, fields = drafting.form_of(draft)
    faults = more.faults if more.faults is not None else _faults_of(draft)
    return page(
        "console/draft.html",
        more.status,
        draft=draft,
        about=(found.settings.__doc__ or "").strip(),
        inputs=[(each, _text(each, draft, more.typed)) for each in fields],
        kept=[each.path for each in fields if value_at(draft.revision.config, each.path) not in (None, "")],
        label=more.typed.get("label", draft.revision.config.get("label", "")),
        errors={**_errors(faults, fields), **more.errors},
        typed=more.fields,
        changes=describing.changes(draft.in_force, draft.revision) if draft.in_force else [],
        moved=describing.changes(draft.revision, replace(draft.revision, config=more.mine)) if more.mine else None,
        steps=more.steps,
        ready=not faults,
        can_rehearse=sampling.can_show(draft.kind, draft.name, draft.revision),
        two=drafting.needs_second_person(draft),
        asked=_open_request(draft),
        states=state_words(),
        step_names=step_words(),
        explained=explained,
    )


def _faults_of(draft: Draft) -> Sequence[SettingFault]:
    """Nothing is wrong yet with a form that nobody has filled in."""
    begun = set(draft.revision.config) - {"label", *describing.OURS}
    return drafting.faults(current_gateway(), draft, draft.revision.config) if begun else []


def _text(each: SettingField, draft: Draft, typed: Mapping[str, str]) -> str:
    return typed.get(each.path, reading.shown(each, draft.revision.config))


def _errors(faults: Sequence[SettingFault], fields: Sequence[SettingField]) -> dict[str, str]:
    """By the field's place, each with its name in front, as the summary lists them."""
    told: dict[str, str] = {}
    for fault in faults:
        each = next((f for f in fields if fault.path == f.path or fault.path.startswith(f"{f.path}.")), None)
        name, place = (each.label, each.path) if each else (fault.path, fault.path)
        told.setdefault(place, f"{name}: {fault_words(fault)}")
    return told


def _open_request(draft: Draft) -> bool:
    g = current_gateway()
    now, number = g.clock.now(), str(draft.revision.number)
    return any(
        each.act is RiskyAct.ACTIVATE and each.subject == draft.name and each.detail == number and each.is_open(now)
        for each in g.approvals.listed(draft.owner)
    )


def _typed() -> dict[str, str]:
    posted = {name.removeprefix(PREFIX): text for name, text in request.form.items() if name.startswith(PREFIX)}
    return posted | {"label": request.form.get("label", "").strip()}


def _save(form: Typed, connection: str) -> ResponseReturnValue:
    """Kept with its faults; only what may not be written down anywhere is refused."""
    draft, typed = my_draft(connection), _typed()
    _found, fields = drafting.form_of(draft)
    numbers = [SettingFault(name, "citizen-number") for name, text in typed.items() if contains_citizen_number(text)]
    if numbers:
        return _shown(draft, Shown(_without(typed, fields, numbers), numbers, status=422))
    config = reading.config_of(fields, typed, draft.revision.config) | {"label": typed["label"]}
    try:
        drafting.save(signed("connections draft", ""), draft, form.read, config, my_name())
    except Unsound as unsound:
        return _shown(draft, Shown(_without(typed, fields, unsound.faults), unsound.faults, status=422))
    except ConfigFault:
        written = [SettingFault(each.path, "written-out") for each in fields if typed.get(each.path) and _secret(each)]
        return _shown(draft, Shown(_without(typed, fields, written), written, status=422))
    except ConcurrentChange:
        return _shown(my_draft(connection), Shown(_without(typed, fields, ()), [], config, status=409))
    return redirect(url_for("console_drafts.show", connection=connection), 303)


def _secret(each: SettingField) -> bool:
    return each.shape == "reference"


def _without(
    typed: Mapping[str, str], fields: Sequence[SettingField], faults: Sequence[SettingFault]
) -> dict[str, str]:
    """What was typed, to be shown again: a secret that was written out, or a citizen's number, is not."""
    hidden = {fault.path for fault in faults if fault.code in ("citizen-number", "written-out", "private-key")}
    secrets = {each.path for each in fields if _secret(each)}
    sound = ("file:", "env:")
    return {
        path: text
        for path, text in typed.items()
        if path not in hidden and (path not in secrets or text.startswith(sound))
    }


def _take_up(form: Activated, connection: str) -> ResponseReturnValue:
    """A draft with the content of a revision; a draft that is there already is opened."""
    require_keeping(connection)
    g = current_gateway()
    if g.drafts.of(connection) is None:
        signed("connections draft", "").drafts.take_up(connection, form.number, my_name(), g.clock.now())
    return redirect(url_for("console_drafts.show", connection=connection), 303)


def _try(_form: Nothing, connection: str) -> ResponseReturnValue:
    """Nothing is changed there by it; that it was done is written all the same."""
    draft, g = my_draft(connection), current_gateway()
    g.store.record_audit(audit_row("write", f"connections try {connection}"))
    try:
        steps = drafting.try_draft(g, draft, my_name())
    except Unsound as unsound:
        return _shown(draft, Shown(faults=unsound.faults, status=422))
    return _shown(my_draft(connection), Shown(steps=steps))


def _activate(form: Activated, connection: str) -> ResponseReturnValue:
    """By one person where the connection is invented; else asked for, or done alone in an emergency."""
    draft, reason = my_draft(connection), form.why()
    if draft.revision.number != form.number or not draft.is_tested:
        raise InvalidField("number", "try-first")
    wanted = second_person.Wanted(RiskyAct.ACTIVATE, connection, str(form.number), reason, draft.owner)
    me = current_session().person
    try:
        if not drafting.needs_second_person(draft):
            drafting.activate(signed("connections activate", reason), connection, form.number, my_name(), reason)
        elif form.alone == "yes":
            second_person.alone(signed("connections activate", reason), wanted, me, my_name())
        else:
            second_person.ask(signed("connections activate", reason), wanted, me, my_name())
            return redirect(url_for("console_drafts.show", connection=connection), 303)
    except Unsound as unsound:
        return _shown(draft, Shown(faults=unsound.faults, status=422))
    return redirect(url_for("console_connection.show", connection=connection), 303)


def _drop(form: Activated, connection: str) -> ResponseReturnValue:
    draft = my_draft(connection)
    hand = signed("connections drop", "")
    hand.drafts.drop(connection, form.number, my_name(), hand.clock.now())
    if draft.in_force is None:
        return redirect(url_for("console_overview.overview"), 303)
    return redirect(url_for("console_connection.show", connection=connection), 303)


def _again(typed: dict[str, str], faults: Sequence[Fault], connection: str) -> ResponseReturnValue:
    return _shown(my_draft(connection), Shown(errors=messages(faults), fields=shown_again(typed), status=422))


mount(
    blueprint,
    Deed("take-up-draft", Activated, _take_up, f"{ADDRESS}/til-kladde", CHANGERS, "connections draft"),
    Deed("save-draft", Typed, _save, DRAFT, CHANGERS, "connections draft", again=_again),
    Deed("try-draft", Nothing, _try, f"{DRAFT}/proev", CHANGERS, "connections try"),
    Deed("activate-draft", Activated, _activate, f"{DRAFT}/aktiver", CHANGERS, "connections activate", again=_again),
    Deed("drop-draft", Activated, _drop, f"{DRAFT}/kasser", CHANGERS, "connections drop", again=_again),
)
