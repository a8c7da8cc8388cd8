"""Subscriptions at our FHIR door: asked for, looked at, asked for again after an error, ended, and caught up on.

Nothing here calls the endpoint: the relay shakes hands and notifies (workers/notifications.py).
"""

from __future__ import annotations

from dataclasses import replace

from adapters.gp_system.fhir_pull.answers import answer, read_resource, version_wanted
from adapters.gp_system.fhir_pull.mapping import etag, searchset
from adapters.gp_system.fhir_pull.notification import notification, status_searchset
from adapters.gp_system.fhir_pull.question import Asked
from adapters.gp_system.fhir_pull.subscription import asked_for, resource_of
from adapters.gp_system.fhir_pull.unfit import Unfit
from gateway.domain.errors import ConcurrentChange
from gateway.domain.peers.subscription import Subscription
from gateway.ports.doors import Reply

MOST = 10  # subscriptions of one connection
CATCH_UP = 100  # events in one answer; the rest is asked for from the next number


def subscribe(asked: Asked) -> Reply:
    """POST Subscription."""
    use, who = asked.use, asked.who
    resource = read_resource(asked.call, "Subscription")
    if asked.call.headers.get("if-none-exist"):
        raise Unfit(400, "not-supported", "No conditional create; search first.")
    wanted = asked_for(resource, use.ids.new(), who.name, who.settings, use.clock.now())
    if use.subscriptions.count(who.name) >= MOST:
        raise Unfit(422, "too-costly", f"At most {MOST} subscriptions; delete one first.", "Subscription")
    use.subscriptions.add(wanted)
    place = f"{asked.base}/Subscription/{wanted.id}/_history/{wanted.version}"
    return _answered(wanted, 201, Location=place)


def _answered(subscription: Subscription, status: int = 200, **headers: str) -> Reply:
    resource = resource_of(subscription)
    return answer(resource, status, ETag=etag(resource), **headers)


def list_subscriptions(asked: Asked) -> Reply:
    """All of the caller's own; they are few."""
    if set(asked.call.query) - {"_format", "_count"}:
        raise Unfit(400, "not-supported", "Subscriptions are listed without parameters.")
    found = [resource_of(each) for each in asked.use.subscriptions.of(asked.who.name)]
    links = {"self": f"{asked.base}/Subscription"}
    return answer(searchset(asked.base, "Subscription", found, len(found), links))


def read_subscription(asked: Asked) -> Reply:
    return _answered(_own(asked))


def ask_again(asked: Asked) -> Reply:
    """After an error, or with another endpoint: shaken hands with anew; the numbers go on."""
    use, who = asked.use, asked.who
    resource = read_resource(asked.call, "Subscription")
    version = version_wanted(asked.call)
    present = _own(asked)
    wanted = asked_for(resource, present.id, who.name, who.settings, use.clock.now())
    if present.version != version:
        raise _stale(present)
    counted = replace(wanted, version=version, events=present.events, sent=present.sent)
    try:
        return _answered(use.subscriptions.ask_again(counted))
    except ConcurrentChange:
        raise _stale(_own(asked)) from None


def _stale(present: Subscription) -> Unfit:
    return Unfit(412, "conflict", f"The Subscription has changed since you read it; it is {present.status}.")


def unsubscribe(asked: Asked) -> Reply:
    """Deleting what is gone already is no error (R4 §3.1.0.7)."""
    asked.use.subscriptions.remove(asked.who.name, asked.id_of("subscription"))
    return Reply(status=204)


def subscription_status(asked: Asked) -> Reply:
    return answer(status_searchset(asked.base, _own(asked)))


def subscription_events(asked: Asked) -> Reply:
    """Catch-up after a lost notification: the events from one number to another, at most a hundred at a time."""
    own = _own(asked)
    since, until = _number(asked, "eventsSinceNumber"), _number(asked, "eventsUntilNumber")
    found = asked.use.subscriptions.events(own.id, since or 1, until, CATCH_UP)
    return answer(notification(asked.base, own, "query-event", found, asked.use.clock.now()))


def _number(asked: Asked, name: str) -> int | None:
    value = next(iter(asked.call.query.get(name, ())), None)
    if value is None:
        return None
    if not (value.isascii() and value.isdigit() and len(value) < 10):
        raise Unfit(400, "value", "A number of an event.", name)
    return int(value)


def _own(asked: Asked) -> Subscription:
    return asked.use.subscriptions.find(asked.who.name, asked.id_of("subscription"))
