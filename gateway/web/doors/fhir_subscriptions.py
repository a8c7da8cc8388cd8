"""Subscriptions at our FHIR door: asked for, looked at, asked for again after an error, ended, and caught up on.

Nothing here calls the endpoint: the relay shakes hands and notifies (workers/notifications.py).
"""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

from flask import Response, request

from adapters.gp_system.fhir_pull.mapping import etag, searchset
from adapters.gp_system.fhir_pull.notification import notification, status_searchset
from adapters.gp_system.fhir_pull.subscription import asked_for, resource_of
from adapters.gp_system.fhir_pull.unfit import Unfit
from gateway.domain.errors import ConcurrentChange, NotFound
from gateway.domain.peers.subscription import Subscription
from gateway.web.doors.fhir_answers import answer, base, blueprint, read_resource, version_wanted
from gateway.web.doors.fhir_login import Caller, caller
from gateway.web.guards import current_gateway, open_to

MOST = 10  # subscriptions of one connection
CATCH_UP = 100  # events in one answer; the rest is asked for from the next number


@blueprint.post("/Subscription")
@open_to("peer")
def subscribe() -> Response:
    gateway = current_gateway()
    who = caller("Subscription", "c")
    resource = read_resource("Subscription")
    if request.headers.get("If-None-Exist"):
        raise Unfit(400, "not-supported", "No conditional create; search first.")
    wanted = asked_for(resource, gateway.ids.new(), who.name, who.settings, gateway.clock.now())
    if gateway.subscriptions.count(who.name) >= MOST:
        raise Unfit(422, "too-costly", f"At most {MOST} subscriptions; delete one first.", "Subscription")
    gateway.subscriptions.add(wanted)
    return _answered(wanted, 201, Location=f"{base()}/Subscription/{wanted.id}/_history/{wanted.version}")


def _answered(subscription: Subscription, status: int = 200, **headers: str) -> Response:
    resource = resource_of(subscription)
    return answer(resource, status, ETag=etag(resource), **headers)


@blueprint.get("/Subscription")
@open_to("peer")
def subscriptions() -> Response:
    """All of the caller's own; they are few."""
    who = caller("Subscription", "s")
    if set(request.args) - {"_format", "_count"}:
        raise Unfit(400, "not-supported", "Subscriptions are listed without parameters.")
    found = [resource_of(each) for each in current_gateway().subscriptions.of(who.name)]
    return answer(searchset(base(), "Subscription", found, len(found), {"self": f"{base()}/Subscription"}))


@blueprint.get("/Subscription/<id>")
@open_to("peer")
def subscription(id: str) -> Response:
    return _answered(_own(caller("Subscription", "r"), id))


@blueprint.put("/Subscription/<id>")
@open_to("peer")
def ask_again(id: str) -> Response:
    """After an error, or with another endpoint: shaken hands with anew; the numbers go on."""
    gateway = current_gateway()
    who = caller("Subscription", "u")
    resource = read_resource("Subscription")
    version = version_wanted()
    present = _own(who, id)
    wanted = asked_for(resource, present.id, who.name, who.settings, gateway.clock.now())
    if present.version != version:
        raise _stale(present)
    counted = replace(wanted, version=version, events=present.events, sent=present.sent)
    try:
        return _answered(gateway.subscriptions.ask_again(counted))
    except ConcurrentChange:
        raise _stale(_own(who, id)) from None


def _stale(present: Subscription) -> Unfit:
    return Unfit(412, "conflict", f"The Subscription has changed since you read it; it is {present.status}.")


@blueprint.delete("/Subscription/<id>")
@open_to("peer")
def unsubscribe(id: str) -> Response:
    """Deleting what is gone already is no error (R4 §3.1.0.7)."""
    who = caller("Subscription", "d")
    current_gateway().subscriptions.remove(who.name, _uuid(id))
    return Response(status=204)


@blueprint.route("/Subscription/<id>/$status", methods=["GET", "POST"])
@open_to("peer")
def subscription_status(id: str) -> Response:
    return answer(status_searchset(base(), _own(caller("Subscription", "r"), id)))


@blueprint.route("/Subscription/<id>/$events", methods=["GET", "POST"])
@open_to("peer")
def subscription_events(id: str) -> Response:
    """Catch-up after a lost notification: the events from one number to another, at most a hundred at a time."""
    gateway = current_gateway()
    asked = _own(caller("Subscription", "r"), id)
    since, until = _number("eventsSinceNumber"), _number("eventsUntilNumber")
    found = gateway.subscriptions.events(asked.id, since or 1, until, CATCH_UP)
    return answer(notification(base(), asked, "query-event", found, gateway.clock.now()))


def _number(name: str) -> int | None:
    value = request.args.get(name)
    if value is None:
        return None
    if not (value.isascii() and value.isdigit() and len(value) < 10):
        raise Unfit(400, "value", "A number of an event.", name)
    return int(value)


def _own(who: Caller, id: str) -> Subscription:
    return current_gateway().subscriptions.find(who.name, _uuid(id))


def _uuid(id: str) -> UUID:
    try:
        return UUID(id)
    except ValueError:
        raise NotFound("subscription") from None
