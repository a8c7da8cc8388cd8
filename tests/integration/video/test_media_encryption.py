"""The media process as a courier of sealed keys: what it takes, whom it tells, and what it never writes down."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
import pytest_asyncio

from tests.support.processes.media_client import PATIENCE, MediaProcess, eventually

pytestmark = pytest.mark.timeout(240)
PUBLIC = {seat: letter * 87 for seat, letter in (("clinic", "C"), ("home", "H"), ("guest", "G"))}
SEALED = "s" * 86


@pytest_asyncio.fixture
async def media() -> AsyncIterator[MediaProcess]:
    process = MediaProcess()
    await process.start()
    yield process
    await process.stop()


class Page:
    """A socket on a seat, and everything it was sent."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self.socket = socket
        self.heard: list[dict[str, Any]] = []
        self._reading = asyncio.ensure_future(self._read())

    async def _read(self) -> None:
        async for message in self.socket:
            self.heard.append(message.json())

    async def say(self, kind: str, **more: Any) -> None:
        await self.socket.send_json({"type": kind, **more})

    def publics(self) -> dict[str, str | None]:
        seats = next((m["seats"] for m in reversed(self.heard) if m["type"] == "seats"), [])
        return {seat["seat"]: seat["public"] for seat in seats}

    def secrets(self) -> list[tuple[str, str]]:
        return [(m["from"], m["sealed"]) for m in self.heard if m["type"] == "secret"]

    async def ended(self) -> int | None:
        await asyncio.wait_for(self._reading, PATIENCE)
        return self.socket.close_code


@pytest_asyncio.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as opened:
        yield opened


async def _page(session: aiohttp.ClientSession, media: MediaProcess, seat: str, room: str = "r", **more: Any) -> Page:
    page = Page(await session.ws_connect(media.url))
    await page.say("join", ticket=media.ticket(seat, room), **more)
    return page


async def test_everybody_is_told_the_keys_of_those_present(session: aiohttp.ClientSession, media: MediaProcess) -> None:
    clinic = await _page(session, media, "clinic", public=PUBLIC["clinic"])
    home = await _page(session, media, "home", public=PUBLIC["home"])
    guest = await _page(session, media, "guest")  # a page that knows nothing of this
    here = {"clinic": PUBLIC["clinic"], "home": PUBLIC["home"], "guest": ""}
    for page in (clinic, home, guest):
        await eventually(lambda page=page: page.publics() == here, "the keys of all three")  # type: ignore[misc]
    await guest.say("leave")
    await home.say("plain")
    await eventually(lambda: clinic.publics() == here | {"guest": None, "home": ""}, "one gone, one that cannot")


async def test_a_sealed_key_reaches_the_seat_it_is_for_and_no_other(
    session: aiohttp.ClientSession, media: MediaProcess
) -> None:
    pages = {s: await _page(session, media, s, public=PUBLIC[s]) for s in PUBLIC}
    stranger = await _page(session, media, "home", room="another", public=PUBLIC["home"])
    for page in (*pages.values(), stranger):
        await eventually(lambda page=page: page.publics() != {}, "seated")  # type: ignore[misc]
    for to in ("nobody", "another", 7, None, "clinic"):  # not here, no name, oneself: passed over
        await pages["clinic"].say("secret", to=to, sealed=SEALED)
    await stranger.say("secret", to="clinic", sealed=SEALED)  # a seat of another room
    await pages["clinic"].say("secret", to="home", sealed=SEALED)
    await pages["home"].say("secret", to="clinic", sealed="")
    await eventually(lambda: pages["home"].secrets() == [("clinic", SEALED)], "the key")
    await eventually(lambda: pages["clinic"].secrets() == [("home", "")], "the wish, and nothing from elsewhere")
    assert not pages["guest"].secrets() and not stranger.secrets()


@pytest.mark.parametrize("sealed", ["x" * 85, "x" * 87, "x" * 85 + "\n", "é" * 86, 7, None, {"a": 1}])
async def test_what_is_no_sealed_key_ends_the_socket(
    session: aiohttp.ClientSession, media: MediaProcess, sealed: object
) -> None:
    home, clinic = [await _page(session, media, s, public=PUBLIC[s]) for s in ("home", "clinic")]
    await clinic.say("secret", to="home", sealed=sealed)
    assert await clinic.ended() == 4400
    assert not home.secrets()


@pytest.mark.parametrize("public", ["x" * 86, "x" * 88, " " * 87, 7, None])
async def test_what_is_no_public_key_takes_no_seat(
    session: aiohttp.ClientSession, media: MediaProcess, public: object
) -> None:
    page = await _page(session, media, "home", public=public)
    assert await page.ended() == 4400
    assert not page.publics()


async def test_who_hands_over_too_much_is_sent_out(session: aiohttp.ClientSession, media: MediaProcess) -> None:
    home, clinic = [await _page(session, media, s, public=PUBLIC[s]) for s in ("home", "clinic")]
    await eventually(lambda: "home" in clinic.publics(), "seated")
    for _ in range(49):  # fewer than a page may say of anything else
        await clinic.say("secret", to="home", sealed=SEALED)
    assert await clinic.ended() == 4428
    assert 40 <= len(home.secrets()) < 49
    assert home.socket.close_code is None


async def test_a_page_that_was_replaced_speaks_for_its_seat_no_longer(
    session: aiohttp.ClientSession, media: MediaProcess
) -> None:
    home = await _page(session, media, "home", public=PUBLIC["home"])
    await _page(session, media, "clinic", public=PUBLIC["clinic"])
    newer = await _page(session, media, "clinic", public=PUBLIC["guest"])
    await eventually(lambda: home.publics().get("clinic") == PUBLIC["guest"], "the newer window's key")
    await newer.say("secret", to="home", sealed=SEALED)
    await eventually(lambda: home.secrets() == [("clinic", SEALED)], "from the newer window")
