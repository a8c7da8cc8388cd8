"""What is wrong now and was lately, whether anybody is told, and which certificates end soon (AD13, AD14)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from flask import Blueprint
from flask.typing import ResponseReturnValue

from gateway.alarms.expiring import endings
from gateway.alarms.places import NotTold, Places
from gateway.domain.alarm import Alarm, AlarmKind, Condition
from gateway.domain.oversight import OVERVIEW_READERS
from gateway.store.peers.connections import ActiveConnection
from gateway.web.console.acts import Deed, audit_row, mount
from gateway.web.console.connection import CHANGERS
from gateway.web.forms import Nothing
from gateway.web.guards import current_gateway, current_session, my_oversight, open_to
from gateway.web.rendering import page
from gateway.web.words.alarms import alarm_words

blueprint = Blueprint("console_alarms", __name__)
ADDRESS = "/konsol/alarmer"
PAST = timedelta(days=7)


@blueprint.get(ADDRESS)
@open_to("console", *OVERVIEW_READERS)
def listed() -> ResponseReturnValue:
    return _shown()


def _shown(told: Sequence[tuple[str, str]] | None = None) -> ResponseReturnValue:
    gateway = current_gateway()
    return page(
        "console/alarms.html",
        active=[each for each in gateway.alarms.active() if _is_mine(each)],
        past=gateway.alarms.over_since(gateway.clock.now() - PAST, my_oversight().tenant),
        endings=endings(my_connections()),
        now=gateway.clock.now(),
        may_test=bool(set(CHANGERS) & set(current_session().grant.console)),
        told=told,
        alarm_words=alarm_words,
    )


def my_connections() -> list[ActiveConnection]:
    return [each for each in current_gateway().connections.active() if my_oversight().keeps(each.owner_tenant)]


def _is_mine(alarm: Alarm) -> bool:
    """An organisation's alarms are its own; the operator sees every one."""
    tenant = my_oversight().tenant
    return tenant in (None, alarm.condition.tenant)


def _send_trial(_form: Nothing) -> ResponseReturnValue:
    """To every place of one's own, now; which was reached."""
    gateway, tenant = current_gateway(), my_oversight().tenant
    places, now = Places(gateway.settings), gateway.clock.now()
    known = [] if tenant is None else [gateway.tenant(tenant)]
    trial = Alarm(gateway.ids.new(), Condition(AlarmKind.SILENT, "prøvealarm", tenant), now, now)
    gateway.store.record_audit(audit_row("write", "alarms test"))
    return _shown([(target, _told(places, target, trial)) for target in places.targets(known).get(tenant, ())])


def _told(places: Places, target: str, trial: Alarm) -> str:
    """Empty where it was reached, else why not."""
    try:
        places.tell(target, trial, trial.edge)
    except NotTold as untold:
        return untold.code
    return ""


mount(
    blueprint,
    Deed("test-alarms", Nothing, _send_trial, f"{ADDRESS}/proev", CHANGERS, "alarms test"),
)
