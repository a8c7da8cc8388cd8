"""Being told: our Subscription (R4 backport, rest-hook, ids only) and what its notifications say. Pure.

Ids only, because a notification travels to an open door and a Task carries a citizen (requirements.md S2).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from uuid import NAMESPACE_URL, UUID, uuid5

from adapters.wire.answer import parse_json
from adapters.wire.task.words import BASE, TASK_CODE, VIDEO_QUEUE, Json, mapping, mappings, text
from gateway.domain.peers.messages import Envelope

BACKPORT = "http://hl7.org/fhir/uv/subscriptions-backport/StructureDefinition"
TOPIC = f"{BASE}/SubscriptionTopic/video-queue"
SIZE_LIMIT = 256_000
EVENTS_LIMIT = 500
HEARTBEAT = 60  # seconds: how soon a silent channel is noticed
_FOCUS = re.compile(r"(?:^|/)Task/([0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12})(?:/_history/[^/]+)?$")


def subscription_id(endpoint: str) -> str:
    """Ours for that endpoint, however often it is asked for."""
    return str(uuid5(NAMESPACE_URL, endpoint))


def subscription(endpoint: str, token: str) -> Json:
    """Subscription with profile backport-subscription: criteria is the topic, payload content *id-only*."""
    return {
        "resourceType": "Subscription",
        "id": subscription_id(endpoint),
        "meta": {"profile": [f"{BACKPORT}/backport-subscription"]},
        "status": "requested",
        "reason": "Ændringer i videokøen",
        "criteria": TOPIC,
        "_criteria": {"extension": [_extension("filter-criteria", valueString=f"Task?code={TASK_CODE}|{VIDEO_QUEUE}")]},
        "channel": {
            "extension": [
                _extension("heartbeat-period", valueUnsignedInt=HEARTBEAT),
                _extension("timeout", valueUnsignedInt=5),
                _extension("max-count", valuePositiveInt=20),
            ],
            "type": "rest-hook",
            "endpoint": endpoint,
            "payload": "application/fhir+json",
            "_payload": {"extension": [_extension("payload-content", valueCode="id-only")]},
            "header": [f"Authorization: Bearer {token}"],
        },
    }


def _extension(name: str, **value: str | int) -> Json:
    return {"url": f"{BACKPORT}/backport-{name}", **value}


def stands(found: Json, wanted: Json) -> bool:
    """Does the peer serve this already? A server may hide the header, then the token is taken on trust."""
    channel, ours = mapping(found.get("channel")), wanted["channel"]
    return (
        found.get("status") in ("requested", "active")
        and found.get("criteria") == wanted["criteria"]
        and channel.get("endpoint") == ours["endpoint"]
        and channel.get("header", ours["header"]) == ours["header"]
    )


@dataclass(frozen=True, slots=True)
class Notification:
    """``kind``: handshake, heartbeat, event-notification, query-status, or "" for what cannot be understood.

    ``total`` counts the events since the subscription started: one that exceeds the last seen by more than the
    number of ``events`` here means a notification was lost, and the caller polls.
    """

    kind: str = ""
    total: int = 0
    events: tuple[int, ...] = ()
    entries: tuple[UUID, ...] = ()

    def follows(self, last_total: int) -> bool:
        """False where something between the last notification and this one never came."""
        return self.total - len(self.events) <= last_total


def read_notification(envelope: Envelope) -> Notification:
    """Tolerant: what cannot be read is a notification without entries, and polling finds the rest."""
    if len(envelope.body) > SIZE_LIMIT:
        return Notification()
    try:
        bundle = mapping(parse_json(envelope.body))
    except ValueError:
        return Notification()
    entries = mappings(bundle.get("entry"))
    status = mapping(entries[0].get("resource")) if entries else {}
    if bundle.get("resourceType") != "Bundle" or status.get("resourceType") != "Parameters":
        return Notification()
    return _from_status(mappings(status.get("parameter")))


def _from_status(parameters: list[Json]) -> Notification:
    named = {text(each.get("name")): each for each in parameters}
    events = [each for each in parameters if each.get("name") == "notification-event"][:EVENTS_LIMIT]
    parts = [{text(part.get("name")): part for part in mappings(each.get("part"))} for each in events]
    return Notification(
        kind=text(named.get("type", {}).get("valueCode")),
        total=_number(named.get("events-since-subscription-start", {})),
        events=tuple(_number(part.get("event-number", {})) for part in parts),
        entries=tuple(dict.fromkeys(found for part in parts if (found := _focus(part.get("focus", {}))))),
    )


def _number(parameter: Json) -> int:
    """R4 Parameters know no integer64, so the backport writes it as a string."""
    value = text(parameter.get("valueString"))
    return int(value) if value.isascii() and value.isdigit() and len(value) < 19 else 0


def _focus(part: Json) -> UUID | None:
    match = _FOCUS.search(text(mapping(part.get("valueReference")).get("reference")))
    return UUID(match.group(1)) if match else None


def parse_notification(envelope: Envelope) -> list[UUID]:
    """The entries a notification names; [] for handshake, heartbeat and whatever cannot be read."""
    return list(read_notification(envelope).entries)
