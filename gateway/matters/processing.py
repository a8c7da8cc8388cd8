"""*Fortegnelse*: who gets what and how long it is kept (GDPR art. 30), from what is set up."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from gateway.store.consultation.store import ERASE
from gateway.store.people.organisations import Tenant
from gateway.store.trail.keeping import audit_months
from gateway.wiring import Gateway


@dataclass(frozen=True, slots=True)
class Receiver:
    """A connected system. ``hosts``: where its settings lead."""

    name: str
    label: str
    kind: str
    hosts: Sequence[str]


@dataclass(frozen=True, slots=True)
class Processing:
    """``attempt_days`` None: for good. ``told``: hosts that get alarms and the audit's heads, nobody in them."""

    organisation: str
    text_days: int
    audit_months: int
    attempt_days: int | None
    receivers: Sequence[Receiver]
    subprocessors: Sequence[tuple[str, str]]
    told: Sequence[str]


def processing(gateway: Gateway, tenant: Tenant) -> Processing:
    days = tenant.kept("attempt_days")
    return Processing(
        tenant.name,
        (tenant.kept("text_days") or ERASE).days,
        audit_months(tenant.settings),
        days.days if days else None,
        _receivers(gateway, tenant),
        gateway.settings.subprocessor_list,
        _told(gateway),
    )


def _receivers(gateway: Gateway, tenant: Tenant) -> list[Receiver]:
    """The organisation's own connections in force, and those it shares."""
    mine = [each for each in gateway.connections.active() if each.owner_tenant in (None, tenant.id)]
    return [
        Receiver(each.name, str(each.config.get("label") or each.name), each.kind, _hosts(each.config)) for each in mine
    ]


def _hosts(config: Mapping[str, object]) -> list[str]:
    found = (urlsplit(value).hostname for value in config.values() if isinstance(value, str) and "://" in value)
    return sorted({host for host in found if host})


def _told(gateway: Gateway) -> list[str]:
    settings = gateway.settings
    places = [settings.alarm_smtp, *settings.alarm_webhook_list, settings.audit_syslog]
    return sorted({host for host in (urlsplit(place).hostname for place in places) if host})
