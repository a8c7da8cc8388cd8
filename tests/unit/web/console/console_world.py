"""Two organisations with a care system each, a shared practice system, and administrators of every role."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

from flask.testing import FlaskClient
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from gateway.domain.consultation.aggregate import Consultation
from gateway.store.ground.engine import open_engine
from gateway.store.migrations.creation import create_schema
from gateway.store.peers.connections import Stanza
from tests.support.clinic_world import ClinicWorld, Seat, settings_in
from tests.support.consultations import KOMMUNE_A, KOMMUNE_B, PRACTICE, draft, placed

TENANTS = (KOMMUNE_A, KOMMUNE_B)
SAMPLE = {"UUIDConverter": UUID("0192f000-0000-7000-8000-0000000000ff"), "IntegerConverter": 1}
JSON = {"Accept": "application/json"}


@dataclass(frozen=True, slots=True)
class Administrator:
    """A browser logged in to the console (or not), and its forgery token."""

    client: FlaskClient
    csrf: str = ""
    person: str = ""

    def ask(self, method: str, rule: Rule, csrf: str | None = None, **named: Any) -> TestResponse:
        """The route once, with invented values in its address, as a program that likes JSON."""
        values = {name: SAMPLE.get(type(each).__name__, "x") for name, each in rule._converters.items()} | named
        built = rule.build(values)
        assert built is not None
        token = self.csrf if csrf is None else csrf
        headers = JSON | ({"X-CSRF-Token": token} if token else {})
        return self.client.open(built[1], method=method, headers=headers)

    def get(self, address: str) -> str:
        answer = self.client.get(address)
        assert answer.status_code == 200, (address, answer.status_code)
        return answer.get_data(as_text=True)

    def post(self, address: str, fields: Mapping[str, str] | None = None) -> TestResponse:
        return self.client.post(address, data={"csrf_token": self.csrf, **(fields or {})})


class ConsoleWorld(ClinicWorld):
    """The clinic's world with connections and administrators."""

    def __init__(self, folder: Path, database: str = "", **settings: str) -> None:
        url = database or f"sqlite:///{folder / 'console.db'}"
        made = settings_in(folder, url, "redis://127.0.0.1:1/0", **settings)
        if not database:
            create_schema(open_engine(url))
        super().__init__(made)
        key = f"file:{folder / 'client_key'}"
        eoj = {"issuer": "http://127.0.0.1:1/fhir", "client_id": "us", "client_key": key, "label": "Journalen"}
        gp = {"base_url": "http://127.0.0.1:1/fhir", "client_id": "us", "client_key": key, "label": "Torvets system"}
        self.connect("eoj-fjordby", "eoj", "smart_fhir", KOMMUNE_A, eoj | {"tenant": str(KOMMUNE_A)})
        self.connect(
            "eoj-skovby",
            "eoj",
            "smart_fhir",
            KOMMUNE_B,
            eoj | {"tenant": str(KOMMUNE_B), "issuer": "http://127.0.0.1:1/skovby"},
        )
        self.connect("gp-torvet", "gp_system", "fhir_r4", None, gp)

    def connect(self, name: str, kind: str, adapter: str, owner: UUID | None, config: dict[str, Any]) -> None:
        stanza = Stanza(name, kind, adapter, owner, config, synthetic=True)
        self.gateway.connections.apply(stanza, "test", "test", self.gateway.clock.now())

    def administrator(self, *args: Any, **named: Any) -> Any:
        return _as_administrator(super().administrator(*args, **named))

    def owed_to(self, connection: str, tenant: UUID = KOMMUNE_A) -> Consultation:
        """A consultation in the queue, whose entry is owed to that practice system."""
        now = self.gateway.clock.now()
        return self.gateway.store.commit(placed(draft(tenant, at=now), PRACTICE, at=now, connections=(connection,)))

    def stranger(self) -> Administrator:
        return Administrator(self.app.test_client())

    def employee(self, name: str = "Mette Holm", tenant: UUID = KOMMUNE_A) -> Any:
        return _as_administrator(super().employee(name, tenant))

    def clinic_user(self, *args: Any, **named: Any) -> Any:
        return _as_administrator(super().clinic_user(*args, **named))


def _as_administrator(seat: Seat) -> Administrator:
    return Administrator(seat.client, seat.csrf, seat.person)
