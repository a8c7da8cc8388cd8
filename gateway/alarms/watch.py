"""Looks every few seconds at what is wrong, opens and ends alarms, and tells each edge of them until it is told."""

from __future__ import annotations

import os
import shutil
import socket
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from uuid import UUID

from gateway.alarms.expiring import Ending, endings, reached, unreadable
from gateway.alarms.places import NotTold, Places
from gateway.domain.alarm import Alarm, Edge, Host, Limits, conditions, is_muted
from gateway.domain.errors import LaegebroError
from gateway.logs import log
from gateway.settings import Settings
from gateway.store.ground.faults import DatabaseFault
from gateway.wiring import Gateway

EVERY = 5.0
LEASE = timedelta(seconds=60)
REVIEWS_EVERY = 60.0  # seconds between two looks for months that nobody has signed
FILES_EVERY = 600.0  # seconds a reading of the connections' certificates is believed


class Watch:
    """One process's turn at watching; several may, and each alarm and each notice still comes once."""

    def __init__(self, gateway: Gateway, process: str, host: Callable[[], Host] | None = None) -> None:
        self._gateway = gateway
        self._host = host or (lambda: measured(gateway))
        self._process = process
        self._instance = f"{socket.gethostname()}-{os.getpid()}"[-64:]
        self._places = Places(gateway.settings)
        self._limits = limits_of(gateway.settings)
        self._files: tuple[float, Sequence[Ending], frozenset[str]] = (-FILES_EVERY, (), frozenset())
        self._late: tuple[float, Sequence[tuple[UUID, int]]] = (-REVIEWS_EVERY, ())

    def start(self, stop: threading.Event) -> None:
        """A daemon thread until ``stop``."""
        threading.Thread(target=self._run, args=(stop,), name="watch", daemon=True).start()

    def _run(self, stop: threading.Event) -> None:
        while not stop.is_set():
            try:
                self.look()
                self.tell()
            except DatabaseFault:
                log(__name__).error("database-away", step="watch")
            except LaegebroError as fault:
                log(__name__).error("watch-refused", fault=type(fault).__name__)
            stop.wait(EVERY)

    def look(self) -> None:
        """This process is alive; what is wrong begins an alarm, what is over ends it."""
        g = self._gateway
        g.alarms.beat(self._process, self._instance, self._host())
        seen, now = g.figures.seen(self._limits, g.register_ages())
        _, found_endings, unread = self._certificates()
        ending = [(*whose, step) for whose, step in reached(found_endings, now).items()]
        seen = replace(seen, ending=ending, unread=unread, late_reviews=self._late_reviews())
        targets = self._places.targets(g.organisations.tenants())
        found = conditions(seen, now, self._limits)
        for alarm in g.alarms.update(found, targets, lambda condition: is_muted(condition, seen)):
            _log(alarm)

    def _certificates(self) -> tuple[float, Sequence[Ending], frozenset[str]]:
        if time.monotonic() - self._files[0] >= FILES_EVERY:
            connections = self._gateway.connections.active()
            self._files = (time.monotonic(), endings(connections), unreadable(connections))
        return self._files

    def _late_reviews(self) -> Sequence[tuple[UUID, int]]:
        if time.monotonic() - self._late[0] >= REVIEWS_EVERY:
            self._late = (time.monotonic(), self._gateway.log_reviews.late(self._gateway.clock.now()))
        return self._late[1]

    def tell(self) -> None:
        """Send what is owed to the places alarms are told to."""
        for notice in self._gateway.alarms.claim_notices(LEASE):
            fault = ""
            try:
                self._places.tell(notice.target, notice.alarm, notice.edge)
            except NotTold as untold:
                fault = untold.code
                log(__name__).warning("alarm-not-told", alarm=str(notice.alarm.id), fault=fault)
            self._gateway.alarms.told(notice, fault)


def watch_over(gateway: Gateway, process: str, stop: threading.Event) -> None:
    """That this process is alive, and whatever else is wrong, until ``stop`` or its end."""
    Watch(gateway, process).start(stop)


def measured(gateway: Gateway) -> Host:
    """This machine: its clock against the database's, and the disk with the database's file or our own."""
    engine = gateway.engine
    file = Path(engine.url.database or ".") if engine.dialect.name == "sqlite" else Path.cwd()
    usage = shutil.disk_usage(file if file.exists() else Path.cwd())
    return Host(socket.gethostname()[:64], abs(gateway.clock.ahead()), 100 * usage.free // usage.total)


def limits_of(settings: Settings) -> Limits:
    return Limits(
        overdue=timedelta(minutes=settings.alarm_overdue_minutes),
        unknown=timedelta(minutes=settings.alarm_unknown_minutes),
        ill=timedelta(seconds=settings.alarm_ill_seconds),
        silent=timedelta(seconds=settings.alarm_silent_seconds),
        slow=timedelta(seconds=settings.alarm_slow_seconds),
        clock=timedelta(seconds=settings.alarm_clock_seconds),
        disk_percent=settings.alarm_disk_percent,
    )


def _log(alarm: Alarm) -> None:
    said = alarm.condition
    write = log(__name__).warning if alarm.edge is Edge.START else log(__name__).info
    facts = {"kind": str(said.kind), "subject": said.subject, "owner": str(said.owner), "count": said.count}
    write("alarm-started" if alarm.edge is Edge.START else "alarm-ended", alarm=str(alarm.id), **facts)
