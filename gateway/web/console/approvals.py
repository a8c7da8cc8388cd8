"""What waits for a second person, and what was decided (requirements.md AD01)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any
from uuid import UUID

from flask import Blueprint, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from gateway.connecting import describing, second_person
from gateway.connecting.drafting import Unsound
from gateway.domain.errors import AccessRefused, ConcurrentChange, TransitionRefused
from gateway.domain.oversight import Approval, ConsoleRole, RiskyAct
from gateway.domain.setup.revision import changes
from gateway.matters.setup import deciding
from gateway.web.console.acts import Deed, mount, signed
from gateway.web.console.connection import CHANGERS
from gateway.web.forms import Nothing
from gateway.web.guards import current_gateway, current_session, my_oversight, open_to
from gateway.web.rendering import page
from gateway.web.words.matters.setup import in_words
from gateway.web.words.settings import decision_words, fault_words, risky_words

blueprint = Blueprint("console_approvals", __name__)
ONE = "/konsol/godkendelser/<uuid:id>"
SEEN_BY = (*CHANGERS, ConsoleRole.LOG_REVIEW, ConsoleRole.SETUP)
DECIDERS = {RiskyAct.LIST_AFFECTED: ConsoleRole.LOG_REVIEW, RiskyAct.RETENTION: ConsoleRole.SETUP}  # else: CHANGERS


@blueprint.get("/konsol/godkendelser")
@open_to("console", *SEEN_BY)
def listed() -> ResponseReturnValue:
    return _shown("")


def _shown(fault: str) -> ResponseReturnValue:
    gateway = current_gateway()
    now, rows = gateway.clock.now(), gateway.approvals.listed(my_oversight().tenant)
    return page(
        "console/approvals.html",
        409 if fault else 200,
        open=[(each, _changes(each)) for each in rows if each.is_open(now)],
        closed=[each for each in rows if not each.is_open(now)],
        may_decide=_may_decide,
        me=current_session().person,
        fault=fault,
        acts=risky_words(),
        decisions=decision_words(),
    )


def _changes(asked: Approval) -> Sequence[Any]:
    """What granting it would change, line by line."""
    if asked.act is RiskyAct.RETENTION:
        return _of_setup(asked)
    draft = current_gateway().drafts.of(asked.subject) if asked.act is RiskyAct.ACTIVATE else None
    if draft is None or str(draft.revision.number) != asked.detail or draft.in_force is None:
        return []
    return describing.changes(draft.in_force, draft.revision)


def _of_setup(asked: Approval) -> Sequence[Any]:
    now = deciding.standing(current_gateway(), UUID(asked.subject))
    draft = now.draft if now.draft and str(now.draft.number) == asked.detail.split()[0] else None
    return in_words(changes(now.valid, draft.settings)) if draft else []


def _may_decide(asked: Approval) -> bool:
    deciders = {DECIDERS[asked.act]} if asked.act in DECIDERS else set(CHANGERS)
    return bool(deciders & set(current_session().grant.console))


def _asked(id: UUID) -> Approval:
    """``AccessRefused`` where it is not hers to decide."""
    asked = current_gateway().approvals.find(my_oversight().tenant, id)
    if not _may_decide(asked):
        raise AccessRefused(str(asked.act))
    return asked


def _grant(_form: Nothing, id: UUID) -> ResponseReturnValue:
    asked = _asked(id)
    reason = f"{asked.reason} ({asked.asked_name})"
    return _decided(lambda hand, me: second_person.grant(hand, asked, *me), "approvals grant", reason)


def _refuse(_form: Nothing, id: UUID) -> ResponseReturnValue:
    asked = _asked(id)
    return _decided(lambda hand, me: second_person.refuse(hand, asked, *me), "approvals refuse", asked.reason)


def _decided(step: Callable[..., Any], act: str, reason: str) -> ResponseReturnValue:
    session = current_session()
    try:
        step(signed(act, reason), (session.person, session.grant.name))
    except TransitionRefused as refused:
        return _shown(_refusal(refused.because))
    except ConcurrentChange:
        return _shown(_("Kladden er ændret, eller en anden var hurtigere. Intet er gjort nu."))
    except Unsound as unsound:
        return _shown(" ".join(f"{each.path}: {fault_words(each)}" for each in unsound.faults))
    return redirect(url_for("console_approvals.listed"), 303)


def _refusal(because: str) -> str:
    words = {
        "second-person": _("Du har selv bedt om det. En anden skal godkende."),
        "run-out": _("Der er gået et døgn. Bed om det igen."),
        "already-decided": _("En anden var hurtigere: det er afgjort."),
    }
    return str(words.get(because) or _("Det kan ikke lade sig gøre nu."))


mount(
    blueprint,
    Deed("grant-approval", Nothing, _grant, f"{ONE}/godkend", SEEN_BY, "approvals grant"),
    Deed("refuse-approval", Nothing, _refuse, f"{ONE}/afvis", SEEN_BY, "approvals refuse"),
)
