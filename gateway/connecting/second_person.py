"""Acts that need a second person: asked for by one administrator, granted by another with the same right, then done.

Both stand in the audit trail: whoever asks by the request, whoever grants by the act itself, which names the other.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from uuid import UUID

from gateway.connecting import drafting
from gateway.domain.errors import TransitionRefused
from gateway.domain.oversight import Approval, Decision, RiskyAct, decide
from gateway.domain.setup.revision import SetupRevision, SetupState
from gateway.services.operations import repair
from gateway.store.ground.engine import together
from gateway.wiring import Gateway


@dataclass(frozen=True, slots=True)
class Wanted:
    """What somebody wants done, in whose organisation (None: the operator's), and why."""

    act: RiskyAct
    subject: str
    detail: str
    reason: str
    tenant: UUID | None


def ask(gateway: Gateway, wanted: Wanted, by: str, name: str) -> Approval:
    """The request; the same one where it is open already (a double click)."""
    now = gateway.clock.now()
    asked = (wanted.act, wanted.subject, wanted.detail)
    for each in gateway.approvals.listed(wanted.tenant):
        if each.is_open(now) and (each.act, each.subject, each.detail) == asked:
            return each
    one = _request(gateway, wanted, by, name)
    gateway.approvals.ask(one)
    return one


def grant(gateway: Gateway, asked: Approval, by: str, name: str) -> Approval:
    """Decide and do, in one transaction. ``TransitionRefused`` for whoever asked, and for what has run out."""
    now = gateway.clock.now()
    granted = decide(asked, Decision.GRANTED, by, name, now)
    _require_possible(gateway, granted)
    with together(gateway.engine):
        gateway.approvals.decided(granted)
        _do(gateway, granted)
    return granted


def refuse(gateway: Gateway, asked: Approval, by: str, name: str) -> Approval:
    """Also by whoever asked: a request taken back."""
    refused = decide(asked, Decision.REFUSED, by, name, gateway.clock.now())
    gateway.approvals.decided(refused)
    return refused


def alone(gateway: Gateway, wanted: Wanted, by: str, name: str) -> Approval:
    """An emergency: done at once, by one, and kept as that."""
    one = replace(_request(gateway, wanted, by, name), decision=Decision.ALONE, decided_at=gateway.clock.now())
    _require_possible(gateway, one)
    with together(gateway.engine):
        _do(gateway, one)
        gateway.approvals.ask(one)  # last: the trail keeps what was said last of a transaction
    return one


def _request(gateway: Gateway, wanted: Wanted, by: str, name: str) -> Approval:
    return Approval(
        gateway.ids.new(),
        wanted.tenant,
        wanted.act,
        wanted.subject,
        wanted.detail,
        wanted.reason,
        by,
        name,
        gateway.clock.now(),
    )


def _require_possible(gateway: Gateway, one: Approval) -> None:
    """What asks other machines is done before the transaction begins."""
    if one.act is RiskyAct.ACTIVATE:
        drafting.require_sound(gateway, one.subject)


def _do(gateway: Gateway, granted: Approval) -> None:
    doer = _DOERS.get(granted.act)
    if doer is not None:
        doer(gateway, granted)


def _activate(gateway: Gateway, granted: Approval) -> None:
    both = " + ".join(name for name in (granted.asked_name, granted.decided_name) if name)[:255]
    number, now = int(granted.detail), gateway.clock.now()
    gateway.drafts.activate(granted.subject, number, both, granted.reason, now)


def _give_up(gateway: Gateway, granted: Approval) -> None:
    repair.give_up(gateway.owed.row(UUID(granted.subject)), repairs=gateway.repairs)


def _put_in_force(gateway: Gateway, granted: Approval) -> None:
    """``detail``: the draft's number and the day from which it is valid."""
    number, day = granted.detail.split()
    both = " + ".join(name for name in (granted.asked_name, granted.decided_name) if name)[:255]
    tenant, now = UUID(granted.subject), gateway.clock.now()
    made = SetupRevision(0, SetupState.IN_FORCE, {}, both, now, granted.reason, date.fromisoformat(day))
    gateway.setups.put_in_force(tenant, int(number), made)


# Replay of many is done by whoever asked, a few rows at a time, while her page is open: the grant alone is kept here.
_DOERS: Mapping[RiskyAct, Callable[[Gateway, Approval], None]] = {
    RiskyAct.ACTIVATE: _activate,
    RiskyAct.GIVE_UP: _give_up,
    RiskyAct.RETENTION: _put_in_force,
}


def require_granted(gateway: Gateway, tenant: UUID | None, id: UUID, act: RiskyAct, by: str) -> Approval:
    """A grant that whoever asked may still use. ``TransitionRefused`` otherwise."""
    found = gateway.approvals.find(tenant, id)
    usable = found.act is act and found.decision is Decision.GRANTED and found.asked_by == by
    if not usable or gateway.clock.now() >= found.expires_at:
        raise TransitionRefused("use", str(found.decision), "second-person")
    return found
