"""*Kræver handling*: what stands still or may have arrived, and what a person may do with one of it (AD10).

The acts are those of ``laegebro deliveries``: the same services, the same rows of the audit trail.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, ClassVar
from uuid import UUID

from flask import Blueprint, redirect, url_for
from flask.typing import ResponseReturnValue

from gateway.connecting import second_person
from gateway.domain.errors import InvalidField, NotFound, TransitionRefused
from gateway.domain.note.still import OF_STILLS
from gateway.domain.oversight import ConsoleRole, RiskyAct
from gateway.domain.peers.owed import Choice, OwedRow, Standing
from gateway.domain.people import Actor
from gateway.services.operations import repair
from gateway.web import guards
from gateway.web.acts import Fault, messages
from gateway.web.console.acts import Deed, Reasoned, mount, shown_again, signed
from gateway.web.guards import current_gateway, current_session, my_oversight, open_to
from gateway.web.rendering import page
from gateway.web.words.causes import cause_words
from gateway.web.words.console import attempt_words, owed_words, standing_words

blueprint = Blueprint("console_handling", __name__)
R = ConsoleRole
READERS = (R.INTEGRATION, R.SUPPORT, R.WORKPLACE, R.OPERATOR)
MENDERS = (R.INTEGRATION, R.OPERATOR)
WRITERS = (R.INTEGRATION, R.WORKPLACE, R.OPERATOR)
ONE = "/konsol/besked/<uuid:id>"
PAGE = 100


class Looked(Reasoned):
    """Who sends again what may have arrived says that she has looked at the peer."""

    looked: str = ""
    needed: ClassVar = ("reason", "looked")


def my_choice(**said: Any) -> Choice:
    """Of the own organisation; the operator's is what goes over the shared connections."""
    seen = my_oversight()
    return Choice(tenant=seen.tenant, shared=seen.tenant is None, **said)


def my_row(id: UUID) -> OwedRow:
    """Another organisation's does not exist."""
    gateway, seen = current_gateway(), my_oversight()
    row = gateway.owed.row(id)
    if not seen.mends(row.tenant, gateway.overview.owner_of(row.connection)):
        raise NotFound("delivery")
    return row


@blueprint.get("/konsol/kraever-handling")
@open_to("console", *READERS)
def listed() -> ResponseReturnValue:
    owed = current_gateway().owed
    asked = [owed.rows(my_choice(standing=how), PAGE + 1) for how in (Standing.UNKNOWN, Standing.STUCK)]
    rows = sorted((row for found in asked for row in found[:PAGE]), key=lambda row: row.created_at)
    return page(
        "console/handling.html",
        unknown=[row for row in rows if row.unknown],  # also what stands still because nobody can be asked
        stuck=[row for row in rows if not row.unknown],
        more=any(len(found) > PAGE for found in asked),
        may_mend=_holds(MENDERS),
        page_size=PAGE,
        **_words(),
    )


@blueprint.get(ONE)
@open_to("console", *READERS)
def one(id: UUID) -> ResponseReturnValue:
    return _shown(id)


def _shown(id: UUID, errors: dict[str, str] | None = None, typed: dict[str, str] | None = None) -> ResponseReturnValue:
    gateway, row = current_gateway(), my_row(id)
    attempts = gateway.owed.attempts(id)
    return page(
        "console/delivery.html",
        422 if errors else 200,
        row=row,
        attempts=attempts,
        last=attempts[-1] if attempts else None,
        label=gateway.overview.label_of(row.connection),
        may_mend=_holds(MENDERS),
        asked=any(
            each.subject == str(id) and each.is_open(gateway.clock.now())
            for each in gateway.approvals.listed(my_oversight().tenant)
        ),
        may_write=_holds(WRITERS),
        errors=errors or {},
        typed=typed or {},
        **_words(),
    )


def _holds(roles: Sequence[ConsoleRole]) -> bool:
    return bool(set(roles) & set(current_session().grant.console))


def _words() -> dict[str, Any]:
    return {
        "cause_words": cause_words,
        "owed_words": owed_words,
        "of_stills": OF_STILLS,
        "standings": standing_words(),
        "outcomes": attempt_words(),
    }


def _replay(form: Reasoned, id: UUID) -> None:
    """The same row under the same key; what may have arrived is asked about before it is sent."""
    my_row(id)
    signed("deliveries replay", form.why()).repairs.replay(id)


def _replay_looked(form: Looked, id: UUID) -> None:
    my_row(id)
    if form.looked != "yes":
        raise InvalidField("looked", "look-first")
    signed("deliveries replay", form.why()).repairs.replay(id, not_received=True)


def _write_by_hand(form: Reasoned, id: UUID) -> None:
    row, hand = my_row(id), signed("deliveries written-by-hand", form.why())
    repair.write_by_hand(row, _whose_hand(), store=hand.store, clock=hand.clock, repairs=hand.repairs)


def _leave_pictures_out(form: Reasoned, id: UUID) -> None:
    row, hand = my_row(id), signed("deliveries without-pictures", form.why())
    repair.leave_pictures_out(row, _whose_hand(), store=hand.store, clock=hand.clock, repairs=hand.repairs)


def _ask_to_give_up(form: Reasoned, id: UUID) -> None:
    """Nothing is given up by one person: another has to grant it (AD01)."""
    row, me = my_row(id), current_session()
    if not row.standing:
        raise TransitionRefused("give-up", str(row.status))
    wanted = second_person.Wanted(RiskyAct.GIVE_UP, str(id), row.short_id, form.why(), me.tenant)
    second_person.ask(signed("deliveries give-up", form.reason), wanted, me.person, me.grant.name)


def _whose_hand() -> Actor:
    """Without her name: it would stand on the consultation's timeline."""
    me = guards.me()
    return Actor(me.kind, me.id, role=me.role)


def _again(typed: dict[str, str], faults: Sequence[Fault], id: UUID) -> ResponseReturnValue:
    return _shown(id, messages(faults), shown_again(typed))


def _then(_done: None, id: UUID) -> ResponseReturnValue:
    return redirect(url_for("console_handling.one", id=id), 303)


def _deed(verb: str, form: type[Reasoned], service: Callable[..., None], last: str, roles: Any, audit: str) -> Deed:
    return Deed(verb, form, service, f"{ONE}/{last}", roles, audit, _then, _again)


mount(
    blueprint,
    _deed("replay", Reasoned, _replay, "proev-nu", MENDERS, "deliveries replay"),
    _deed("replay-looked", Looked, _replay_looked, "send-igen", MENDERS, "deliveries replay"),
    _deed("ask-to-give-up", Reasoned, _ask_to_give_up, "opgiv", MENDERS, "deliveries give-up"),
    _deed("leave-pictures-out", Reasoned, _leave_pictures_out, "uden-billeder", WRITERS, "deliveries without-pictures"),
    _deed("close-by-hand", Reasoned, _write_by_hand, "skrevet", WRITERS, "deliveries written-by-hand"),
)
