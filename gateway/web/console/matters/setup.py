"""*Opsætning*: what an organisation decides, drafted, shown as the nurse sees it, valid from a day (AD16)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID

from flask import Blueprint, redirect, request, url_for
from flask.typing import ResponseReturnValue

from gateway.connecting import second_person
from gateway.domain.consultation.typed_moment import typed_day
from gateway.domain.errors import ConcurrentChange, InvalidField, NotFound
from gateway.domain.oversight import ConsoleRole, RiskyAct
from gateway.domain.setup.revision import SetupRevision, changes
from gateway.matters.setup import deciding, form
from gateway.matters.setup.deciding import Decision, Standing, UnsoundSetup
from gateway.matters.setup.model import SECTIONS
from gateway.web.acts import Fault, messages
from gateway.web.console.acts import Deed, Reasoned, audit_row, mount, shown_again, signed
from gateway.web.console.matters.nurse_preview import start_page
from gateway.web.forms import Form
from gateway.web.guards import current_gateway, current_session, my_tenant, open_to
from gateway.web.rendering import page
from gateway.web.words.matters.setup import (
    choice_words,
    help_words,
    in_words,
    section_words,
    setup_fault_words,
    setup_labels,
    setup_state_words,
)

blueprint = Blueprint("console_setup", __name__)
ADDRESS = "/konsol/opsaetning"
DRAFT = f"{ADDRESS}/kladde"
KEEPERS = (ConsoleRole.SETUP,)
READERS = (ConsoleRole.SETUP, ConsoleRole.LOG_REVIEW)


class Begun(Form):
    """``number``: of the revision to go back to; 0: what is valid now."""

    number: int = 0


class Read(Form):
    """``read``: the draft that was on the page. The keys themselves are read by their own model."""

    read: int = 0


class Activated(Reasoned):
    number: int = 0
    valid_from: str = ""
    alone: str = ""
    needed = ("reason", "valid_from")


@dataclass(frozen=True)
class Shown:
    """What the draft's page shows beside the draft. ``typed``: by key; ``mine``: what was typed while somebody else
    saved; ``fields``: of the form that puts it in force."""

    typed: Mapping[str, str] = field(default_factory=dict)
    faults: Sequence[tuple[str, str, str]] | None = None
    mine: Mapping[str, Any] | None = None
    errors: Mapping[str, str] = field(default_factory=dict)
    fields: Mapping[str, str] = field(default_factory=dict)
    status: int = 200


@blueprint.get(ADDRESS)
@open_to("console", *READERS)
def show() -> ResponseReturnValue:
    """What is valid, today or on the day that is asked for."""
    now, asked = _standing(), request.args.get("dag", "")
    errors, day = {}, now.today
    try:
        day = typed_day(asked, now.today, "dag") if asked else now.today
    except InvalidField as fault:
        errors = messages([fault])
    found = now.on(day)
    return page(
        "console/matters/setup.html",
        422 if errors else 200,
        now=now,
        day=day,
        asked=asked,
        errors=errors,
        found=found,
        settings=found.settings if found else now.valid if day == now.today else {},
        history=_with_changes(now),
        may_change=bool(set(KEEPERS) & set(current_session().grant.console)),
        **_words(),
    )


def _with_changes(now: Standing) -> Sequence[tuple[SetupRevision, Any]]:
    """Each revision in force with what it changed of the one before it, the newest first."""
    in_force = [each for each in now.history if each.valid_from is not None]
    pairs = zip(in_force, [*in_force[1:], None], strict=True)
    return [(each, in_words(changes(before.settings, each.settings)) if before else []) for each, before in pairs]


@blueprint.get(DRAFT)
@open_to("console", *KEEPERS)
def draft() -> ResponseReturnValue:
    return _shown(Shown()) if _standing().draft else redirect(url_for("console_setup.show"), 303)


@blueprint.get(f"{DRAFT}/vis")
@open_to("console", *KEEPERS)
def preview() -> ResponseReturnValue:
    """The nurse's start page with the draft: an invented citizen, nothing of it can be pressed."""
    found, gateway = _my_draft(), current_gateway()
    gateway.store.record_audit(audit_row("read", "setup preview"))
    told = deciding.faults(gateway, my_tenant(), found.settings)
    shown = "" if told else start_page(my_tenant(), found.settings)
    return page("console/matters/setup_preview.html", shown=shown, draft=found)


def _shown(more: Shown) -> ResponseReturnValue:
    gateway, tenant, now = current_gateway(), my_tenant(), _standing()
    found = _my_draft()
    faults = more.faults if more.faults is not None else deciding.faults(gateway, tenant, found.settings)
    typed = form.shown(found.settings) | dict(more.typed)
    labels = setup_labels()
    told = {name: f"{labels.get(name, name)}: {setup_fault_words(code, words)}" for name, code, words in faults}
    return page(
        "console/matters/setup_draft.html",
        more.status,
        draft=found,
        texts=typed,
        errors={**told, **more.errors},
        fields=more.fields,
        ready=not faults,
        changes=in_words(changes(now.valid, found.settings)),
        moved=in_words(changes(found.settings, more.mine)) if more.mine is not None else None,
        planned=now.planned,
        two=deciding.needs_second_person(gateway, tenant, found),
        asked=_open_request(tenant, found),
        today=now.today,
        form=form,
        help=help_words,
        choices=choice_words(),
        **_words(),
    )


def _words() -> dict[str, Any]:
    return {
        "labels": setup_labels(),
        "sections": [(words, SECTIONS[code]) for code, words in section_words().items()],
        "states": setup_state_words(),
        "shown_as": form.shown,
    }


def _standing() -> Standing:
    return deciding.standing(current_gateway(), my_tenant())


def _my_draft() -> SetupRevision:
    found = _standing().draft
    if found is None:
        raise NotFound("draft")
    return found


def _open_request(tenant: UUID, found: SetupRevision) -> bool:
    gateway = current_gateway()
    return any(
        each.act is RiskyAct.RETENTION and each.detail.split()[0] == str(found.number)
        for each in gateway.approvals.listed(tenant)
        if each.is_open(gateway.clock.now())
    )


def _name() -> str:
    return current_session().grant.name


def _to_draft() -> ResponseReturnValue:
    return redirect(url_for("console_setup.draft"), 303)


def _begin(said: Begun) -> ResponseReturnValue:
    deciding.begin(signed("setup draft", ""), my_tenant(), said.number, _name())
    return _to_draft()


def _save(said: Read) -> ResponseReturnValue:
    typed = {name: request.form.get(f"setup.{name}", "") for name in form.NAMES}
    try:
        deciding.save(signed("setup draft", ""), my_tenant(), said.read, form.read(typed), _name())
    except UnsoundSetup as unsound:
        hidden = {name for name, _code, _words in unsound.faults}
        kept = {name: "" if name in hidden else text for name, text in typed.items()}
        return _shown(Shown(kept, unsound.faults, status=422))
    except ConcurrentChange:
        return _shown(Shown(typed, [], form.read(typed), status=409))
    return _to_draft()


def _activate(said: Activated) -> ResponseReturnValue:
    """By one person; where something is kept for another time than before it is asked for, or done in an emergency."""
    gateway, tenant, reason = current_gateway(), my_tenant(), said.why()
    day = _day(said.valid_from)
    try:
        found = deciding.require_sound_draft(gateway, tenant, said.number)
    except UnsoundSetup as unsound:
        return _shown(Shown(faults=unsound.faults, status=422))
    if not deciding.needs_second_person(gateway, tenant, found):
        deciding.activate(signed("setup activate", reason), tenant, said.number, Decision(day, reason), _name())
        return redirect(url_for("console_setup.show"), 303)
    wanted = second_person.Wanted(RiskyAct.RETENTION, str(tenant), f"{said.number} {day}", reason, tenant)
    me = (current_session().person, _name())
    if said.alone == "yes":
        second_person.alone(signed("setup activate", reason), wanted, *me)
        return redirect(url_for("console_setup.show"), 303)
    second_person.ask(signed("setup activate", reason), wanted, *me)
    return _to_draft()


def _day(text: str) -> date:
    today = _standing().today
    if not text:
        raise InvalidField("valid_from", "not-a-day")
    return deciding.require_day(typed_day(text, today, "valid_from"), today)


def _drop(said: Begun) -> ResponseReturnValue:
    hand = signed("setup drop", "")
    hand.setups.drop(my_tenant(), said.number, _name(), hand.clock.now())
    return redirect(url_for("console_setup.show"), 303)


def _again(typed: dict[str, str], faults: Sequence[Fault]) -> ResponseReturnValue:
    return _shown(Shown(errors=messages(faults), fields=shown_again(typed), status=422))


mount(
    blueprint,
    Deed("begin-setup", Begun, _begin, f"{ADDRESS}/til-kladde", KEEPERS, "setup draft"),
    Deed("save-setup", Read, _save, DRAFT, KEEPERS, "setup draft", again=_again),
    Deed("activate-setup", Activated, _activate, f"{DRAFT}/i-kraft", KEEPERS, "setup activate", again=_again),
    Deed("drop-setup", Begun, _drop, f"{DRAFT}/kasser", KEEPERS, "setup drop"),
)
