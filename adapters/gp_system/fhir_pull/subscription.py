"""A Subscription (R4 backport) as a practice's system asks for it, and as we show it. Pure.

Ids only, because a notification travels to an open door and a Task carries a citizen (requirements.md S2). The headers
the subscriber wants to hear again are never shown: they hold its token.
"""

from __future__ import annotations

import re
from datetime import datetime
from uuid import UUID

from adapters.gp_system.fhir_pull.capability import BACKPORT, TOPIC
from adapters.gp_system.fhir_pull.mapping import stamp
from adapters.gp_system.fhir_pull.settings import Settings
from adapters.gp_system.fhir_pull.unfit import Unfit
from adapters.wire.http import FHIR_JSON, checked_url
from adapters.wire.task.words import TASK_CODE, VIDEO_QUEUE, Json, mapping, mappings, text
from gateway.domain.peers.subscription import Subscription, SubscriptionStatus

PROFILES = f"{BACKPORT}/StructureDefinition"
FILTER = f"Task?code={TASK_CODE}|{VIDEO_QUEUE}"
_HEADER = re.compile(r"([!#$%&'*+.^_`|~0-9A-Za-z-]{1,60}):[ \t]?([\x20-\x7e]{0,4000})")
# What we say ourselves, or what would change the meaning of the request (RFC 9110 §7.6.1).
_OURS = frozenset(
    ("connection", "content-encoding", "content-length", "content-type", "host", "te", "transfer-encoding", "upgrade")
)
MOST_HEADERS = 5
LONGEST_ENDPOINT = 1000


def asked_for(resource: Json, id: UUID, connection: str, settings: Settings, now: datetime) -> Subscription:
    """Raises ``Unfit`` (422) naming the element that cannot be served."""
    channel = mapping(resource.get("channel"))
    _require_topic(resource)
    names_entries = _require_channel(channel)
    return Subscription(
        id=id,
        connection=connection,
        status=_status(resource),
        endpoint=_endpoint(channel, settings),
        headers=_headers(channel),
        heartbeat=_number(channel, "heartbeat-period", 0, 20, 3600),
        timeout=_number(channel, "timeout", 5, 1, 30),
        most=_number(channel, "max-count", 20, 1, 100),
        names_entries=names_entries,
        changed_at=now,
    )


def _unfit(words: str, element: str) -> Unfit:
    return Unfit(422, "not-supported", words, f"Subscription.{element}")


def _require_topic(resource: Json) -> None:
    if resource.get("criteria") != TOPIC:
        raise _unfit(f"The one topic is {TOPIC}", "criteria")
    for each in mappings(mapping(resource.get("_criteria")).get("extension")):
        if each.get("url") != f"{PROFILES}/backport-filter-criteria" or each.get("valueString") != FILTER:
            raise _unfit(f"The one filter is {FILTER}, or none", "criteria.extension")


def _status(resource: Json) -> SubscriptionStatus:
    """R4: a client asks (*requested*) or switches off; everything else is the server's to say."""
    status = text(resource.get("status"))
    if status not in ("requested", "active", "off"):
        raise _unfit("Ask with status requested, or switch off", "status")
    return SubscriptionStatus.OFF if status == "off" else SubscriptionStatus.REQUESTED


def _require_channel(channel: Json) -> bool:
    """Whether the notifications may name entries (id-only) or only that something happened (empty)."""
    if channel.get("type") != "rest-hook":
        raise _unfit("Only rest-hook", "channel.type")
    if channel.get("payload") not in (FHIR_JSON, None):
        raise _unfit(f"Only {FHIR_JSON}", "channel.payload")
    found = _extension(mapping(channel.get("_payload")), "payload-content")
    content = text(found.get("valueCode"))
    if content not in ("id-only", "empty"):
        raise _unfit("Payload content must be id-only or empty", "channel.payload.extension")
    return content == "id-only"


def _endpoint(channel: Json, settings: Settings) -> str:
    """Only below an address that was agreed with the operator: we call nobody whom a request alone names."""
    endpoint = text(channel.get("endpoint"))
    steps = any(each in endpoint.lower() for each in ("..", "%2e", "\\", "@"))
    if len(endpoint) > LONGEST_ENDPOINT or steps or not endpoint.isascii() or not settings.may_notify(endpoint):
        raise _unfit("That endpoint has not been agreed with the operator", "channel.endpoint")
    try:
        return checked_url(endpoint)
    except ValueError:
        raise _unfit("That endpoint cannot be called", "channel.endpoint") from None


def _headers(channel: Json) -> tuple[str, ...]:
    headers = channel.get("header", [])
    if not isinstance(headers, list) or len(headers) > MOST_HEADERS:
        raise _unfit("At most five headers", "channel.header")
    for line in headers:
        match = _HEADER.fullmatch(line) if isinstance(line, str) else None
        if match is None or match.group(1).lower() in _OURS:
            raise _unfit("A header that cannot be sent", "channel.header")
    return tuple(headers)


def _extension(element: Json, name: str) -> Json:
    found = (e for e in mappings(element.get("extension")) if e.get("url") == f"{PROFILES}/backport-{name}")
    return next(found, {})


def _number(channel: Json, name: str, absent: int, least: int, most: int) -> int:
    """Brought within what we serve; the answer shows what it came to."""
    extension = _extension(channel, name)
    value = extension.get("valueUnsignedInt", extension.get("valuePositiveInt"))
    if value is None or isinstance(value, bool) or not isinstance(value, int) or value == 0:
        return absent
    return max(least, min(value, most))


def resource_of(subscription: Subscription) -> Json:
    channel: Json = {
        "extension": _limits(subscription),
        "type": "rest-hook",
        "endpoint": subscription.endpoint,
        "payload": FHIR_JSON,
        "_payload": {"extension": [_said("payload-content", valueCode=_content(subscription))]},
    }
    shown: Json = {
        "resourceType": "Subscription",
        "id": str(subscription.id),
        "meta": {
            "versionId": str(subscription.version),
            "lastUpdated": stamp(subscription.changed_at),
            "profile": [f"{PROFILES}/backport-subscription"],
        },
        "status": str(subscription.status),
        "reason": "Changes in the practice's video queue",
        "criteria": TOPIC,
        "_criteria": {"extension": [_said("filter-criteria", valueString=FILTER)]},
        "channel": channel,
    }
    if subscription.status is SubscriptionStatus.ERROR:
        shown["error"] = "The endpoint did not accept the notification"
    return shown


def _content(subscription: Subscription) -> str:
    return "id-only" if subscription.names_entries else "empty"


def _limits(subscription: Subscription) -> list[Json]:
    heartbeat = [_said("heartbeat-period", valueUnsignedInt=subscription.heartbeat)] if subscription.heartbeat else []
    return [
        *heartbeat,
        _said("timeout", valueUnsignedInt=subscription.timeout),
        _said("max-count", valuePositiveInt=subscription.most),
    ]


def _said(name: str, **value: str | int) -> Json:
    return {"url": f"{PROFILES}/backport-{name}", **value}
