"""Notification Bundles of the Subscriptions R4 Backport: type history, status Parameters first, ids only."""

import uuid
from dataclasses import dataclass
from datetime import UTC, datetime

from simulators.fhir.outcome import Json, Refused, refused
from simulators.fhir.search import by_concept, by_reference_identifier

BACKPORT = "http://hl7.org/fhir/uv/subscriptions-backport/StructureDefinition"
NOTIFICATION_PROFILE = f"{BACKPORT}/backport-subscription-notification-r4"
FILTERS = {
    "code": by_concept("code"),
    "owner": by_reference_identifier("owner"),
    "owner:identifier": by_reference_identifier("owner"),
}
STATUS_PROFILE = f"{BACKPORT}/backport-subscription-status-r4"


@dataclass(frozen=True)
class Event:
    """One change: its number in this subscription, when, and which resource."""

    number: int
    timestamp: str
    focus: str


def extension(element: Json | None, name: str) -> Json | None:
    """A backport extension by its short name."""
    extensions = (element or {}).get("extension", [])
    return next((each for each in extensions if each.get("url") == f"{BACKPORT}/{name}"), None)


def checked_subscription(_before: Json | None, after: Json) -> Json:
    """What this server can serve: one topic by canonical, rest-hook, ids only (or empty). It starts as `requested`."""
    channel = after.get("channel", {})
    if not after.get("criteria", "").startswith(("http://", "https://", "urn:")):
        raise _unfit("criteria must be the canonical of a topic", "Subscription.criteria")
    if channel.get("type") != "rest-hook" or not channel.get("endpoint"):
        raise _unfit("only rest-hook channels with an endpoint", "Subscription.channel.type")
    content = extension(channel.get("_payload"), "backport-payload-content") or {}
    if content.get("valueCode") not in ("id-only", "empty"):
        raise _unfit("payload content must be id-only or empty", "Subscription.channel.payload")
    if any(name not in FILTERS for name, _ in _filters(after)):
        raise _unfit("this filter is not supported", "Subscription.criteria.extension")
    if after["status"] == "off":
        return after
    return {**after, "status": "requested"}


def _unfit(text: str, element: str) -> Refused:
    return Refused(refused(422, "not-supported", text, [element]))


def wants(subscription: Json, task: Json) -> bool:
    """Whether a Task passes every filter; `checked_subscription` has let in only filters known here."""
    return all(
        any(FILTERS[name](task, value) for value in values.split(",")) for name, values in _filters(subscription)
    )


def _filters(subscription: Json) -> list[tuple[str, str]]:
    """`Task?code=system|code&owner:identifier=system|value,…` as pairs."""
    criteria = extension(subscription.get("_criteria"), "backport-filter-criteria")
    query = str((criteria or {}).get("valueString", "")).rpartition("?")[2]
    return [(name, values) for name, _, values in (word.partition("=") for word in query.split("&") if word)]


def status_parameters(base: str, subscription: Json, kind: str, total: int, events: list[Event]) -> Json:
    parameters: list[Json] = [
        {"name": "subscription", "valueReference": {"reference": f"{base}/Subscription/{subscription['id']}"}},
        {"name": "topic", "valueCanonical": subscription["criteria"]},
        {"name": "status", "valueCode": subscription["status"]},
        {"name": "type", "valueCode": kind},
        {"name": "events-since-subscription-start", "valueString": str(total)},
    ]
    with_focus = (extension(subscription["channel"].get("_payload"), "backport-payload-content") or {}).get(
        "valueCode"
    ) == "id-only"
    parameters += [_event_parameter(event, with_focus) for event in events]
    return {
        "resourceType": "Parameters",
        "id": str(uuid.uuid4()),
        "meta": {"profile": [STATUS_PROFILE]},
        "parameter": parameters,
    }


def _event_parameter(event: Event, with_focus: bool) -> Json:
    part: list[Json] = [
        {"name": "event-number", "valueString": str(event.number)},
        {"name": "timestamp", "valueInstant": event.timestamp},
    ]
    if with_focus:
        part.append({"name": "focus", "valueReference": {"reference": event.focus}})
    return {"name": "notification-event", "part": part}


def notification(base: str, subscription: Json, kind: str, total: int, events: list[Event]) -> Json:
    """`kind`: handshake, heartbeat or event-notification."""
    status = status_parameters(base, subscription, kind, total, events)
    return {
        "resourceType": "Bundle",
        "id": str(uuid.uuid4()),
        "meta": {"profile": [NOTIFICATION_PROFILE]},
        "type": "history",
        "timestamp": datetime.now(UTC).isoformat(timespec="milliseconds"),
        "entry": [
            {
                "fullUrl": f"urn:uuid:{status['id']}",
                "resource": status,
                "request": {"method": "GET", "url": f"Subscription/{subscription['id']}/$status"},
                "response": {"status": "200"},
            }
        ],
    }


def status_searchset(base: str, subscription: Json, total: int) -> Json:
    """The answer of `$status`: the same Parameters, type query-status, in a searchset."""
    status = status_parameters(base, subscription, "query-status", total, [])
    entry = {"fullUrl": f"urn:uuid:{status['id']}", "resource": status, "search": {"mode": "match"}}
    return {"resourceType": "Bundle", "type": "searchset", "total": 1, "entry": [entry]}
