"""Planned maintenance: planned, cancelled or ended before its time; what each window held and what differs after it
(requirements.md AD12)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, ClassVar
from uuid import UUID

from flask import Blueprint, redirect, url_for
from flask.typing import ResponseReturnValue
from pydantic import Field, StringConstraints

from gateway.certify.connected.asking import obstacle
from gateway.certify.connected.telling import last_results
from gateway.connecting import maintaining
from gateway.domain.errors import InvalidField, NotFound
from gateway.domain.oversight import OVERVIEW_READERS
from gateway.domain.peers.maintenance import WEEKDAYS, Plan, Repeat, Window, WindowStage
from gateway.web.acts import Fault, messages
from gateway.web.console.acts import Deed, mount, shown_again, signed
from gateway.web.console.connection import CHANGERS
from gateway.web.console.hours import Code, HoursForm
from gateway.web.forms import Form, Nothing
from gateway.web.guards import current_gateway, current_session, my_oversight, open_to
from gateway.web.rendering import page
from gateway.web.words.causes import cause_words
from gateway.web.words.contracts import result_words
from gateway.web.words.maintenance import nth_words, repeat_words, stage_words

blueprint = Blueprint("console_maintenance", __name__)
ADDRESS = "/konsol/vedligehold"
Words = Annotated[str, StringConstraints(max_length=500)]


class Planned(HoursForm):
    """``nth`` and the day's weekday say how it comes back. ``connections`` has a key for each that is ticked."""

    connections: dict[str, str] = Field(default_factory=dict)
    nth: Code = ""
    message: Words = ""
    needed: ClassVar[tuple[str, ...]] = ("connections", *HoursForm.needed, "message")

    def plan(self) -> Plan:
        hours = self.hours()
        code = f"{self.nth} {WEEKDAYS[hours.day.weekday()]}" if self.nth else ""
        return Plan(tuple(self.connections), hours, self.message, Repeat.parse(code))


class Cancelled(Form):
    """``times``: *once* leaves the next time as it is planned."""

    times: Code = ""


@blueprint.get(ADDRESS)
@open_to("console", *OVERVIEW_READERS)
def listed() -> ResponseReturnValue:
    return _shown()


def _shown(errors: dict[str, str] | None = None, typed: dict[str, str] | None = None) -> ResponseReturnValue:
    gateway = current_gateway()
    mine, now = _mine(), gateway.clock.now()
    return page(
        "console/maintenance.html",
        422 if errors else 200,
        running=[each for each in mine if each.stage in (WindowStage.RUNNING, WindowStage.DRAINING)],
        planned=sorted((w for w in mine if w.stage is WindowStage.PLANNED), key=lambda w: w.starts_at),
        past=[each for each in mine if each.stage in (WindowStage.DONE, WindowStage.CANCELLED)],
        choices=_choices(),
        now=now,
        may_change=bool(set(CHANGERS) & set(current_session().grant.console)),
        labels=_labels(),
        errors=errors or {},
        typed=typed or {},
        nths=nth_words(),
        stages=stage_words(),
        repeat_words=repeat_words,
        cause_words=cause_words,
        keeps=my_oversight().keeps,
        certifiable=_certifiable(),
        contracts=last_results(gateway, list(_labels())),
        result_words=result_words,
    )


def _certifiable() -> set[str]:
    """One's own connections to test systems whose contract may be tried again after their maintenance."""
    gateway, seen = current_gateway(), my_oversight()
    mine = [line for line in gateway.overview.lines(seen) if line.synthetic and seen.keeps(line.owner)]
    found = ((line, gateway.connections.present(line.name)) for line in mine)
    return {line.name for line, present in found if present and obstacle(line.kind, present) is None}


def _mine() -> list[Window]:
    """An organisation's own, and those of shared systems, which it may read."""
    tenant = my_oversight().tenant
    return [w for w in current_gateway().maintenance.listed() if tenant is None or w.tenant in (None, tenant)]


def _choices() -> list[tuple[str, str]]:
    """Connections whose maintenance is one's own to plan, with what people call them."""
    seen = my_oversight()
    return [(line.name, line.label) for line in current_gateway().overview.lines(seen) if seen.keeps(line.owner)]


def _labels() -> dict[str, str]:
    return {line.name: line.label for line in current_gateway().overview.lines(my_oversight())}


def _plan(form: Planned) -> None:
    hand = signed("maintenance plan", form.message)
    wanted = form.plan()
    if not set(wanted.connections) <= {name for name, _label in _choices()}:
        raise InvalidField("connections", "unknown")
    owners = {hand.overview.owner_of(name) for name in wanted.connections}
    if len(owners) > 1:
        raise InvalidField("connections", "several-owners")
    owner = owners.pop() if owners else my_oversight().tenant
    maintaining.plan(hand, wanted, owner, current_session().grant.name)


def _cancel(form: Cancelled, id: UUID) -> None:
    window = _mine_to_change(id)
    maintaining.cancel(signed("maintenance cancel", window.words), window, for_good=form.times != "once")


def _end(_form: Nothing, id: UUID) -> None:
    window = _mine_to_change(id)
    maintaining.end_now(signed("maintenance end", window.words), window)


def _mine_to_change(id: UUID) -> Window:
    window = current_gateway().maintenance.find(id)
    if not my_oversight().keeps(window.tenant):
        raise NotFound("maintenance")
    return window


def _then(_done: None, **_named: Any) -> ResponseReturnValue:
    return redirect(url_for("console_maintenance.listed"), 303)


def _again(typed: dict[str, str], faults: Sequence[Fault]) -> ResponseReturnValue:
    return _shown(messages(faults), shown_again(typed))


mount(
    blueprint,
    Deed("plan-maintenance", Planned, _plan, f"{ADDRESS}/planlaeg", CHANGERS, "maintenance plan", _then, _again),
    Deed("cancel-maintenance", Cancelled, _cancel, f"{ADDRESS}/<uuid:id>/aflys", CHANGERS, "maintenance cancel", _then),
    Deed("end-maintenance", Nothing, _end, f"{ADDRESS}/<uuid:id>/slut", CHANGERS, "maintenance end", _then),
)
