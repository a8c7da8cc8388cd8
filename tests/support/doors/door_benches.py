"""A bench for each door, over the worlds of its own tests, by the kind and name of its adapter."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from uuid import UUID, uuid4

from adapters.discovery import FoundDoor
from gateway.domain.consultation.queue_entry import QueueEntry
from gateway.domain.errors import LaegebroError
from gateway.domain.peers.messages import Envelope
from gateway.domain.scope import SystemScope
from gateway.doors import OpenDoors
from gateway.ports.doors import Address, NotServed, Reply
from gateway.store.ground.engine import open_engine
from gateway.store.migrations.creation import create_schema
from gateway.wiring import Gateway
from tests.support.clinic_world import TENANTS, settings_in
from tests.support.consultations import PRACTICE, draft, placed
from tests.support.doors import fhir_world, mllp_process, soap_world
from tests.support.peers import announcing_world

Accepting = Callable[[Any, UUID], Envelope | None]


class Bench:
    """The door as its process mounts it; ``name`` is the connection whose peer calls."""

    def __init__(self, gateway: Gateway, found: FoundDoor, name: str, accepting: Accepting) -> None:
        self._gateway, self._name, self._accepting = gateway, name, accepting
        self._doors = OpenDoors(gateway)
        self._door = self._doors.open(found)
        self.addresses: Sequence[Address] = found.addresses

    def call(self, call: Envelope) -> Reply | None:
        try:
            return self._doors.serve(self._door, call)
        except Exception as fault:
            reply = self._door.refuse(call, fault)
            if reply is None and not isinstance(fault, (LaegebroError, NotServed)):
                raise
            return reply

    def close(self) -> None:
        self._gateway.engine.dispose()

    def place(self) -> UUID:
        return self._placed(self._name)

    def place_elsewhere(self) -> UUID:
        return self._placed("somebody-else")

    def _placed(self, connection: str) -> UUID:
        now = datetime.now(UTC)
        entry = self._gateway.store.commit(placed(draft(at=now), PRACTICE, at=now, connections=(connection,))).entry
        assert entry is not None
        return entry.id

    def accepting(self, entry: UUID) -> Envelope | None:
        return self._accepting(self, entry)

    def row(self, entry: UUID) -> QueueEntry:
        entries = self._gateway.store.load_by_entry(SystemScope(), entry).entries
        return next(each for each in entries if each.id == entry)

    def history(self, entry: UUID) -> Sequence[str]:
        consultation = self._gateway.store.load_by_entry(SystemScope(), entry)
        return [row.kind for row in self._gateway.store.timeline(SystemScope(), consultation.id)]


def _template(folder: Path) -> Path:
    template = folder / "template.db"
    engine = open_engine(f"sqlite:///{template}")
    create_schema(engine)
    engine.dispose()  # the last connection folds the WAL into the file
    return template


def _soap(folder: Path, found: FoundDoor) -> Bench:
    def accept(bench: Bench, entry: UUID) -> Envelope:
        inner = f"<lb:EntryId>{entry}</lb:EntryId>{soap_world.BY}"
        body = soap_world.request(f"<lb:AcceptConsultationRequest>{inner}</lb:AcceptConsultationRequest>")
        return Envelope({"content-type": "text/xml"}, {}, body, "POST", found.addresses[0].path)

    return Bench(soap_world.SoapWorld(folder).gateway, found, soap_world.NAME, accept)


def _hl7(folder: Path, found: FoundDoor) -> Bench:
    def accept(bench: Bench, entry: UUID) -> Envelope:
        return Envelope({}, {}, mllp_process.hl7(mllp_process.sch(entry), control=uuid4().hex[:20]))

    world = mllp_process.Hl7World(folder, _template(folder))
    return Bench(world.gateway, found, mllp_process.CONNECTION, accept)


def _uncalled(folder: Path, found: FoundDoor) -> Bench:
    """A door that brings messages or hints, and no claims."""
    gateway = Gateway(settings_in(folder, f"sqlite:///{folder / 'door.db'}", "redis://127.0.0.1:9/0"))
    create_schema(gateway.engine)
    for tenant in TENANTS:
        gateway.organisations.apply_tenant(tenant)
    return Bench(gateway, found, "nobody", lambda bench, entry: None)


def _announced(folder: Path, found: FoundDoor) -> Bench:
    """A door that brings launches: with a connection, so that there is somebody to be taken for."""
    world = announcing_world.AnnouncingWorld(folder, _template(folder))
    return Bench(world.gateway, found, announcing_world.CONNECTION, lambda bench, entry: None)


def _fhir(folder: Path, found: FoundDoor) -> Bench:
    """What is put is the Task as it stands, with the status and who takes it; another practice's is not shown, so it
    is put as somebody would who has seen it before."""
    world = fhir_world.FhirWorld(folder, _template(folder))
    headers = {"content-type": "application/fhir+json"}

    def accept(bench: Bench, entry: UUID) -> Envelope:
        headers["authorization"] = f"Bearer {_token(bench, world)}"
        variables = {"id": str(entry)}
        path = "/fhir/r4/Task/{id}"
        read = bench.call(Envelope(headers, {}, b"", "GET", path, variables))
        assert read is not None
        task = json.loads(read.body)
        etag = read.headers.get("ETag", 'W/"1"')
        body = json.dumps(fhir_world.accepted(task)).encode()
        return Envelope({**headers, "if-match": etag}, {}, body, "PUT", path, variables)

    return Bench(world.gateway, found, fhir_world.TORVET, accept)


def _token(bench: Bench, world: fhir_world.FhirWorld) -> str:
    form = urlencode(world.form(world.assertion())).encode()
    kind = {"content-type": "application/x-www-form-urlencoded"}
    answer = bench.call(Envelope(kind, {}, form, "POST", "/fhir/r4/token"))
    assert answer is not None and answer.status == 200
    return str(json.loads(answer.body)["access_token"])


BENCHES: dict[str, Callable[[Path, FoundDoor], Bench]] = {
    "gp_system/soap": _soap,
    "gp_system/hl7v2": _hl7,
    "gp_system/fhir_pull": _fhir,
    "gp_system/medcom": _uncalled,
    "gp_system/fhir_r4": _uncalled,
    "eoj/medcom": _uncalled,
    "eoj/hl7v2": _announced,
}


def bench_of(folder: Path, found: FoundDoor) -> Bench:
    """``KeyError`` for a door without one."""
    return BENCHES[f"{found.kind}/{found.name}"](folder, found)
