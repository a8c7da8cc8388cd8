"""*Gentag mange*: chosen, previewed, then sent again a few rows at a time; closing the page stops it (AD11).

The page asks for one batch after the other, so the run has no state here: pressed on Stop, the next batch is never
asked for, and every row is either sent again or as it was. Each row is checked and signed by itself.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from threading import Event
from typing import Annotated, Any
from uuid import UUID

from flask import Blueprint
from flask.typing import ResponseReturnValue
from pydantic import StringConstraints

from gateway.connecting import second_person
from gateway.domain.errors import InvalidField, TransitionRefused
from gateway.domain.oversight import Approval, Decision, RiskyAct
from gateway.domain.peers.owed import Choice, OwedRow, Standing
from gateway.services.operations import repair
from gateway.web.acts import Fault, messages
from gateway.web.console.acts import Deed, Reasoned, mount, signed
from gateway.web.console.handling import MENDERS, my_choice, my_row
from gateway.web.guards import current_gateway, current_session, my_oversight, open_to
from gateway.web.rendering import page
from gateway.web.words.causes import cause_words
from gateway.web.words.console import standing_words

blueprint = Blueprint("console_many", __name__)
ALONE = 50  # rows that one person may send again by herself (AD01)
MOST = 500  # with a second person
BATCH = 5
RATE = 5.0  # rows a second
Code = Annotated[str, StringConstraints(max_length=255)]


class Chosen(Reasoned):
    """``group``: connection, standing and cause of the rows, as the page offers them. ``approval``: a colleague's."""

    connection: Code = ""
    standing: Code = ""
    cause: Code = ""
    approval: Code = ""


class Batch(Reasoned):
    """``left``: ids still to be sent, as the preview listed them; ``done``, ``passed``: how many were, or were not."""

    left: Annotated[str, StringConstraints(max_length=40 * MOST)] = ""
    done: int = 0
    passed: int = 0
    approval: Code = ""


@blueprint.get("/konsol/gentag")
@open_to("console", *MENDERS)
def choose() -> ResponseReturnValue:
    return _shown()


def _shown(errors: dict[str, str] | None = None, **more: Any) -> ResponseReturnValue:
    seen = my_oversight()
    groups = current_gateway().owed.groups(tenant=seen.tenant, shared=seen.tenant is None)
    return page(
        "console/many.html",
        422 if errors else 200,
        groups=groups,
        standings=standing_words(),
        cause_words=cause_words,
        errors=errors or {},
        rate=f"{RATE:g}",
        alone=ALONE,
        granted=_granted_to_me(),
        **more,
    )


def _granted_to_me() -> list[Approval]:
    """What a colleague has granted and is not too old to be used."""
    g, me = current_gateway(), current_session()
    now = g.clock.now()
    return [
        each
        for each in g.approvals.listed(my_oversight().tenant)
        if each.act is RiskyAct.REPLAY_MANY
        and each.decision is Decision.GRANTED
        and each.asked_by == me.person
        and now < each.expires_at
    ]


def _preview(form: Chosen) -> ResponseReturnValue:
    reason, choice = form.why(), _choice(form)
    limit = ALONE
    if form.approval:
        found, limit = _granted(form.approval), MOST
        if (found.subject, found.detail) != _wanted(form):
            raise _not_granted()
    rows = current_gateway().owed.rows(choice, limit + 1)
    if len(rows) > limit:
        return _asking(form, len(rows) > MOST or limit == MOST)
    seen = repair.preview(rows)
    return _shown(
        seen=seen,
        reason=reason,
        left=" ".join(str(row.id) for row in seen.replayed),
        total=len(rows),
        approval=form.approval,
        seconds=math.ceil(len(seen.replayed) / RATE),
    )


def _asking(form: Chosen, is_too_many: bool) -> ResponseReturnValue:
    """More than one may send alone: a colleague is asked, where it is not more than two may."""
    if is_too_many or len(current_gateway().owed.rows(_choice(form), MOST + 1)) > MOST:
        raise InvalidField("group", "too-many")
    me = current_session()
    wanted = second_person.Wanted(RiskyAct.REPLAY_MANY, *_wanted(form), form.why(), me.tenant)
    second_person.ask(signed("deliveries replay-many", form.reason), wanted, me.person, me.grant.name)
    return _shown(asked=True)


def _wanted(form: Chosen) -> tuple[str, str]:
    """Subject and detail of the request: the connection, and which of its rows."""
    return form.connection, " ".join((form.standing, form.cause)).strip()


def _granted(id: str) -> Approval:
    """``TransitionRefused`` where no colleague has granted this to whoever presses."""
    me = current_session()
    return second_person.require_granted(current_gateway(), me.tenant, _id(id), RiskyAct.REPLAY_MANY, me.person)


def _not_granted() -> TransitionRefused:
    """A colleague has granted something else."""
    return TransitionRefused("use", str(Decision.GRANTED), "second-person")


def _choice(form: Chosen) -> Choice:
    if form.standing not in tuple(Standing) or not form.connection:
        raise InvalidField("group", "choose-one")
    return replace(my_choice(connection=form.connection, standing=Standing(form.standing)), cause=form.cause)


def _run(form: Batch) -> ResponseReturnValue:
    """The next few rows at the rate, then the page again with those that are left. Where more than one may send alone
    are left, each row must be of the connection that a colleague has granted."""
    reason = form.why()
    ids = [_id(text) for text in form.left.split()]
    now: Sequence[OwedRow] = [my_row(id) for id in ids[:BATCH]]
    if len(ids) > ALONE and {row.connection for row in now} != {_granted(form.approval).subject}:
        raise _not_granted()
    done = repair.replay_many(now, RATE, Event(), signed("deliveries replay-many", reason).repairs)
    counts: dict[str, Any] = {
        "approval": form.approval,
        "done": form.done + len(done.replayed),
        "passed": form.passed + len(done.passed_over),
    }
    return _shown(running=True, reason=reason, left=" ".join(map(str, ids[BATCH:])), **counts)


def _id(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise InvalidField("group", "choose-one") from None


def _again(_typed: dict[str, str], faults: Sequence[Fault], **_named: Any) -> ResponseReturnValue:
    return _shown(messages(faults))


mount(
    blueprint,
    Deed("preview-many", Chosen, _preview, "/konsol/gentag", MENDERS, again=_again),
    Deed("replay-many", Batch, _run, "/konsol/gentag/send", MENDERS, "deliveries replay-many", again=_again),
)
