"""How many SQL statements each act takes in a process that has served others before, on both databases.

The limits are promises: a launch that reads the same consultation three times is the same launch three times as slow.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from joserfc import jwt
from joserfc.jwk import ECKey

from gateway.domain.consultation import ringing, talking
from gateway.domain.consultation.aggregate import Consultation, Status
from gateway.domain.people import SYSTEM
from gateway.domain.scope import SystemScope
from gateway.store.peers.connections import Stanza
from simulators import directory
from simulators.eoj import records
from simulators.eoj.app import EojSettings, eoj_app
from tests.support.consultations import CITIZENS
from tests.support.doors.vendor import running
from tests.support.statements import Asked, statements_on
from tests.unit.web.nurse_world import DOCTOR, FILLED, TENANT, Nurse, NurseWorld
from workers.task import attempt_row

AUDIENCE = "http://gateway.localhost:8000"
RECORD = "Patient/r-1001"  # of the invented care system


@dataclass(frozen=True)
class Limit:
    statements: int
    writing: int

    def holds(self, asked: Asked) -> bool:
        return len(asked.statements) <= self.statements and asked.writing <= self.writing


LIMITS = {
    "signed launch": Limit(12, 1),
    "place": Limit(20, 2),
    "state poll": Limit(6, 0),
    "approve": Limit(9, 1),
    "deliver": Limit(14, 3),
}


class Bench:
    """The product over one database, a care system that takes notes, and a nurse. Each act runs once before it is
    counted, since a process reads its connections and adapters at their first use."""

    def __init__(self, world: NurseWorld, eoj: str) -> None:
        self.world = world
        self.nurse: Nurse = world.nurse()
        self._citizens = iter([number for number, _ in CITIZENS])
        self._key = ECKey.generate_key("P-256", {"kid": "signed"}, private=True)
        self._connect(eoj)

    def _connect(self, eoj: str) -> None:
        g = self.world.gateway
        signed = {
            "issuer": "http://signed.localhost",
            "audience": AUDIENCE,
            "jwks": {"keys": [self._key.as_dict(private=False)]},
            "write_back": "eoj-fjordby",
            "tenant": str(TENANT),
        }
        smart = {
            "issuer": f"{eoj}/fhir",
            "client_id": "laegebro",
            "client_key": g.settings.client_key,
            "employee_claim": "employee_id",
            "tenant": str(TENANT),
        }
        for name, adapter, stanza in (("signed", "signed_launch", signed), ("eoj-fjordby", "smart_fhir", smart)):
            g.connections.apply(
                Stanza(name, "eoj", adapter, TENANT, stanza, synthetic=True), "test", "test", g.clock.now()
            )
        g.peers.build_all()

    def launch(self) -> str:
        """A signed launch of the next of the official test persons; the body of its answer."""
        answer = self.world.app.test_client().post(
            "/api/v1/launches", data=self._token(next(self._citizens)), content_type="application/jwt"
        )
        assert answer.status_code == 201, answer.get_data(as_text=True)
        return answer.get_data(as_text=True)

    def _token(self, citizen: str) -> str:
        now = int(time.time())
        claims = {
            "iss": "http://signed.localhost",
            "aud": AUDIENCE,
            "iat": now,
            "exp": now + 60,
            "jti": str(self.world.gateway.ids.new()),
            "sub": "FJ-1001",
            "name": "Mette Holm",
            "roles": ["laegebro-start"],
            "patient": {
                "reference": str(self.world.gateway.ids.new()),
                "identifiers": [{"system": "urn:oid:1.2.208.176.1.2", "value": citizen}],
                "name": "Test Person",
            },
            "general_practitioner": {"ydernummer": "034835", "source": "eoj", "as_of": "2026-11-01"},
        }
        return jwt.encode({"alg": "ES256", "kid": "signed"}, claims, self._key)

    def drafted(self) -> UUID:
        return self.world.launched(self.nurse, record=RECORD).id

    def place(self, id: UUID) -> UUID:
        answer = self.nurse.send(f"/api/v1/consultations/{id}/place", FILLED)
        assert answer.status_code == 200, answer.get_data(as_text=True)
        return id

    def placed(self) -> UUID:
        return self.place(self.drafted())

    def ask(self, id: UUID) -> None:
        """What the page fetches when something has changed."""
        answer = self.nurse.get(f"/konsultation/{id}/nyt")
        assert (answer.status_code, answer.headers["X-Screen"]) == (200, "queue")

    def talked(self) -> UUID:
        id = self.placed()
        self._does(id, lambda c: ringing.accept(c, self.world.later(), DOCTOR, "Lise Hansen"))
        now = self.world.later()
        self._does(id, lambda c: ringing.start_talk(ringing.answer(c, now, SYSTEM), now, SYSTEM))
        review = self._does(id, lambda c: talking.hang_up(c, self.world.later(), SYSTEM))
        assert review.status is Status.REVIEW
        return id

    def approve(self, id: UUID) -> UUID:
        fields = {"text": "Ny forbinding", "clinician": "Lise Hansen"}
        assert self.nurse.post(f"/konsultation/{id}/godkend", **fields).status_code == 303
        return id

    def note_of(self) -> UUID:
        """The delivery of an approved note, with everything else of its consultation delivered."""
        id = self.approve(self.talked())
        owed = self.world.gateway.store.deliveries_of(SystemScope(), id)
        (note,) = [row.id for row in owed if row.kind == "note"]
        return note

    def deliver(self, note: UUID) -> None:
        """The relay finds it due, a worker attempts it: filed and read back at the care system."""
        assert note in self.world.gateway.outbox.due()
        assert attempt_row(self.world.gateway, note) == "done"

    def _does(self, id: UUID, verb: Callable[[Consultation], Consultation]) -> Consultation:
        stored = self.world.gateway.store.load(SystemScope(), id)
        return self.world.does(stored, verb)


@pytest.fixture
def bench(store_url: str, tmp_path: Path) -> Iterator[Bench]:
    world = NurseWorld(tmp_path, database=store_url)
    organisation = directory.load().organisation("fjordby")
    assert organisation is not None
    keys = tmp_path / "our-jwks.json"
    keys.write_text(json.dumps(world.gateway.peers.jwks()))
    settings = EojSettings(AUDIENCE, organisation, records.load(), client_keys=str(keys))
    with running("eoj.localhost", lambda base: eoj_app(base, settings)) as eoj:
        yield Bench(world, eoj)
    world.gateway.engine.dispose()


def counted(bench: Bench, name: str) -> Asked:
    """The least of three counts: what a process believes for some seconds (connections, organisations) is read again
    now and then, and on a busy machine that falls into the act."""
    counts = []
    for _ in range(3):
        act = act_of(bench, name)
        with statements_on(bench.world.gateway.engine) as asked:
            act()
        counts.append(asked)
        if LIMITS[name].holds(asked):
            break
    return min(counts, key=lambda asked: len(asked.statements))


def act_of(bench: Bench, name: str) -> Callable[[], Any]:
    """The act, ready to be counted, after one like it has run."""
    if name == "signed launch":
        bench.launch()
        return bench.launch
    before, act = {
        "place": (bench.drafted, bench.place),
        "state poll": (bench.placed, bench.ask),
        "approve": (bench.talked, bench.approve),
        "deliver": (bench.note_of, bench.deliver),
    }[name]
    act(before())  # type: ignore[operator]
    made = before()
    return lambda: act(made)  # type: ignore[operator]


@pytest.mark.parametrize("name", LIMITS)
def test_an_act_takes_no_more_statements_than_it_needs(bench: Bench, name: str) -> None:
    asked = counted(bench, name)
    print(name, asked)
    assert LIMITS[name].holds(asked), f"{name}: {asked}"
