"""Delivery of notifications: one thread per Subscription sends the handshake, the events in order, and heartbeats."""

import contextlib
import queue
import threading
import time

import httpx

from simulators import wire
from simulators.faults import Fault, Faults
from simulators.fhir.outcome import Answer, Json, refused
from simulators.fhir.store import ResourceStore
from simulators.gp.notifications import Event, extension, notification, status_searchset, wants

RETRIES = (0.2, 0.5, 1.0, 2.0, 5.0)
FOREVER = 3600.0
FAULT_ROUTE = "Subscription.notify"


class Channel:
    """One Subscription's way to its endpoint. `None` in the line means: shake hands (again)."""

    def __init__(self, base: str, identity: str, store: ResourceStore, faults: Faults) -> None:
        self._base = base
        self._identity = identity
        self._store = store
        self._faults = faults
        self._line: queue.Queue[Event | None] = queue.Queue()
        self.total = 0
        threading.Thread(target=self._run, daemon=True, name=f"subscription-{identity}").start()

    def shake_hands(self) -> None:
        self._line.put(None)

    def add(self, timestamp: str, focus: str) -> None:
        self.total += 1
        self._line.put(Event(self.total, timestamp, focus))

    def _run(self) -> None:
        while True:
            subscription = self._store.current("Subscription", self._identity)
            if subscription is None:
                return
            try:
                event = self._line.get(timeout=_heartbeat_period(subscription))
            except queue.Empty:
                self._notify("heartbeat", [])
                continue
            self._notify("event-notification" if event else "handshake", [event] if event else [])

    def _notify(self, kind: str, events: list[Event]) -> None:
        fault = self._faults.strikes(FAULT_ROUTE, by_star=False)
        if fault is not None and not self._survives(fault):
            return
        arrived = self._with_retries(kind, events)
        if fault is not None and fault.mode in ("drop-reply", "effect-then-500"):
            # The answer to the first one "was lost": the same event goes out once more.
            arrived = self._with_retries(kind, events)
        self._settle("active" if arrived else "error")

    def _survives(self, fault: Fault) -> bool:
        time.sleep(fault.delay)
        return fault.mode in ("drop-reply", "effect-then-500", "late-apply")

    def _with_retries(self, kind: str, events: list[Event]) -> bool:
        for pause in (0.0, *RETRIES):
            time.sleep(pause)
            subscription = self._store.current("Subscription", self._identity)
            if subscription is None or subscription["status"] == "off":
                return False
            if self._send(subscription, kind, events):
                return True
        return False

    def _send(self, subscription: Json, kind: str, events: list[Event]) -> bool:
        channel = subscription["channel"]
        shown = {**subscription, "status": "active"} if kind == "event-notification" else subscription
        headers = dict(_split_header(line) for line in channel.get("header", []))
        headers["Content-Type"] = channel.get("payload", "application/fhir+json")
        body = notification(self._base, shown, kind, self.total, events)
        try:
            with wire.client(timeout=_timeout(subscription)) as http:
                return http.post(channel["endpoint"], json=body, headers=headers).is_success
        except (httpx.HTTPError, httpx.InvalidURL):
            return False

    def _settle(self, status: str) -> None:
        with self._store.lock:
            subscription = self._store.current("Subscription", self._identity)
            if subscription is not None and subscription["status"] not in (status, "off"):
                self._store.write({**subscription, "status": status})


def _heartbeat_period(subscription: Json) -> float:
    period = extension(subscription["channel"], "backport-heartbeat-period")
    return float(period["valueUnsignedInt"]) if period else FOREVER


def _timeout(subscription: Json) -> float:
    limit = extension(subscription["channel"], "backport-timeout")
    return float(limit["valueUnsignedInt"]) if limit else 5.0


def _split_header(line: str) -> tuple[str, str]:
    name, _, value = line.partition(":")
    return name.strip(), value.strip()


class Subscriptions:
    """Listens to the store: a requested Subscription gets its channel, a changed Task becomes events."""

    def __init__(self, base: str, store: ResourceStore, faults: Faults) -> None:
        self._base = base
        self._store = store
        self._faults = faults
        self._channels: dict[str, Channel] = {}
        store.listeners.append(self._changed)

    def _changed(self, _before: Json | None, after: Json) -> None:
        if after["resourceType"] == "Subscription" and after["status"] == "requested":
            self._channel(after["id"]).shake_hands()
        if after["resourceType"] == "Task":
            self._task_changed(after)

    def _task_changed(self, task: Json) -> None:
        for subscription in self._store.all("Subscription"):
            if subscription["status"] != "off" and wants(subscription, task):
                channel = self._channel(subscription["id"])
                channel.add(task["meta"]["lastUpdated"], f"{self._base}/Task/{task['id']}")

    def _channel(self, identity: str) -> Channel:
        if identity not in self._channels:
            self._channels[identity] = Channel(self._base, identity, self._store, self._faults)
        return self._channels[identity]

    def status(self, identity: str) -> Answer:
        """`Subscription/[id]/$status`: lets a subscriber find out that it missed something."""
        subscription = self._store.current("Subscription", identity)
        if subscription is None:
            return refused(404, "not-found", "no such Subscription")
        total = 0
        with contextlib.suppress(KeyError):
            total = self._channels[identity].total
        return Answer(200, status_searchset(self._base, subscription, total))
