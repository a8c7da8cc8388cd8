"""Our FHIR door over a real socket, and two practices' systems that fetch from it: one by ES384, one by RS384."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
from joserfc import jws
from joserfc.jwk import ECKey, RSAKey
from werkzeug.serving import WSGIRequestHandler, make_server

from adapters.gp_system.fhir_r4.login import connected
from adapters.gp_system.fhir_r4.server import FhirServer
from adapters.gp_system.fhir_r4.settings import Settings as VendorSettings
from adapters.wire.oauth.client_key import ClientKey
from adapters.wire.oauth.login import ASSERTION_TYPE
from adapters.wire.task.words import OUTPUT, Json
from gateway.domain.consultation.queue_entry import QueueEntry
from gateway.domain.identifiers import Ydernummer
from gateway.domain.scope import SystemScope
from gateway.store.peers.connections import Stanza
from gateway.web.app import create_app
from gateway.wiring import Gateway
from simulators import wire
from tests.support.clinic_world import TENANTS, settings_in
from tests.support.consultations import ELSEWHERE, PRACTICE, draft, placed

FHIR_JSON = "application/fhir+json"
TORVET, HAVNEN = "torvet-pull", "havnen-pull"
OWN = ClientKey(ECKey.generate_key("P-384"))
ES = ECKey.import_key(OWN.key.as_dict(private=True), {"kid": OWN.kid})
RS = RSAKey.generate_key(2048, parameters={"kid": "rs-1"})


def public(key: ECKey | RSAKey) -> Json:
    return {"keys": [{**key.as_dict(private=False), "kid": key.kid}]}


class FhirCallers:
    """Two practices' systems at a gateway's FHIR door, and what they sign. ``base``: the door's address."""

    def __init__(self, gateway: Gateway, base: str) -> None:
        self.gateway, self.base = gateway, base

    def connect(self, name: str, practice: Ydernummer, stanza: Json) -> None:
        now = datetime.now(UTC)
        self.gateway.connections.apply(Stanza(name, "gp_system", "fhir_pull", None, stanza), "t", "t", now)
        self.gateway.practices.set_routes(practice, [name])

    def assertion(self, key: ECKey | RSAKey = ES, header: Json | None = None, **claims: Any) -> str:
        """What a client signs; ``claims`` replace what is to be wrong, None takes it away."""
        now = int(datetime.now(UTC).timestamp())
        client = "torvet-client" if key is ES else "havnen-client"
        right = {"iss": client, "sub": client, "aud": f"{self.base}/token", "iat": now, "exp": now + 200}
        said = {**right, "jti": str(self.gateway.ids.new()), **claims}
        algorithm = "ES384" if isinstance(key, ECKey) else "RS384"
        words = {"alg": algorithm, "kid": key.kid, "typ": "JWT", **(header or {})}
        words = {name: value for name, value in words.items() if value is not None}
        body = {name: value for name, value in said.items() if value is not None}
        return jws.serialize_compact(words, _json(body), key, algorithms=[words["alg"]])

    def form(self, assertion: str, scope: str = "system/*.cruds") -> dict[str, str]:
        return {
            "grant_type": "client_credentials",
            "client_assertion_type": ASSERTION_TYPE,
            "client_assertion": assertion,
            "scope": scope,
        }


class FhirWorld(FhirCallers):
    """A gateway on SQLite whose two practices fetch. ``base`` is the door's address once it is served."""

    def __init__(self, folder: Path, template: Path, public_url: str = "http://gateway.localhost:8000") -> None:
        database = folder / "laegebro.db"
        database.write_bytes(template.read_bytes())
        # Nobody listens at that Redis: a wake is worth nothing here.
        settings = settings_in(folder, f"sqlite:///{database}", "redis://127.0.0.1:9/0", public_url=public_url)
        super().__init__(Gateway(settings), f"{public_url}/fhir/r4")
        for tenant in TENANTS:
            self.gateway.organisations.apply_tenant(tenant)
        self.connect(TORVET, PRACTICE, {"client_id": "torvet-client", "jwks": public(ES)})
        self.connect(HAVNEN, ELSEWHERE, {"client_id": "havnen-client", "jwks": public(RS)})

    def entry(self, practice: Ydernummer = PRACTICE, connection: str = TORVET) -> UUID:
        """A new entry that waits at the practice."""
        now = datetime.now(UTC)
        entry = self.gateway.store.commit(placed(draft(at=now), practice, at=now, connections=(connection,))).entry
        assert entry is not None
        return entry.id

    def row(self, entry: UUID) -> QueueEntry:
        consultation = self.gateway.store.load_by_entry(SystemScope(), entry)
        return next(each for each in consultation.entries if each.id == entry)

    def history(self, entry: UUID) -> list[str]:
        consultation = self.gateway.store.load_by_entry(SystemScope(), entry)
        return [row.kind for row in self.gateway.store.timeline(SystemScope(), consultation.id)]


def _json(value: Json) -> bytes:

    return json.dumps(value).encode()


@dataclass
class Vendor:
    """A practice's system at the door: ``http`` says exactly what a test wants, ``fhir`` is our own client's way."""

    world: FhirWorld
    key: ECKey | RSAKey = field(default_factory=lambda: ES)
    scope: str = "system/*.cruds"

    def __post_init__(self) -> None:
        self.http = wire.client(60, self.world.base)
        answer = self.http.post("/token", data=self.world.form(self.world.assertion(self.key), self.scope))
        assert answer.status_code == 200, answer.text
        self.token: Json = answer.json()
        self.http.headers["Authorization"] = f"Bearer {self.token['access_token']}"

    def fhir(self) -> FhirServer:
        """The gateway's own client for other people's FHIR servers, logging in by itself."""
        assert isinstance(self.key, ECKey)
        settings = VendorSettings(
            base_url=self.world.base, client_id="torvet-client", client_key="env:KEY", total_timeout=30
        )
        pem = self.key.as_pem(private=True).decode()
        return FhirServer(connected("vendor", settings, lambda _: pem, lambda: datetime.now(UTC))[1])

    def task(self, entry: UUID) -> Json:
        answer = self.http.get(f"/Task/{entry}")
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    def put(self, task: Json, version: str | None = "") -> httpx.Response:
        """``version``: another If-Match than the Task's own; None leaves it out."""
        named = {"If-Match": version or f'W/"{task["meta"]["versionId"]}"'} if version is not None else {}
        return self.http.put(f"/Task/{task['id']}", json=task, headers={"Content-Type": FHIR_JSON, **named})


def output(code: str, name: str, identifier: str = "") -> Json:
    kind = {"coding": [{"system": OUTPUT, "code": code}]}
    if not identifier:
        return {"type": kind, "valueString": name}
    who = {"identifier": {"system": "https://vendor.example/user", "value": identifier}, "display": name}
    return {"type": kind, "valueReference": who}


def accepted(task: Json, name: str = "Lise Hansen", identifier: str = "u-1") -> Json:
    return {**task, "status": "accepted", "output": [output("accepted-by", name, identifier)]}


class _Quiet(WSGIRequestHandler):
    protocol_version = "HTTP/1.1"

    def log(self, *_: Any) -> None:
        """Quiet."""


@contextmanager
def served(folder: Path, template: Path) -> Iterator[FhirWorld]:
    """The whole web application on a free port of this machine."""
    server = make_server(
        "127.0.0.1", 0, lambda environ, start: app(environ, start), threaded=True, request_handler=_Quiet
    )
    world = FhirWorld(folder, template, f"http://127.0.0.1:{server.server_port}")
    app = create_app(world.gateway)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield world
    finally:
        server.shutdown()
        thread.join(60)
        server.server_close()
        world.gateway.engine.dispose()
