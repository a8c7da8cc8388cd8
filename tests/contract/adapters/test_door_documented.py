"""The door that docs/adding-a-system.md shows, in a process that finds it in a folder of its own: mounted without being
registered, closed to strangers, and an accept that it brings is one accept however often it comes."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from uuid import UUID

from gateway.domain.consultation.queue_entry import EntryStatus, QueueEntry
from gateway.domain.scope import SystemScope
from gateway.store.ground.engine import open_engine
from gateway.store.migrations.creation import create_schema
from gateway.store.peers.connections import Stanza
from tests.support.clinic_world import ClinicWorld, settings_in
from tests.support.consultations import PRACTICE, draft, placed
from tests.support.doors.guide import documented_folder
from tests.support.processes.relaying import environment_of

NAME = "torvet-koboks"
# Calls each request in turn, with the token of the connection where it asks for it; prints status and body of each.
PROGRAM = """
import json, sys
from gateway.settings import load
from gateway.web.app import create_app
from gateway.wiring import Gateway
gateway = Gateway(load())
client, answers = create_app(gateway).test_client(), []
for proven, event in json.load(sys.stdin):
    token = gateway.peers.door_token("torvet-koboks") if proven else "a stranger's"
    answer = client.post("/koboks/torvet-koboks/events", json=event, headers={"Authorization": f"Bearer {token}"})
    answers.append([answer.status_code, answer.get_data(as_text=True)])
print("ANSWERS " + json.dumps(answers))
"""


def world_in(folder: Path) -> ClinicWorld:
    settings = settings_in(folder, f"sqlite:///{folder / 'laegebro.db'}", "redis://127.0.0.1:9/0")
    create_schema(open_engine(settings.database_url))
    return ClinicWorld(settings)


def standing(world: ClinicWorld, id: UUID) -> QueueEntry:
    entries = world.gateway.store.load_by_entry(SystemScope(), id).entries
    return next(each for each in entries if each.id == id)


def history(world: ClinicWorld, id: UUID) -> list[str]:
    consultation = world.gateway.store.load_by_entry(SystemScope(), id)
    return [row.kind for row in world.gateway.store.timeline(SystemScope(), consultation.id)]


def called(world: ClinicWorld, *calls: tuple[bool, object]) -> list[list[object]]:
    """In a process of its own, as the web process finds the folder on its path."""
    run = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        input=json.dumps(calls),
        env=environment_of(world.gateway.settings),
        capture_output=True,
        text=True,
        check=False,
    )
    said = [line for line in run.stdout.splitlines() if line.startswith("ANSWERS ")]
    assert said, run.stderr
    answers: list[list[object]] = json.loads(said[0].removeprefix("ANSWERS "))
    return answers


def test_the_documented_door_is_found_proved_and_heard_once(tmp_path: Path) -> None:
    world = world_in(tmp_path)
    now = world.gateway.clock.now()
    world.gateway.connections.apply(
        Stanza(NAME, "gp_system", "koboks", None, {"base_url": "http://127.0.0.1:9"}), "t", "t", now
    )
    entry = world.gateway.store.commit(placed(draft(at=now), PRACTICE, at=now, connections=(NAME,))).entry
    other = world.gateway.store.commit(placed(draft(at=now), PRACTICE, at=now, connections=("gp-one",))).entry
    assert entry is not None and other is not None
    taken = {"n": 1, "id": str(entry.id), "what": "taken", "at": now.isoformat(), "user": "lha", "name": "Lise Hansen"}
    with documented_folder(tmp_path / "own"):
        stranger, first, again, elsewhere, broken, reused = called(
            world,
            (False, taken),
            (True, taken),
            (True, taken),
            (True, {**taken, "n": 2, "id": str(other.id)}),
            (True, ["no", "event"]),
            (True, {**taken, "name": "Omar Saleh"}),
        )
    assert stranger[0] == 401
    assert (first, again) == ([200, '{"taken": true}'], [200, '{"taken": true}'])
    assert elsewhere[0] == 404
    assert broken[0] in (400, 422)
    assert reused[0] == 409, "another event under the name of an old one"
    row = standing(world, entry.id)
    assert (row.status, row.accepted_name) == (EntryStatus.ACCEPTED, "Lise Hansen")
    assert history(world, entry.id).count("accepted") == 1
    assert standing(world, other.id).status is EntryStatus.REQUESTED
