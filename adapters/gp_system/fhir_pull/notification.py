"""Notification Bundles of the Subscriptions R4 Backport: what happened, by number and entry, never about whom. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID, uuid5

from adapters.gp_system.fhir_pull.capability import TOPIC
from adapters.gp_system.fhir_pull.mapping import stamp
from adapters.gp_system.fhir_pull.subscription import PROFILES
from adapters.wire.task.words import Json
from gateway.domain.peers.subscription import Subscription, SubscriptionEvent


def notification(
    base: str, subscription: Subscription, kind: str, events: Sequence[SubscriptionEvent], at: datetime
) -> Json:
    """``kind``: handshake, heartbeat, event-notification, or query-event for a catch-up. Type *history*, the status
    first; the same events always come in a Bundle of the same id, so that a repeated one can be told."""
    reached = events[-1].number if events else subscription.events
    id = uuid5(subscription.id, f"{kind}:{subscription.version}:{reached}:{len(events)}:{'' if events else at}")
    return {
        "resourceType": "Bundle",
        "id": str(id),
        "meta": {"profile": [f"{PROFILES}/backport-subscription-notification-r4"]},
        "type": "history",
        "timestamp": stamp(at),
        "entry": [_status_entry(base, subscription, kind, events, id), *_focus_entries(base, subscription, events)],
    }


def status_searchset(base: str, subscription: Subscription) -> Json:
    """The answer of ``$status``: lets a subscriber find out that it missed something."""
    id = uuid5(subscription.id, f"status:{subscription.version}:{subscription.events}")
    status = _status(base, subscription, "query-status", [], id)
    entry = {"fullUrl": f"urn:uuid:{id}", "resource": status, "search": {"mode": "match"}}
    return {"resourceType": "Bundle", "type": "searchset", "total": 1, "entry": [entry]}


def _status_entry(
    base: str, subscription: Subscription, kind: str, events: Sequence[SubscriptionEvent], bundle: UUID
) -> Json:
    id = uuid5(bundle, "status")
    return {
        "fullUrl": f"urn:uuid:{id}",
        "resource": _status(base, subscription, kind, events, id),
        "request": {"method": "GET", "url": f"Subscription/{subscription.id}/$status"},
        "response": {"status": "200"},
    }


def _status(base: str, subscription: Subscription, kind: str, events: Sequence[SubscriptionEvent], id: UUID) -> Json:
    """R4 Parameters know no integer64, so the backport writes the numbers as strings."""
    numbers = [event.number for event in events]
    return {
        "resourceType": "Parameters",
        "id": str(id),
        "meta": {"profile": [f"{PROFILES}/backport-subscription-status-r4"]},
        "parameter": [
            {"name": "subscription", "valueReference": {"reference": f"{base}/Subscription/{subscription.id}"}},
            {"name": "topic", "valueCanonical": TOPIC},
            {"name": "status", "valueCode": str(subscription.status)},
            {"name": "type", "valueCode": kind},
            {"name": "events-since-subscription-start", "valueString": str(max([subscription.events, *numbers]))},
            *(_event(base, subscription, each) for each in events),
        ],
    }


def _event(base: str, subscription: Subscription, event: SubscriptionEvent) -> Json:
    part: list[Json] = [
        {"name": "event-number", "valueString": str(event.number)},
        {"name": "timestamp", "valueInstant": stamp(event.at)},
    ]
    if subscription.names_entries:
        part.append({"name": "focus", "valueReference": {"reference": f"{base}/Task/{event.entry}"}})
    return {"name": "notification-event", "part": part}


def _focus_entries(base: str, subscription: Subscription, events: Sequence[SubscriptionEvent]) -> list[Json]:
    """One entry per Task without its content: *id-only*."""
    named = dict.fromkeys(event.entry for event in events) if subscription.names_entries else {}
    return [
        {
            "fullUrl": f"{base}/Task/{entry}",
            "request": {"method": "PUT", "url": f"Task/{entry}"},
            "response": {"status": "200"},
        }
        for entry in named
    ]
