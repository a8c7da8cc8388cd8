"""Whoever is barred in the middle of a call loses her seat: a real media process, and the gateway it asks."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import aiohttp
import pytest
import pytest_asyncio
from sqlalchemy import select
from werkzeug.serving import make_server

from gateway.domain.records import Signature
from gateway.domain.scope import SystemScope
from gateway.store.ground.engine import transaction
from gateway.store.ground.tables_audit import audit
from tests.support.processes.media_client import PATIENCE, MediaProcess, ScriptedParticipant, eventually
from tests.unit.web.acts.stage import Stage

pytestmark = pytest.mark.timeout(240)


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    return Stage(tmp_path)


@pytest.fixture
def address(stage: Stage) -> Iterator[str]:
    server = make_server("127.0.0.1", 0, stage.world.app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/internal/rooms"
    server.shutdown()
    thread.join(PATIENCE)
    server.server_close()


@pytest_asyncio.fixture
async def media(stage: Stage, address: str) -> AsyncIterator[MediaProcess]:
    process = MediaProcess(stage.gateway.media_secret, {"LAEGEBRO_MEDIA_STATE_URL": address})
    await process.start()
    yield process
    await process.stop()


class Sitting:
    """Somebody at her page: each join asks the web process for a ticket, as the page does."""

    def __init__(self, media: MediaProcess, client: object, path: str, csrf: str) -> None:
        self._ask = (client, path, csrf)
        self.person = ScriptedParticipant(media.url, self.ticket)

    async def ticket(self) -> str:
        answer = await asyncio.to_thread(self.asked)
        if answer.status_code != 200:
            raise ConnectionError(str(answer.status_code))
        return str(answer.get_json()["ticket"])

    def asked(self):  # type: ignore[no-untyped-def]
        client, path, csrf = self._ask
        return client.post(path, json={}, headers={"X-CSRF-Token": csrf})  # type: ignore[attr-defined]


def seated(person: ScriptedParticipant, role: str) -> bool:
    return any(seat["role"] == role and seat["connected"] for seat in person.seats)


async def test_the_barred_doctor_is_out_of_the_call_and_the_nurse_stays(stage: Stage, media: MediaProcess) -> None:
    talk, doctor, nurse = stage.at("talk"), stage.doctor, stage.nurse
    stage.gateway.access.see_citizen(nurse.session, talk.id)
    clinic = Sitting(media, doctor.client, f"/api/v1/entries/{talk.entries[-1].id}/ticket", doctor.csrf)
    home = Sitting(media, nurse.client, f"/api/v1/consultations/{talk.id}/ticket", nurse.session.csrf)
    unused = await clinic.ticket()
    await asyncio.gather(clinic.person.start(), home.person.start())
    await eventually(lambda: seated(home.person, "clinic") and seated(clinic.person, "employee"), "both are in")
    await eventually(lambda: home.person.frames_received > 3, "the nurse sees the doctor")

    hand = stage.gateway.signed(Signature("anna", "people bar", "fratrådt")).barrings
    assert hand.bar(doctor.person, "subject-lise", None, stage.now) == 1
    await eventually(lambda: not seated(home.person, "clinic"), "the doctor is out of the room")
    assert clinic.asked().status_code in (401, 403), "and is given no ticket"
    async with aiohttp.ClientSession() as session, session.ws_connect(media.url) as socket:
        await socket.send_json({"type": "join", "ticket": unused})
        assert await socket.receive_json(timeout=PATIENCE) == {"type": "refused", "reason": "sent-away"}
    assert home.person.state == "connected", "nobody else is sent away"
    await eventually(lambda: refusals(stage) == [("/signal", "sent-away", talk.id)], "the attempt is a row")
    await asyncio.gather(clinic.person.stop(), home.person.stop())


def refusals(stage: Stage) -> list[tuple[str, str, object]]:
    query = select(audit.c.what, audit.c.basis, audit.c.consultation).where(audit.c.channel == "media")
    with transaction(stage.gateway.engine, SystemScope(), read_only=True) as connection:
        return [tuple(row) for row in connection.execute(query)]  # type: ignore[misc]
