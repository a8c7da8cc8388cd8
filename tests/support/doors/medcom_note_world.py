"""A gateway with a municipality that is reached by MedCom messages only: our door served, theirs as a process."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx

from adapters.contract.note_samples import KARLA
from adapters.wire.medcom.exchange.content import thread_id
from adapters.wire.oauth.client_key import public_jwks
from gateway.certify.benches.medcom import access_point
from gateway.certify.eoj.medcom import NAME, stanza
from gateway.certify.placing import MUNICIPALITY, corrected, noted
from gateway.domain.citizen.citizen import Citizen
from gateway.domain.consultation.aggregate import Consultation
from gateway.domain.consultation.case import CitizenCase
from gateway.domain.records import DeliveryRow
from gateway.domain.scope import SystemScope
from gateway.settings import secret
from gateway.store.peers.connections import Stanza
from gateway.web.app import create_app
from gateway.wiring import Gateway
from simulators import wire
from simulators.demo.processes import free_port
from simulators.signing import SigningKey
from tests.support.clinic_world import settings_in
from tests.support.peers.access_point_side import AccessPointSide, served
from tests.support.processes.relaying import until
from workers.task import attempt_row
from workers.upkeep import Upkeep

Json = dict[str, Any]


class NoteWorld(AccessPointSide):
    """``there`` calls the municipality's simulator; ``attempt`` does what is due, as relay and worker would."""

    there: httpx.Client

    name = NAME

    def __init__(self, folder: Path, template: Path, port: int) -> None:
        database = folder / "laegebro.db"
        database.write_bytes(template.read_bytes())
        url = f"http://127.0.0.1:{port}"
        nobody = "redis://127.0.0.1:9/0"  # nobody listens there: a wake is worth nothing here
        settings = settings_in(folder, f"sqlite:///{database}", nobody, public_url=url)
        self.gateway = Gateway(settings)
        self.our_key, self.client_key = secret(settings.client_key), settings.client_key
        self.key_file = str(folder / "their-key.json")
        self.their_key = SigningKey.kept_in(self.key_file)
        self.gateway.organisations.apply_tenant(MUNICIPALITY)
        self.app = create_app(self.gateway)
        self.upkeep = Upkeep(self.gateway)

    def connect(self, address: str, **fields: Any) -> None:
        """The connection's stanza, now that the access point has an address; again with other fields to change it."""
        config = stanza(address, self.their_key.public_jwks(), self.client_key, **fields)
        self.gateway.connections.apply(Stanza(NAME, "eoj", "medcom", None, config), "t", "t", datetime.now(UTC))

    def owe(self, citizen: Citizen = KARLA.citizen) -> Consultation:
        case = CitizenCase(self.gateway.ids.new(), citizen, NAME, "number:x")
        return self.gateway.store.commit(noted(case, datetime.now(UTC), self.gateway.ids))

    def correct(self, consultation: Consultation) -> Consultation:
        known = self.now(consultation)
        return self.gateway.store.commit(corrected(known, known.cases[0].id, datetime.now(UTC)))

    def attempt(self) -> None:
        self.upkeep.correspond()
        for id in self.gateway.outbox.due():
            attempt_row(self.gateway, id)

    def comes(self, what: str, consultation: Consultation, kind: str) -> None:
        """By attempts, as relay and worker make them."""

        def has_come() -> bool:
            self.attempt()
            return kind in self.history(consultation)

        until(what, has_come)

    def now(self, consultation: Consultation) -> Consultation:
        return self.gateway.store.load(SystemScope(), consultation.id)

    def rows(self, consultation: Consultation) -> list[DeliveryRow]:
        found = self.gateway.store.deliveries_of(SystemScope(), consultation.id)
        return sorted(found, key=lambda row: row.version)

    def history(self, consultation: Consultation) -> list[str]:
        return [row.kind for row in self.gateway.store.timeline(SystemScope(), consultation.id)]

    def thread(self, consultation: Consultation) -> tuple[str, Json]:
        """Its name at the municipality, and what stands there."""
        name = f"urn:uuid:{thread_id(consultation.cases[0].id, NAME)}"
        nothing: Json = {"texts": [], "activities": [], "headers": []}
        return name, dict(self.there.get("/threads").json().get(name, nothing))

    def plan(self, **policy: Any) -> None:
        assert self.there.post("/_sim/policy", json=policy).status_code == 201

    def log(self) -> Json:
        return dict(self.there.get("/_sim/log").json())

    def reply(self, consultation: Consultation, text: str) -> None:
        name, _ = self.thread(consultation)
        path = "/records/r-1002/reply"
        assert self.there.post(path, data={"thread": name, "text": text}).status_code == 303

    def written(self, consultation: Consultation) -> list[str]:
        found = self.gateway.letters.written_to_us(SystemScope(), consultation.id)
        return [letter.content for letter in found]


@contextmanager
def note_world(folder: Path, template: Path, **fields: Any) -> Iterator[NoteWorld]:
    port = free_port()
    world = NoteWorld(folder, template, port)
    door = f"http://127.0.0.1:{port}/medcom/eoj/{NAME}/messages"
    options = ("--municipality", "--key-file", world.key_file)
    try:
        with served(world.app, port), access_point(folder, public_jwks(world.our_key), door, *options) as address:
            world.there = wire.client(30, address)
            world.connect(address, **fields)
            yield world
            world.there.close()
    finally:
        world.gateway.engine.dispose()
