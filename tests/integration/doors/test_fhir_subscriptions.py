"""Being told by our FHIR door: handshake, numbered events, catch-up, error and the handshake after it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest
from fhir.resources.R4B import get_fhir_model_class

from adapters.gp_system.fhir_r4 import read_notification
from adapters.gp_system.fhir_r4.subscription import stands, subscription
from adapters.wire.task.words import Json
from gateway.certify.fault_server import refusing_address
from gateway.certify.notification_door import NotificationDoor
from gateway.domain.errors import PeerBusy
from gateway.domain.peers.messages import Envelope
from gateway.domain.peers.subscription import Subscription, SubscriptionStatus
from gateway.domain.scope import SystemScope
from gateway.store.doors.tables import fhir_subscription
from gateway.store.ground.engine import transaction
from gateway.wiring import Gateway
from tests.support.consultations import CITIZENS, ELSEWHERE, PRACTICE
from tests.support.doors.fhir_world import ES, HAVNEN, RS, TORVET, FhirWorld, Vendor, accepted, public, served
from tests.support.processes.relaying import until
from workers.notifications import Notifier
from workers.task import attempt_row

FHIR = {"Content-Type": "application/fhir+json"}


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path) -> Iterator[FhirWorld]:
    with served(tmp_path_factory.mktemp("told"), sqlite_template) as made:
        yield made


@pytest.fixture(scope="module")
def door(world: FhirWorld) -> Iterator[NotificationDoor]:
    with NotificationDoor() as made, refusing_address() as nowhere:
        agreed = [made.endpoint, f"{nowhere}/notify"]
        world.connect(TORVET, PRACTICE, {"client_id": "torvet-client", "jwks": public(ES), "endpoints": agreed})
        made.nowhere = f"{nowhere}/notify"  # type: ignore[attr-defined]
        yield made


@pytest.fixture(scope="module")
def vendor(world: FhirWorld, door: NotificationDoor) -> Vendor:
    made = Vendor(world)
    wanted = made.world.gateway.peers
    until("the new stanza is believed", lambda: wanted.gp_system(TORVET).settings.endpoints)  # type: ignore[attr-defined]
    return made


@pytest.fixture
def asked(world: FhirWorld, vendor: Vendor, door: NotificationDoor) -> Iterator[UUID]:
    """A subscription that has shaken hands."""
    answer = vendor.http.post("/Subscription", json=subscription(door.endpoint, door.token), headers=FHIR)
    assert answer.status_code == 201, answer.text
    assert Notifier(world.gateway).notify(claimed(world))
    yield UUID(answer.json()["id"])
    vendor.http.delete(f"/Subscription/{answer.json()['id']}").raise_for_status()


def claimed(world: FhirWorld) -> Subscription:
    found = world.gateway.subscriptions.claim(timedelta(seconds=90))
    assert found is not None, "nothing is owed"
    return found


def deliver(gateway: Gateway) -> None:
    """What the relay does with every due row."""
    for id in gateway.outbox.due():
        attempt_row(gateway, id)


def last(door: NotificationDoor) -> Json:
    bundle: Json = json.loads(door.heard()[-1].body)
    get_fhir_model_class("Bundle").model_validate(json.loads(door.heard()[-1].body))
    return bundle


def test_our_own_subscription_is_served(world: FhirWorld, vendor: Vendor, door: NotificationDoor, asked: UUID) -> None:
    """What the gateway asks of other servers it gives itself, and its own reading understands it."""
    shaken = read_notification(door.heard()[-1])
    assert (shaken.kind, shaken.total) == ("handshake", 0)
    stored = vendor.fhir().read("Subscription", str(asked))
    assert stored is not None and stands(stored.resource, subscription(door.endpoint, door.token))
    assert stored.resource["status"] == "active"
    assert door.token not in json.dumps(stored.resource), "the token is never shown"
    entry = world.entry()
    deliver(world.gateway)
    assert Notifier(world.gateway).notify(claimed(world))
    told = read_notification(door.heard()[-1])
    assert (told.kind, told.events, told.entries) == ("event-notification", (1,), (entry,))
    assert world.row(entry).received_at is None, "told is not fetched"
    body = door.heard()[-1].body.decode()
    assert CITIZENS[0][0] not in body and "Nancy" not in body
    assert last(door)["type"] == "history"


def test_numbers_have_no_gaps_and_a_lost_notification_is_caught_up(
    world: FhirWorld, vendor: Vendor, door: NotificationDoor, asked: UUID
) -> None:
    entries = [world.entry() for _ in range(3)]
    deliver(world.gateway)
    deliver(world.gateway)
    task = vendor.task(entries[0])
    assert vendor.put(accepted(task)).status_code == 200
    deliver(world.gateway)
    answer = vendor.http.get(f"/Subscription/{asked}/$events", params={"eventsSinceNumber": "2"})
    caught = read_notification(envelope(answer.content))
    assert (caught.kind, caught.events) == ("query-event", (2, 3, 4))
    assert caught.entries[-1] == entries[0], "the accept is the fourth event"
    one = vendor.http.get(f"/Subscription/{asked}/$events?eventsSinceNumber=1&eventsUntilNumber=1")
    assert read_notification(envelope(one.content)).events == (1,)
    state = vendor.http.get(f"/Subscription/{asked}/$status").json()["entry"][0]["resource"]["parameter"]
    assert {"name": "events-since-subscription-start", "valueString": "4"} in state
    assert Notifier(world.gateway).notify(claimed(world))
    assert read_notification(door.heard()[-1]).events == (1, 2, 3, 4)
    assert world.gateway.subscriptions.claim(timedelta(seconds=1)) is None, "nothing more is owed before the heartbeat"


def envelope(body: bytes) -> Envelope:
    return Envelope({}, {}, body)


def test_a_delivery_attempted_twice_is_one_event(world: FhirWorld, asked: UUID) -> None:
    publish, entry = world.gateway.subscriptions.publish, world.gateway.ids.new()
    now = world.gateway.clock.now()
    assert [publish(TORVET, entry, 1, now) for _ in range(3)] == [1, 0, 0]
    assert [e.number for e in world.gateway.subscriptions.events(asked, 1, None, 10)] == [1]


def test_a_relay_that_died_after_sending_sends_the_same_numbers_again(
    world: FhirWorld, door: NotificationDoor, asked: UUID
) -> None:
    world.gateway.subscriptions.publish(TORVET, world.gateway.ids.new(), 1, world.gateway.clock.now())
    notifier = Notifier(world.gateway)
    dying = claimed(world)
    end_leases(world)
    again = claimed(world)
    assert notifier.notify(again)
    assert not notifier.notify(dying), "its lease is gone"
    first, second = door.heard()[-2:]
    assert read_notification(first).events == read_notification(second).events == (1,)
    assert json.loads(first.body)["id"] == json.loads(second.body)["id"], "a repetition can be told"


def end_leases(world: FhirWorld) -> None:
    """As if the process that holds them had been gone for long."""
    with transaction(world.gateway.engine, SystemScope()) as db:
        db.execute(fhir_subscription.update().values(lease_until=datetime(2020, 1, 1, tzinfo=UTC)))


def due_now(world: FhirWorld) -> None:
    with transaction(world.gateway.engine, SystemScope()) as db:
        db.execute(
            fhir_subscription.update()
            .where(fhir_subscription.c.due_at.is_not(None))
            .values(due_at=datetime(2020, 1, 1, tzinfo=UTC))
        )


def test_silence_is_answered_by_a_heartbeat(world: FhirWorld, door: NotificationDoor, asked: UUID) -> None:
    assert world.gateway.subscriptions.claim(timedelta(seconds=1)) is None
    due_now(world)
    assert Notifier(world.gateway).notify(claimed(world))
    beat = read_notification(door.heard()[-1])
    assert (beat.kind, beat.events) == ("heartbeat", ())


def test_an_endpoint_that_fails_stands_in_error_until_it_is_asked_again(
    world: FhirWorld, vendor: Vendor, door: NotificationDoor
) -> None:
    resource = subscription(door.nowhere, "t")  # type: ignore[attr-defined]
    made = vendor.http.post("/Subscription", json=resource, headers=FHIR).json()
    notifier = Notifier(world.gateway)
    for _ in range(3):
        due_now(world)
        assert not notifier.notify(claimed(world))
    answer = vendor.http.get(f"/Subscription/{made['id']}")
    failed = answer.json()
    assert failed["status"] == "error" and failed["error"]
    assert world.gateway.subscriptions.claim(timedelta(seconds=1)) is None, "nobody calls a dead endpoint"
    world.gateway.subscriptions.publish(TORVET, world.gateway.ids.new(), 1, world.gateway.clock.now())
    mended = {**subscription(door.endpoint, door.token), "id": made["id"]}
    stale = vendor.http.put(f"/Subscription/{made['id']}", json=mended, headers=FHIR | {"If-Match": 'W/"1"'})
    assert stale.status_code == 412
    again = vendor.http.put(
        f"/Subscription/{made['id']}", json=mended, headers=FHIR | {"If-Match": answer.headers["ETag"]}
    )
    assert (again.status_code, again.json()["status"]) == (200, "requested")
    assert notifier.notify(claimed(world))
    assert read_notification(door.heard()[-1]).kind == "handshake"
    assert notifier.notify(claimed(world))
    assert read_notification(door.heard()[-1]).events == (1,), "what happened meanwhile is told"
    vendor.http.delete(f"/Subscription/{made['id']}").raise_for_status()
    assert vendor.http.get(f"/Subscription/{made['id']}").status_code == 404


def test_only_agreed_endpoints_are_called(vendor: Vendor, door: NotificationDoor) -> None:
    for endpoint in (
        "http://127.0.0.1:1/notify",
        "http://169.254.169.254/latest",
        f"{door.endpoint}.evil.example",
        f"{door.endpoint}/../../admin",
        "https://practice.example/notify",
        f"{door.endpoint}#x",
        "file:///etc/passwd",
        "",
    ):
        answer = vendor.http.post("/Subscription", json=subscription(endpoint or "x", "t"), headers=FHIR)
        assert answer.status_code == 422, endpoint
        assert answer.json()["issue"][0]["expression"] == ["Subscription.channel.endpoint"]


@pytest.mark.parametrize(
    ("path", "value", "element"),
    [
        ("criteria", "Patient?name=x", "criteria"),
        ("status", "error", "status"),
        ("channel.type", "email", "channel.type"),
        ("channel.payload", "application/fhir+xml", "channel.payload"),
        ("channel.header", ["Host: evil.example"], "channel.header"),
        ("channel.header", ["X: a\r\nY: b"], "channel.header"),
        ("channel.header", ["no colon"], "channel.header"),
        ("channel._payload", {"extension": []}, "channel.payload.extension"),
    ],
)
def test_what_is_not_served_is_refused_by_name(
    vendor: Vendor, door: NotificationDoor, path: str, value: object, element: str
) -> None:
    resource = subscription(door.endpoint, door.token)
    place = resource
    *steps, name = path.split(".")
    for step in steps:
        place = place[step]
    place[name] = value
    answer = vendor.http.post("/Subscription", json=resource, headers=FHIR)
    assert answer.status_code == 422, answer.text
    assert answer.json()["issue"][0]["expression"] in ([f"Subscription.{element}"], ["Subscription"])


def test_a_neighbours_subscription_does_not_exist(world: FhirWorld, vendor: Vendor, asked: UUID) -> None:
    neighbour = Vendor(world, RS)
    for path in (f"/Subscription/{asked}", f"/Subscription/{asked}/$status", f"/Subscription/{asked}/$events"):
        assert neighbour.http.get(path).status_code == 404
    assert neighbour.http.get("/Subscription").json()["total"] == 0
    assert neighbour.http.delete(f"/Subscription/{asked}").status_code == 204
    assert vendor.http.get(f"/Subscription/{asked}").status_code == 200, "and cannot be ended"
    world.entry(ELSEWHERE, HAVNEN)
    deliver(world.gateway)
    assert world.gateway.subscriptions.events(asked, 1, None, 10) == [], "what happens there is not told here"


def test_production_calls_no_neighbour_of_ours(world: FhirWorld, asked: UUID) -> None:
    real = replace(world.gateway, settings=world.gateway.settings.model_copy(update={"environment": "production"}))
    world.gateway.subscriptions.publish(TORVET, world.gateway.ids.new(), 1, world.gateway.clock.now())
    subscription = claimed(world)
    assert not Notifier(real).notify(subscription)
    found = world.gateway.subscriptions.find(TORVET, asked)
    assert (found.attempts, found.sent, found.status) == (1, 0, SubscriptionStatus.ACTIVE)


def active(gateway: Gateway) -> bool:
    try:
        return gateway.peers.gp_system(TORVET) is not None
    except PeerBusy:
        return False


def test_a_paused_connection_waits_and_is_told_when_it_is_resumed(
    world: FhirWorld, door: NotificationDoor, asked: UUID
) -> None:
    g, heard = world.gateway, len(door.heard())
    g.connections.pause(TORVET, "ops", "maintenance", g.clock.now())
    until("it is paused here", lambda: not active(g))
    g.subscriptions.publish(TORVET, g.ids.new(), 1, g.clock.now())
    for _ in range(9):  # more than a silent endpoint is forgiven
        due_now(world)
        assert not Notifier(g).notify(claimed(world))
    found = g.subscriptions.find(TORVET, asked)
    assert (found.attempts, found.sent, found.status) == (0, 0, SubscriptionStatus.ACTIVE)
    assert len(door.heard()) == heard
    g.connections.resume(TORVET, "ops", "done", g.clock.now())
    until("it is active here", lambda: active(g))
    due_now(world)
    assert Notifier(g).notify(claimed(world))
    assert read_notification(door.heard()[-1]).events == (1,)
