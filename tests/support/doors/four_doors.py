"""One practice, one queue, four doors: FHIR, SOAP and HL7 v2 systems as processes of their own, and our browser page.

The gateway's relay runs as it is; two doors are pressed at the same moment, and everybody must come to say the same.
"""

from __future__ import annotations

import json
import random
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from werkzeug.serving import WSGIRequestHandler, make_server

from adapters.contract import samples
from gateway.access import CLINIC_COOKIE
from gateway.certify.benches import fhir_r4, hl7v2, soap
from gateway.domain.consultation.aggregate import Consultation
from gateway.domain.consultation.queue_entry import EntryStatus, QueueEntry
from gateway.domain.identifiers import Ydernummer
from gateway.domain.peers.messages import EntryMessage
from gateway.domain.people import SYSTEM
from gateway.domain.scope import SystemScope
from gateway.domain.session import Grant
from gateway.services import queue
from gateway.store.migrations.creation import create_schema
from gateway.store.peers.connections import Stanza
from gateway.store.people.organisations import Clinic
from gateway.web.app import create_app
from gateway.wiring import Gateway
from simulators import wire
from tests.support import consultations as make
from tests.support.acting import press
from tests.support.clinic_world import ALL_WEEK, HOUSE, TENANTS, settings_in
from tests.support.processes.relaying import real_redis, worker_process
from workers import relay

PRACTICE = Ydernummer("034835")
FHIR, SOAP, HL7, BROWSER = "door-fhir", "door-soap", "door-hl7", "door-browser"
DOORS = (FHIR, SOAP, HL7, BROWSER)
PEERS = (FHIR, SOAP, HL7)
WITHIN = 60.0
LOOK = 0.05
SOON = {"poll_interval": 0.5, "quiet_period": 3}


@dataclass
class Round:
    """What two presses at the same moment came to. ``lags``: seconds from our row's decision until a door said so."""

    pressed: tuple[str, str]
    winner: str = ""
    winners: int = 0
    untold: list[str] = field(default_factory=list)
    lags: dict[str, float] = field(default_factory=dict)


class FourDoors:
    def __init__(self, gateway: Gateway, url: str, benches: dict[str, Any]) -> None:
        self.gateway, self.benches = gateway, benches
        self._page = wire.client(30, url)
        self._csrf = self._log_in("Omar Saleh")
        self._nurse = make.NURSE

    def _log_in(self, name: str) -> str:
        g = self.gateway
        person = g.organisations.recognise_clinic_user("idp-clinic", f"subject-{name}", name, "laege", [HOUSE])
        grant = Grant(f"subject-{name}", name, "laege", "Lægerne Torvet", True, "idp-clinic")
        token, session = g.access.open_clinic(HOUSE, person, grant, g.clock.now(), id=g.ids.new())
        self._page.headers["Cookie"] = f"{CLINIC_COOKIE}={token}"
        return session.csrf

    # --- our row -------------------------------------------------------------------------------------------------

    def place(self) -> Consultation:
        """Waiting at all four, and known to be by the three that are asked over a wire."""
        now = self.gateway.clock.now()
        waiting = make.placed(make.draft(at=now), PRACTICE, at=now, connections=DOORS)
        placed = self.gateway.store.commit(waiting)
        for door in PEERS:
            _until(f"{door}: there", lambda door=door: bool(self._row(door, _message(placed))))  # type: ignore[misc]
        return placed

    def entry(self, id: UUID) -> QueueEntry:
        found = self.gateway.store.load(SystemScope(), id).entry
        assert found is not None
        return found

    def accepts(self, id: UUID) -> int:
        return sum(row.kind == "accepted" for row in self.gateway.store.timeline(SystemScope(), id))

    # --- the doors -----------------------------------------------------------------------------------------------

    def _row(self, door: str, message: EntryMessage) -> dict[str, Any]:
        bench = self.benches[door]
        return dict(bench.task(message) if door == FHIR else bench.row(message))

    def press(self, door: str, message: EntryMessage) -> str:
        """Accept there; the name the door takes it under."""
        if door == BROWSER:
            self._page.post(f"/api/v1/entries/{message.entry.id}/accept", json={}, headers={"X-CSRF-Token": self._csrf})
            return "Omar Saleh"
        bench = self.benches[door]
        if door == FHIR:
            bench.hand.post(f"/queue/{bench.task(message)['id']}/accept")
            return "Lise Hansen"
        name = {SOAP: "Sofie Berg", HL7: "Hans Lund"}[door]
        bench.hand.post(f"/queue/{message.entry.id}/accept", data={"user": name[:3].lower(), "name": name})
        return name

    def shows(self, door: str, message: EntryMessage, name: str) -> bool:
        """Taken, and by whom, as that door's own people read it."""
        if door == BROWSER:
            answer = self._page.get(f"/api/v1/entries/{message.entry.id}/state")
            return answer.is_success and answer.json()["accepted_name"] == name
        if self.benches[door].waits_at_peer(message):
            return False
        return name in json.dumps(self._row(door, message), ensure_ascii=False)

    def race(self, first: str, second: str) -> Round:
        """Both pressed at the same moment; waits until every door says what our row says."""
        placed = self.place()
        message, pressed = _message(placed), Round((first, second))
        start = threading.Barrier(2)

        def press(door: str) -> None:
            start.wait(WITHIN)
            self.press(door, message)

        with ThreadPoolExecutor(2) as hands:
            list(hands.map(press, (first, second)))
        _until("decided", lambda: self.entry(placed.id).accepted_by)
        decided = self.entry(placed.id)
        pressed.winner = decided.accepted_name
        assert decided.accepted_at is not None
        self._watch(pressed, message, decided.accepted_at)
        pressed.winners = self.accepts(placed.id)
        self._leave(placed.id)
        return pressed

    def _leave(self, id: UUID) -> None:
        """Nobody else waits while the next two doors are pressed."""
        g = self.gateway
        press(g.ports, id, self._nurse, lambda c, by: queue.withdraw(c, "solved", by), SystemScope())

    def _watch(self, pressed: Round, message: EntryMessage, decided: datetime) -> None:
        left, deadline = set(DOORS), time.monotonic() + WITHIN
        while left and time.monotonic() < deadline:
            for door in sorted(left):
                if self.shows(door, message, pressed.winner):
                    pressed.lags[door] = max(0.0, (datetime.now(UTC) - decided).total_seconds())
                    left.discard(door)
            time.sleep(LOOK)
        pressed.untold = sorted(left)

    def everywhere(self, consultation: UUID, message: EntryMessage, status: EntryStatus) -> None:
        """Our row has that status, and no peer shows the entry as waiting."""
        assert self.entry(consultation).status is status
        for door in PEERS:
            _until(f"{door}: gone", lambda door=door: not self.benches[door].waits_at_peer(message))  # type: ignore[misc]


def _message(consultation: Consultation) -> EntryMessage:
    assert consultation.entry is not None
    return samples.message(str(PRACTICE), consultation=consultation.id, entry=consultation.entry)


def _until(what: str, condition: Callable[[], object]) -> None:
    deadline = time.monotonic() + WITHIN
    while not condition():
        assert time.monotonic() < deadline, f"never happened: {what}"
        time.sleep(LOOK)


class _Quiet(WSGIRequestHandler):
    protocol_version = "HTTP/1.1"

    def log(self, *_: Any) -> None:
        """Quiet."""


def _connect(gateway: Gateway, folder: Path, benches: dict[str, Any]) -> None:
    key = folder / "fhir.pem"
    key.write_text(benches[FHIR]._pem)
    keys = {name: f"file:{benches[SOAP].keys / value}" for name, value in soap.OURS.items() if value.startswith("call")}
    host, port = benches[HL7].peer.mllp
    login = {"client_id": "laegebro", "client_key": f"file:{key}", "subscribe": False}
    stanzas = {
        FHIR: ("fhir_r4", {"base_url": f"{benches[FHIR].address}/fhir", **login, **SOON}),
        SOAP: ("soap", {**soap.OURS, **keys, "address": benches[SOAP].address + soap.PATH, **SOON}),
        HL7: ("hl7v2", {"host": host, "port": port, "tls": False, **hl7v2.NAMES, **SOON}),
        BROWSER: ("browser", {}),
    }
    for name, (adapter, stanza) in stanzas.items():
        gateway.connections.apply(Stanza(name, "gp_system", adapter, None, stanza), "test", "test", gateway.clock.now())


def _populate(gateway: Gateway) -> None:
    for tenant in TENANTS:
        gateway.organisations.apply_tenant(tenant)
    gateway.organisations.apply_clinic(Clinic(HOUSE, "Lægerne Torvet", False, (PRACTICE,)))
    gateway.practices.set_routes(PRACTICE, list(DOORS))
    gateway.practices.set_hours(PRACTICE, ALL_WEEK, SYSTEM, gateway.clock.now())


@contextmanager
def _website(gateway: Gateway) -> Iterator[str]:
    server = make_server("127.0.0.1", 0, create_app(gateway), threaded=True, request_handler=_Quiet)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join(WITHIN)
        server.server_close()


@contextmanager
def _relaying(gateway: Gateway) -> Iterator[None]:
    stop = threading.Event()
    thread = threading.Thread(target=relay.run, args=(stop, gateway), daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(WITHIN)


@contextmanager
def four_doors(folder: Path, *, brokered: bool = False) -> Iterator[FourDoors]:
    """Three simulators, the web application on a socket, and the relay; ``brokered`` with Redis and a worker, as it is
    run. Without them the relay attempts by itself, only later."""
    with ExitStack() as stack:
        redis = stack.enter_context(real_redis(folder))[1] if brokered else "redis://127.0.0.1:1/0"
        gateway = Gateway(settings_in(folder, f"sqlite:///{folder}/doors.sqlite", redis))
        create_schema(gateway.engine)
        stack.callback(gateway.engine.dispose)
        kinds = {FHIR: fhir_r4, SOAP: soap, HL7: hl7v2}
        benches = {name: stack.enter_context(kind.bench(folder)) for name, kind in kinds.items()}
        _connect(gateway, folder, benches)
        _populate(gateway)
        address = stack.enter_context(_website(gateway))
        stack.enter_context(_relaying(gateway))
        if brokered:
            stack.enter_context(worker_process(gateway.settings, folder))
        yield FourDoors(gateway, address, benches)


def pairs(count: int, seed: int = 20261122) -> list[tuple[str, str]]:
    """Two different doors each, at random but the same every time."""
    chance = random.Random(seed)
    return [tuple(chance.sample(DOORS, 2)) for _ in range(count)]  # type: ignore[misc]
