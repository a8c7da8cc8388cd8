"""Other systems' doors × everybody × states: FHIR, SOAP, MedCom, notifications, the line and the media's heartbeats.

Addresses come from the doors themselves. At each address and method the practice's own system is let in, so that
nothing is tried as a refusal only; nobody else is shown a word or moves a letter.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from adapters.discovery import FoundDoor, found_doors
from gateway.attempts import REFUSED
from gateway.domain.consultation.aggregate import Consultation
from gateway.domain.room import Heartbeat
from gateway.store.ground.engine import transaction
from gateway.store.ground.tables_audit import audit
from tests.support.matrix.cast import SECRET, Cast, Somebody
from tests.support.matrix.systems import ANOTHER, ITS_OWN, PRETENDER, SYSTEMS, FhirPull, Sent, Speaker, speaker_for
from tests.unit.web.acts.stage import Stage
from tests.unit.web.nurse_world import OWN
from workers.mllp import MountedDoor

STATES = ("draft", "waiting", "talk", "review")
DOORS = {f"{found.kind}/{found.name}": found for found in found_doors()}
# Refused to whoever asks, because that is what the standard wants there.
FOR_NOBODY = {
    "/fhir/r4/authorize": "people do not log in here: OAuth's refusal says so",
    "/fhir/r4/{rest}": "whatever is none of the addresses",
}
Answer = tuple[int, str]


class Doors:
    """One stage whose practice is reached over every door at once."""

    def __init__(self, folder: Path) -> None:
        self.stage = Stage(folder, rate_factor="1000000")
        g = self.stage.gateway
        self.speakers: dict[str, Speaker] = {name: speaker_for(found, g, folder) for name, found in DOORS.items()}
        own = tuple(speaker.own for speaker in self.speakers.values())
        self.stage.doors = ("venteværelse", *(name for name in own if "eoj" not in name))
        g.practices.set_routes(OWN, self.stage.doors)
        self.cast = Cast(self.stage)
        self._lines = {name: MountedDoor(g, found) for name, found in DOORS.items() if _is_line(found)}
        self._log_in()

    def _log_in(self) -> None:
        fhir: Any = self.speakers["gp_system/fhir_pull"]
        for who in (ITS_OWN, ANOTHER):
            (sent,) = fhir.says("POST", "/fhir/r4/token", who, self.stage.at("draft"))
            fhir.tokens[who] = json.loads(self.ask("gp_system/fhir_pull", "POST", sent)[1])["access_token"]
        (sent,) = fhir.says("POST", "/fhir/r4/Subscription", ITS_OWN, self.stage.at("draft"))
        fhir.subscription = json.loads(self.ask("gp_system/fhir_pull", "POST", sent)[1])["id"]

    def ask(self, door: str, method: str, sent: Sent, by: Somebody | None = None) -> Answer:
        if door in self._lines:
            answered = self._lines[door].answered(sent.body, sent.headers.get("certificate", ""))
            text = (answered or b"").decode("utf-8", "replace")
            return (200 if "MSA|AA" in text else 401), text
        client = by.client if by else self.stage.world.app.test_client()
        answer = client.open(sent.path, method=method, data=sent.body, headers={**sent.headers})
        text = answer.get_data(as_text=True)
        return (401 if "faultcode" in text else answer.status_code), text

    def rows(self) -> list[tuple[Any, ...]]:
        """Refusals in the audit, the oldest first."""
        c = audit.c
        query = select(c.seq, c.actor_kind, c.actor_id, c.basis, c.channel).where(c.verb == REFUSED).order_by(c.seq)
        with transaction(self.stage.gateway.engine, self.stage.world.scope, read_only=True) as connection:
            return [tuple(row) for row in connection.execute(query)]

    def note_task(self, about: Consultation) -> None:
        """The Task as the practice's own system has read it: what everybody then tries to put."""
        fhir: Any = self.speakers["gp_system/fhir_pull"]
        if isinstance(fhir, FhirPull) and about.entries:
            (sent,) = fhir.says("GET", "/fhir/r4/Task/{id}", ITS_OWN, about)
            task = json.loads(self.ask("gp_system/fhir_pull", "GET", sent)[1])
            if "meta" in task:
                fhir.tasks[about.entries[-1].id] = (task, f'W/"{task["meta"]["versionId"]}"')


def _is_line(found: FoundDoor) -> bool:
    return any(address.transport == "mllp" for address in found.addresses)


@pytest.fixture(scope="module")
def doors(tmp_path_factory: pytest.TempPathFactory) -> Doors:
    return Doors(tmp_path_factory.mktemp("doors"))


def questions(door: str) -> Iterator[tuple[str, str]]:
    """Each address with each of its methods; what ends something comes last."""
    every = [(method, each.path) for each in DOORS[door].addresses for method in each.methods]
    return iter(sorted(every, key=lambda asked: asked[0] == "DELETE"))


def callers(doors: Doors, about: Consultation) -> dict[str, Somebody | None]:
    return {**dict.fromkeys(SYSTEMS), **doors.cast.with_device_of(about)}


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("door", DOORS)
def test_only_the_practices_own_system_is_shown_anything_or_moves_anything(doors: Doors, door: str, state: str) -> None:
    about = doors.stage.at(state)
    doors.note_task(about)
    before, broken, tried = doors.stage.world.reload(about), [], set()
    for who, somebody in callers(doors, about).items():
        for method, path in questions(door) if who != ITS_OWN else ():
            for sent in doors.speakers[door].says(method, path, who if who in SYSTEMS else "", about):
                status, text = doors.ask(door, method, sent, somebody)
                tried.add(who)
                if (
                    any(word in text for word in SECRET)
                    or status >= 500
                    or ((sent.acts or sent.guarded) and status < 400)
                ):
                    broken.append((who, method, path, status))
    assert broken == []
    assert doors.stage.world.reload(about) == before, "not a letter of it moved"
    assert len(tried) == len(SYSTEMS) + len(doors.cast.people), "everybody but its own system, and its device"


@pytest.mark.parametrize("door", DOORS)
def test_the_practices_own_system_is_let_in_by_every_method_at_every_address(doors: Doors, door: str) -> None:
    """What it is shown, it is shown; so the words that are looked for above are there to be found."""
    about, refused, shown = doors.stage.at("waiting"), [], [0, 0]
    doors.note_task(about)
    for method, path in questions(door):
        for sent in doors.speakers[door].says(method, path, ITS_OWN, about):
            status, text = doors.ask(door, method, sent)
            if status >= 400 and path not in FOR_NOBODY:
                refused.append((method, path, status, text[:200]))
            shown[0] += sent.seen and path not in FOR_NOBODY
            shown[1] += sent.seen and any(word in text for word in SECRET)
    assert refused == []
    assert shown[0] == shown[1], "each question that shows a citizen to whom she waits for"
    if any(sent.acts for m, p in questions(door) for sent in doors.speakers[door].says(m, p, ITS_OWN, about)):
        entry = doors.stage.world.reload(about).entry
        assert entry is not None and str(entry.status) == "accepted", "taken by whoever may"


# What a door says of an entry that is not its caller's; notifications and MedCom name a connection, not an entry.
FOREIGN = {"gp_system/fhir_pull": "404", "gp_system/soap": "unknown-entry", "gp_system/hl7v2": "AE-204"}


@pytest.mark.parametrize("door", DOORS)
def test_what_was_refused_is_a_row_that_says_who_tried(doors: Doors, door: str) -> None:
    """A caller that proves nothing, and one that is known and asks for what is another's."""
    about, last = doors.stage.at("waiting"), doors.rows()[-1][0] if doors.rows() else 0
    for who in (PRETENDER, ANOTHER):
        for method, path in questions(door):
            for sent in doors.speakers[door].says(method, path, who, about):
                doors.ask(door, method, sent)
    made = {(kind, actor, basis) for seq, kind, actor, basis, channel in doors.rows() if seq > last}
    assert any(actor == "unproved" and basis for _, actor, basis in made)
    assert all(kind == "peer" for kind, _, _ in made)
    if door in FOREIGN:
        assert any(actor not in ("unproved", "") and basis == FOREIGN[door] for _, actor, basis in made), made


def test_a_refusal_of_the_standards_own_stands_at_an_address_that_is_there() -> None:
    assert set(FOR_NOBODY) <= {each.path for found in found_doors() for each in found.addresses}


def test_only_a_media_process_speaks_of_rooms(doors: Doors) -> None:
    about, path = doors.stage.at("talk"), "/internal/rooms"
    secret = doors.stage.gateway.media_secret
    body = json.dumps(Heartbeat("media-1", 1, ()).document()).encode()
    marks = {
        "another key": hmac.new(b"x" * 40, body, hashlib.sha256).hexdigest(),
        "its other words": hmac.new(secret.encode(), body + b" ", hashlib.sha256).hexdigest(),
        "nothing": "",
    }
    for who, somebody in doors.cast.with_device_of(about).items():
        for mark in marks.values():
            answer = somebody.client.post(path, data=body, headers={"X-Laegebro-Signature": mark})
            assert answer.status_code in (401, 404), who
    right = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    nobody = doors.cast.people["nobody"].client
    assert nobody.post(path, data=body, headers={"X-Laegebro-Signature": right}).status_code < 300
    assert doors.stage.world.reload(about) == about
