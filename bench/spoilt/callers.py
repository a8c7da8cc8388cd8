"""Who calls us about something that has changed: a practice's FHIR server by a notification, and a media process by the
state of its rooms."""

from __future__ import annotations

import hashlib
import hmac
import json
import random
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

from adapters.gp_system.fhir_r4.subscription import subscription
from bench.spoilt.door import Door
from gateway.domain.room import Heartbeat, RoomState, SeatState
from gateway.store.peers.connections import Stanza
from gateway.web.doors.callbacks import SIGNATURE
from simulators.gp.notifications import Event, notification
from tests.support.spoiling.mutated_messages import mutated as spoilt_json
from tests.unit.web.nurse_world import NurseWorld

NAME = "torvet-fhir"
DEEP = (b"[" * 400_000, b'{"entry":' * 40_000, b"\xff\xfe" * 500)


@contextmanager
def notifications(folder: Path) -> Iterator[Door]:
    """What a notification names is a hint only: whatever it says, the practice is asked soon."""
    world = NurseWorld(folder)
    g = world.gateway
    stanza = {"base_url": "http://127.0.0.1:9/fhir", "client_id": "us", "client_key": f"file:{folder / 'client_key'}"}
    g.connections.apply(Stanza(NAME, "gp_system", "fhir_r4", None, stanza), "bench", "bench", g.clock.now())
    client, token = world.app.test_client(), g.peers.door_token(NAME)
    good = [_notification(kind, events) for kind, events in (("event-notification", 2), ("handshake", 0))]

    def send(content: bytes) -> tuple[int, float]:
        g.peers.take_turn(NAME)  # asked just now, so that only a new call makes it due
        begun = time.perf_counter()
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/fhir+json"}
        answer = client.post(f"/api/v1/notifications/{NAME}", data=content, headers=headers)
        return answer.status_code, time.perf_counter() - begun

    def undone(_content: bytes) -> str:
        return "" if g.peers.take_turn(NAME) is not None else "the practice is not asked"

    yield Door(send, good, {"too-large": b" " * 1_100_000}, _spoilt, undone)
    g.engine.dispose()


def _notification(kind: str, events: int) -> bytes:
    now = datetime.now(UTC).isoformat()
    told = [Event(number + 1, now, f"Task/{uuid4()}") for number in range(events)]
    ours = subscription("http://gateway.example/notify", "t") | {"id": str(uuid4()), "status": "active"}
    found = notification("http://127.0.0.1:9/fhir", ours, kind, events, told)
    return json.dumps(found).encode()


@contextmanager
def rooms(folder: Path) -> Iterator[Door]:
    """Each heartbeat is signed after it was spoilt, and under a process of its own: an old number changes nothing."""
    world = NurseWorld(folder)
    client, secret = world.app.test_client(), world.gateway.media_secret.encode()
    seats = (SeatState("nurse", 1, connected=True, audio_flowing=True, video_flowing=True),)
    heartbeat = Heartbeat("PROCESS", 7, (RoomState("room-a", seats), RoomState("room-b", ())))

    def send(content: bytes) -> tuple[int, float]:
        signature = hmac.new(secret, content, hashlib.sha256).hexdigest()
        begun = time.perf_counter()
        answer = client.post("/internal/rooms", data=content, headers={SIGNATURE: signature})
        return answer.status_code, time.perf_counter() - begun

    heard = set[str]()

    def undone(content: bytes) -> str:
        """The first of each process: another may bear an old number."""
        document = json.loads(content)
        if str(document["process"]) in heard:
            return ""
        heard.add(str(document["process"]))
        for room in document["rooms"]:
            present = {str(each["seat"]) for each in room["seats"] if each["connected"]}
            if not present <= set(world.gateway.rooms.occupied(str(room["room"]))):
                return "who is in the room is not kept"
        return ""

    bombs = {"deep": b"[" * 400_000, "too-large": b" " * 17_000_000}
    yield Door(send, [json.dumps(heartbeat.document()).encode()], bombs, _spoilt_process, undone)
    world.gateway.engine.dispose()


def _spoilt(message: bytes, chance: random.Random) -> bytes:
    """Seldom a document made to harm: it is a call all the same, and the practice is asked."""
    if chance.random() < 0.02:
        return chance.choice(DEEP)
    return list(spoilt_json([json.loads(message)], 1 + chance.randrange(2), chance))[-1]


def _spoilt_process(message: bytes, chance: random.Random) -> bytes:
    document: dict[str, Any] = json.loads(message.replace(b"PROCESS", b"%016x" % chance.getrandbits(64)))
    return list(spoilt_json([document], 1 + chance.randrange(2), chance))[-1]
