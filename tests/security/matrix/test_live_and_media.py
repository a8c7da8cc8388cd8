"""Nobody hears or sits where she may not: every stream and the media's signalling × everybody × states.

The addresses come from each process's own routing table; one without a row in ``HEARS`` or ``MEDIA`` is red, and so
is a row at which nobody is let in.
"""

from __future__ import annotations

import asyncio
import json
import secrets
import time
from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from typing import Any

import aiohttp
import pytest
import pytest_asyncio
from aiohttp.test_utils import TestClient, TestServer
from sqlalchemy import select

from gateway.access import sign_ticket
from gateway.domain.consultation.aggregate import Consultation
from gateway.domain.room import JoinTicket
from gateway.live.app import create_app
from gateway.store.ground.engine import transaction
from gateway.store.ground.tables_audit import audit
from tests.support.matrix.cast import OWN_DEVICE, SECRET, STATES, Cast, Somebody
from tests.support.matrix.processes import of_live, of_media
from tests.support.processes.media_client import PATIENCE, MediaProcess
from tests.unit.web.acts.stage import Stage

EVERYBODY = frozenset({"everybody"})
# Who is let in, by address.
HEARS: Mapping[str, frozenset[str]] = {
    "/live/consultation/{id}": frozenset({"owner"}),
    "/live/citizen": frozenset({OWN_DEVICE, "another citizen's device"}),
    "/live/clinic": frozenset({"doctor", "doctor of another clinic"}),
    "/live/console": frozenset({"administrator", "administrator of another organisation", "operator"}),
    "/live/flow": EVERYBODY,
    "/live/health": EVERYBODY,
    "/.well-known/jwks.json": EVERYBODY,
    "/health": EVERYBODY,
    "/health/ready": EVERYBODY,
}
MEDIA: Mapping[str, frozenset[str]] = {
    "/signal": frozenset({"owner", "doctor", OWN_DEVICE}),
    "/health": EVERYBODY,
    "/health/ready": EVERYBODY,
}
REFUSED = (401, 404)
# Where each side of a call asks for its seat.
TICKETS = ("/api/v1/consultations/{id}/ticket", "/api/v1/entries/{entry}/ticket", "/borger/billet")


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Stage:
    return Stage(tmp_path_factory.mktemp("streams"), rate_factor="1000000")


@pytest.fixture(scope="module")
def cast(stage: Stage) -> Cast:
    return Cast(stage)


@pytest_asyncio.fixture
async def live(stage: Stage) -> AsyncIterator[TestClient[Any, Any]]:
    async with TestClient(TestServer(create_app(stage.gateway)), cookie_jar=aiohttp.DummyCookieJar()) as client:
        yield client


def test_every_address_has_its_row(stage: Stage) -> None:
    assert {route.path for route in of_live(stage.gateway)} == set(HEARS)
    assert {route.path for route in of_media()} == set(MEDIA)
    assert {route.method for route in (*of_live(stage.gateway), *of_media())} == {"GET"}


def cookie(who: Somebody) -> dict[str, str]:
    held = "; ".join(f"{name}={value}" for name, value in who.cookies.items())
    return {"Cookie": held} if held else {}


async def first_word(live: TestClient[Any, Any], path: str, who: Somebody) -> tuple[int, str]:
    """The status, and all that is said up to and with the first document."""
    async with live.get(path, headers=cookie(who)) as answer:
        if not answer.content_type.startswith("text/event-stream"):
            return answer.status, await answer.text()
        said = ""
        while not said.rpartition("data: ")[2].endswith("\n\n") or "data: " not in said:
            line = await asyncio.wait_for(answer.content.readline(), PATIENCE)
            said += line.decode()
            if not line:
                break
        return answer.status, said


@pytest.mark.parametrize("state", STATES)
async def test_nobody_hears_what_is_not_hers(stage: Stage, cast: Cast, live: TestClient[Any, Any], state: str) -> None:
    consultation = stage.at(state)
    people = cast.with_device_of(consultation)
    broken, heard = [], dict[tuple[str, str], str]()
    for path, may in HEARS.items():
        asked = [first_word(live, path.replace("{id}", str(consultation.id)), one) for one in people.values()]
        for who, (status, said) in zip(people, await asyncio.gather(*asked), strict=True):
            let_in = status == 200
            wanted = who in may or may is EVERYBODY
            if let_in != wanted or (not let_in and status not in REFUSED):
                broken.append((who, path, status))
            if any(word in said for word in SECRET) or (not wanted and str(consultation.id) in said):
                broken.append((who, path, "told"))
            heard[who, path] = said
    assert broken == []
    _require_only_what_is_meant(heard, consultation, state)


async def test_a_stream_that_is_refused_is_a_row_that_says_who_tried(
    stage: Stage, cast: Cast, live: TestClient[Any, Any]
) -> None:
    """Whoever is not logged in leaves none: anybody can knock."""
    about = stage.at("waiting")
    path = f"/live/consultation/{about.id}"
    people = cast.with_device_of(about)
    for who in ("colleague", OWN_DEVICE, "doctor", "nobody"):
        await first_word(live, path, people[who])
    async with live.get(path, headers={"Origin": "https://elsewhere.example", **cookie(people["owner"])}):
        pass
    c = audit.c
    query = select(c.actor_kind, c.basis).where(c.verb == "refused", c.consultation == about.id).order_by(c.seq)
    with transaction(stage.gateway.engine, stage.world.scope, read_only=True) as connection:
        rows = [tuple(row) for row in connection.execute(query)]
    expected = [("employee", "not-hers"), ("citizen", "not-hers"), ("clinic", "not-hers"), ("employee", "other-origin")]
    assert rows == expected


def document(said: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(said.rpartition("data: ")[2])
    return found


def _require_only_what_is_meant(heard: Mapping[tuple[str, str], str], consultation: Consultation, state: str) -> None:
    """Being let in is not enough: each is told of her own alone."""
    assert document(heard["owner", "/live/consultation/{id}"])["id"] == str(consultation.id)
    counts = {who: document(heard[who, "/live/clinic"])["waiting"] for who in HEARS["/live/clinic"]}
    assert counts["doctor of another clinic"] == 0
    assert counts["doctor"] > 0 or state != "waiting"
    shown = {who: heard[who, "/live/console"] for who in HEARS["/live/console"]}
    assert "eoj-nexus" in shown["administrator"]
    assert "eoj-nexus" not in shown["administrator of another organisation"]
    screens = {who: document(heard[who, "/live/citizen"])["version"] for who in HEARS["/live/citizen"]}
    assert screens[OWN_DEVICE] in (0, consultation.version)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def media(stage: Stage) -> AsyncIterator[MediaProcess]:
    process = MediaProcess(secret=stage.gateway.media_secret)
    await process.start()
    yield process
    await process.stop()


def tickets_of(somebody: Somebody, consultation: Consultation) -> list[str]:
    """Whatever she is given for that call, wherever she asks."""
    entry = consultation.entries[-1].id if consultation.entries else consultation.id
    given = []
    for path in TICKETS:
        answer = somebody.ask("POST", path.replace("{id}", str(consultation.id)).replace("{entry}", str(entry)))
        assert not any(word in answer.get_data(as_text=True) for word in SECRET)
        if answer.status_code == 200 and answer.get_json().get("ticket"):
            given.append(answer.get_json()["ticket"])
    return given


async def joined(session: aiohttp.ClientSession, media: MediaProcess, said: Any, **headers: str) -> str:
    """``offer`` for whoever sits, otherwise the reason."""
    async with session.ws_connect(media.url, headers=headers) as socket:
        await socket.send_json(said)
        told = False
        while (document := await socket.receive_json(timeout=PATIENCE))["type"] == "seats":
            told = True
        assert document["type"] == "offer" or not told, "who is refused is not told who sits there"
        return str(document.get("reason") or document["type"])


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("state", STATES)
async def test_nobody_sits_in_a_call_that_is_not_hers(
    stage: Stage, cast: Cast, media: MediaProcess, state: str
) -> None:
    made = stage.at("alone talk" if state == "talk" else state)
    stage.gateway.access.see_citizen(stage.nurse.session, made.id)
    people, seated = cast.with_device_of(made), set[str]()
    async with aiohttp.ClientSession() as session:
        for who, somebody in people.items():
            for ticket in tickets_of(somebody, made):
                assert await joined(session, media, {"type": "join", "ticket": ticket}) == "offer"
                seated.add(who)
            if who not in seated:
                assert await joined(session, media, {"type": "join", "ticket": ""}) == "ticket", who
                assert await joined(session, media, {"type": "join"}) == "malformed", who
    assert seated == (MEDIA["/signal"] if state == "talk" else set())


@pytest.mark.asyncio(loop_scope="module")
async def test_a_ticket_opens_what_it_names_and_nothing_else(stage: Stage, cast: Cast, media: MediaProcess) -> None:
    """Nine who have no right to the room, each with the best ticket she could come by."""
    talk = stage.at("talk")
    (genuine,) = tickets_of(cast.people["doctor"], talk)
    soon, secret = int(time.time()) + 60, stage.gateway.media_secret
    wanted = JoinTicket(talk.room, "seat", 1, "clinic", soon)
    head, body, mark = genuine.split(".")
    tries: dict[str, tuple[str, str]] = {
        "of another key": (sign_ticket(wanted, secrets.token_hex(20)), "ticket"),
        "too old": (sign_ticket(replace(wanted, expires_at=soon - 120), secret), "ticket"),
        "for another process": (sign_ticket(replace(wanted, node="media-9"), secret), "elsewhere"),
        "with another's body": (".".join((head, sign_ticket(wanted, "x" * 40).split(".")[1], mark)), "ticket"),
        "without its mark": (f"{head}.{body}.", "ticket"),
        "the session's token": (stage.nurse.token, "ticket"),
        "a role that is none": (sign_ticket(replace(wanted, role="operator"), secret), "ticket"),
        "a seat without a name": (sign_ticket(replace(wanted, seat=""), secret), "ticket"),
        "a room too long": (sign_ticket(replace(wanted, room="r" * 65), secret), "ticket"),
    }
    async with aiohttp.ClientSession() as session:
        for what, (ticket, reason) in tries.items():
            assert await joined(session, media, {"type": "join", "ticket": ticket}) == reason, what
        assert await joined(session, media, {"type": "join", "ticket": genuine}) == "offer"
        assert await joined(session, media, {"type": "join", "ticket": genuine}) == "used"
        for path in set(MEDIA) - {"/signal"}:
            async with session.get(media.url.replace("/signal", path)) as answer:
                assert answer.status == 200


@pytest.mark.asyncio(loop_scope="module")
async def test_a_page_of_another_origin_takes_no_seat(media: MediaProcess) -> None:
    async with aiohttp.ClientSession() as session:
        with pytest.raises(aiohttp.WSServerHandshakeError):
            await joined(session, media, {"type": "probe"}, Origin="https://elsewhere.example")


async def test_a_page_of_another_origin_hears_nothing(live: TestClient[Any, Any]) -> None:
    for path in HEARS:
        async with live.get(path, headers={"Origin": "https://elsewhere.example"}) as answer:
            assert answer.status == 403, path
