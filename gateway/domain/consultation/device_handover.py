"""The device on its way between employee and citizen, and from one device to another (requirements.md B01–B09, D5, D6).

Between ``queueing`` and ``talking`` on the data's way: nothing here changes the queue or the talk but the citizen's
"Slut", which ends what goes on and leaves the rest to the employee.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise

from gateway.domain.consultation import ringing, talking
from gateway.domain.consultation.aggregate import Availability, Consultation, Status
from gateway.domain.errors import InvalidField, TransitionRefused
from gateway.domain.people import Actor, Handover

AFTER_CALL = timedelta(minutes=2)  # then the citizen's page is blank by itself (D20)
CODE_LENGTH = 6
_OPEN = (Status.PLANNED, Status.WAITING, Status.CALLING, Status.IN_CALL)


def require_code(code: str) -> None:
    """Six digits of the employee's choice; what a hand tries first is refused."""
    if len(code) != CODE_LENGTH or not (code.isascii() and code.isdigit()):
        raise InvalidField("code", "not-six-digits")
    steps = {(int(after) - int(before)) % 10 for before, after in pairwise(code)}
    if steps <= {0} or steps == {1} or steps == {9}:
        raise InvalidField("code", "too-simple")


def hand_over(consultation: Consultation, locked: bool, at: datetime, actor: Actor) -> Consultation:
    """The citizen gets the device, alone or with a relative; in the forms where the employee talks it stays hers."""
    if consultation.form.employee_takes_part or consultation.status not in _OPEN:
        raise TransitionRefused("hand-over", str(consultation.status))
    if consultation.with_citizen:
        raise TransitionRefused("hand-over", str(consultation.status), "already")
    given = replace(consultation, handover=Handover(at, locked), availability=Availability.HERE)
    return given.noting("handed-over", at, actor, locked="yes" if locked else "no")


def give_back(consultation: Consultation, at: datetime, actor: Actor) -> Consultation:
    """The employee is back: by her code, or because she took the consultation to another device."""
    if consultation.handover is None or not consultation.with_citizen:
        return consultation
    returned = replace(consultation, handover=replace(consultation.handover, returned_at=at))
    here = replace(returned, availability=Availability.HERE) if returned.is_open else returned
    return here.noting("handed-back", at, actor)


def call_employee(consultation: Consultation, at: datetime, actor: Actor) -> Consultation:
    """ "Bed om medarbejderen": the citizen's device says so, loudly. A second click is a no-op."""
    if consultation.handover is None or not consultation.with_citizen or not consultation.entry_open:
        raise TransitionRefused("call-employee", str(consultation.status), "not-with-citizen")
    if consultation.handover.called_at is not None:
        return consultation
    ringing.require_part(consultation, "call-employee", actor)
    called = replace(consultation, handover=replace(consultation.handover, called_at=at))
    return called.noting("employee-called", at, actor)


def finish(consultation: Consultation, at: datetime, actor: Actor, review: timedelta) -> Consultation:
    """The citizen pressed "Slut": a talk ends, a place in the queue is kept for the employee to decide about."""
    handover = consultation.handover
    if handover is None or not consultation.with_citizen or handover.over_at is not None:
        return consultation
    changed = replace(consultation, handover=replace(handover, over_at=at))
    if changed.status is Status.IN_CALL:
        changed = talking.hang_up(changed, at, actor, review)
    elif changed.status is Status.CALLING:
        changed = ringing.put_back(changed, at, actor)
    if changed.status in _OPEN:
        changed = replace(changed, availability=Availability.AWAY)
    return changed.noting("finished-by-citizen", at, actor)


def change_device(consultation: Consultation, at: datetime, actor: Actor) -> Consultation:
    """The consultation goes on at another device of the same employee: the page that had it is told."""
    if not consultation.is_open:
        return consultation
    return give_back(consultation, at, actor).noting("device-changed", at, actor)


def citizen_screen(consultation: Consultation, now: datetime) -> str:
    """``waiting``, ``ring``, ``call``, ``stopped`` (no talk came of it), ``ended``, or ``blank``."""
    if not consultation.with_citizen or (consultation.handover and consultation.handover.over_at):
        return "blank"
    match consultation.status:
        case Status.PLANNED | Status.WAITING:
            return "waiting"
        case Status.CALLING:
            return "call" if consultation.entry and consultation.entry.joined_at else "ring"
        case Status.IN_CALL:
            return "call"
        case _:
            return _afterwards(consultation, now)


def blank_at(consultation: Consultation) -> datetime | None:
    """When the citizen's page empties itself; None while the talk is to come or goes on."""
    ended = consultation.entry.ended_at if consultation.entry else consultation.closed_at
    return ended + AFTER_CALL if ended else None


def _afterwards(consultation: Consultation, now: datetime) -> str:
    until = blank_at(consultation)
    if until is None or now >= until:
        return "blank"
    return "stopped" if consultation.status is Status.DECIDING else "ended"
