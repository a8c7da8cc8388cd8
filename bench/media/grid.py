"""Three and four people in one call, each a Chromium page: does every picture on every page flow without a freeze."""

from __future__ import annotations

import asyncio
from itertools import chain
from typing import Any, Final

from playwright.async_api import Browser, Page

from bench.figures import Figures
from bench.media.calls import Server, chromium, figures, join, open_page

ROLES: Final = ("clinic", "employee", "guest", "guest")
# This one machine encodes all cameras and decodes all pictures: four and twelve, where a person's has one and three.
SIZE: Final = (640, 360)
RATE: Final = 15
_SETTLING: Final = 8.0
_LOOKING: Final = 20.0


async def measure(quick: bool, result: Figures) -> None:
    """``freezeCount`` of each picture during 20 s, and the slowest of them; quick: four people only."""
    async with chromium() as (browser, address):
        for people in (4,) if quick else (3, 4):
            _judge(people, await _call(browser, address, people), result)


async def _call(browser: Browser, address: str, people: int) -> list[dict[str, float]]:
    """What each picture did, on all pages."""
    server = Server(environment={"LAEGEBRO_MEDIA_ALLOWED_ORIGINS": address})
    await server.start()
    pages = [await open_page(browser, address) for _ in range(people)]
    try:
        for number, page in enumerate(pages):
            await join(page, server, f"seat-{number}", size=SIZE, rate=RATE, role=ROLES[number])
        await asyncio.sleep(_SETTLING)
        before = [await figures(page) for page in pages]
        await asyncio.sleep(_LOOKING)
        after = [await figures(page) for page in pages]
    finally:
        await _leave(pages, server)
    return list(chain.from_iterable(map(_pictures, before, after)))


async def _leave(pages: list[Page], server: Server) -> None:
    for page in pages:
        await page.close()
    await server.stop()


def _pictures(before: dict[str, Any], after: dict[str, Any]) -> list[dict[str, float]]:
    """One page's pictures; a section on which nobody sits has none."""
    seconds = (after["at"] - before["at"]) / 1000
    pairs = zip(before["streams"], after["streams"], strict=True)
    return [
        {
            "freezes": late["freezes"] - early["freezes"],
            "rate": (late["frames"] - early["frames"]) / seconds,
            "height": late["height"],
        }
        for early, late in pairs
        if late["frames"]
    ]


def _judge(people: int, pictures: list[dict[str, float]], result: Figures) -> None:
    name = f"grid{people}"
    result.at_least(f"{name}_pictures", len(pictures), "count", people * (people - 1))
    result.at_most(f"{name}_freezes", sum(picture["freezes"] for picture in pictures), "count", 0)
    result.at_least(f"{name}_slowest", min(picture["rate"] for picture in pictures), "1/s", 0.8 * RATE)
    result.at_least(f"{name}_lowest", min(picture["height"] for picture in pictures), "lines", SIZE[1])
