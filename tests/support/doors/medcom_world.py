"""A gateway whose practice is reached by MedCom messages, its door served, and the practice's side as a process."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from adapters.wire.medcom.exchange.content import thread_id
from adapters.wire.oauth.client_key import public_jwks
from gateway.certify.benches.medcom import NAME, access_point
from gateway.certify.benches.medcom import PRACTICE as PARTY
from gateway.domain.consultation.aggregate import Consultation
from gateway.domain.peers.announcing import usable_connections
from gateway.domain.peers.delivery import Outcome
from gateway.domain.records import DeliveryRow
from gateway.domain.scope import SystemScope
from gateway.settings import secret
from gateway.store.peers.connections import Stanza
from gateway.web.app import create_app
from gateway.wiring import Gateway
from simulators import wire
from simulators.demo.processes import free_port
from simulators.signing import SigningKey
from tests.support.clinic_world import TENANTS, settings_in
from tests.support.consultations import PRACTICE, case, draft, placed
from tests.support.doors.medcom_samples import new_key, stanza
from tests.support.peers.access_point_side import AccessPointSide, served
from workers.task import attempt_row
from workers.upkeep import Upkeep

WAITING_ROOM = "waiting-room"


class MedcomWorld(AccessPointSide):
    """``at_practice`` calls the simulator; ``attempt`` does what is due, as relay and worker would."""

    name = NAME

    def __init__(self, folder: Path, template: Path, port: int) -> None:
        database = folder / "laegebro.db"
        database.write_bytes(template.read_bytes())
        settings = settings_in(
            folder,
            f"sqlite:///{database}",
            "redis://127.0.0.1:9/0",  # nobody listens there: a wake is worth nothing here
            public_url=f"http://127.0.0.1:{port}",
        )
        self.gateway = Gateway(settings)
        self.our_key = secret(settings.client_key)
        self.client_key = settings.client_key
        self.key_file = str(folder / "their-key.json")
        self.their_key = SigningKey.kept_in(self.key_file)
        for tenant in TENANTS:
            self.gateway.organisations.apply_tenant(tenant)
        now = datetime.now(UTC)
        self.gateway.connections.apply(Stanza(WAITING_ROOM, "gp_system", "browser", None, {}), "t", "t", now)
        self.app = create_app(self.gateway)
        self.upkeep = Upkeep(self.gateway)
        self.at_practice = wire.client()

    def connect(self, address: str, **fields: Any) -> None:
        """The connection's stanza, now that the access point has an address."""
        practices = {str(PRACTICE): PARTY, **fields.pop("beside", {})}
        found = stanza(address, new_key(), self.client_key, practices=practices, **fields)
        config = found | {"caller_keys": self.their_key.public_jwks()}
        self.gateway.connections.apply(Stanza(NAME, "gp_system", "medcom", None, config), "t", "t", datetime.now(UTC))

    def place(
        self, *, in_hours: float | None = 2.0, doors_of: tuple[str, ...] = (NAME,), number: int = 0
    ) -> Consultation:
        """A consultation placed at the practice by the doors it may go by."""
        now = datetime.now(UTC)
        agreed = None if in_hours is None else now + timedelta(hours=in_hours)
        ready = replace(draft(at=now, cases=[case(number)]), agreed_at=agreed)
        chosen = usable_connections(ready, doors_of, self.gateway.peers.announcing(), now)
        return self.gateway.store.commit(placed(ready, PRACTICE, at=now, connections=chosen))

    def attempt(self) -> list[Outcome | None]:
        self.upkeep.correspond()
        return [attempt_row(self.gateway, id) for id in self.gateway.outbox.due()]

    def now(self, consultation: Consultation) -> Consultation:
        return self.gateway.store.load(SystemScope(), consultation.id)

    def rows(self, consultation: Consultation) -> list[DeliveryRow]:
        return list(self.gateway.store.deliveries_of(SystemScope(), consultation.id))

    def history(self, consultation: Consultation) -> list[str]:
        return [row.kind for row in self.gateway.store.timeline(SystemScope(), consultation.id)]

    def thread(self, consultation: Consultation) -> tuple[str, dict[str, Any]]:
        """Its name at the practice, and what stands there."""
        assert consultation.entry is not None
        name = f"urn:uuid:{thread_id(consultation.entry.id, NAME)}"
        return name, self.at_practice.get("/threads").json().get(name, {"texts": [], "activities": []})

    def log(self) -> dict[str, Any]:
        found: dict[str, Any] = self.at_practice.get("/_sim/log").json()
        return found

    def plan(self, **policy: Any) -> None:
        assert self.at_practice.post("/_sim/policy", json=policy).status_code == 201


@contextmanager
def medcom_world(folder: Path, template: Path, **fields: Any) -> Iterator[MedcomWorld]:
    port = free_port()
    world = MedcomWorld(folder, template, port)
    try:
        door = f"http://127.0.0.1:{port}/medcom/{NAME}/messages"
        ours = public_jwks(world.our_key)
        with served(world.app, port), access_point(folder, ours, door, "--key-file", world.key_file) as address:
            world.connect(address, **fields)
            world.at_practice = wire.client(30, address)
            yield world
            world.at_practice.close()
    finally:
        world.gateway.engine.dispose()
