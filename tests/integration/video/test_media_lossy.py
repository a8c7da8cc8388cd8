"""Real Chromium on a line that loses packets: the picture stays large, because loss alone is no reason to slow down."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import pytest
from playwright.async_api import Page

from bench.media.calls import chromium, figures, server_behind_lines
from bench.media.lossy import two_pages

pytestmark = [
    pytest.mark.browser,
    pytest.mark.timeout(300),
    pytest.mark.timeless("packets are timed by the monotonic clock"),
]
PATIENCE = 120.0
LARGE = 720  # lines
ENOUGH = 1_000_000  # bit/s; the rate control this replaced fell below 200,000 and stayed there


async def _until(page: Page, what: str, condition: Any) -> dict[str, Any]:
    end = time.monotonic() + PATIENCE
    while not condition(seen := await figures(page)):
        assert time.monotonic() < end, (what, seen)
        await asyncio.sleep(0.5)
    return seen


async def test_two_per_cent_of_loss_leave_the_picture_large() -> None:
    async with (
        chromium() as (browser, address),
        server_behind_lines(2, LAEGEBRO_MEDIA_ALLOWED_ORIGINS=address) as (server, lines),
    ):
        sender, receiver = await two_pages(browser, address, server)
        await _until(sender, "a large picture on a good line", lambda f: f["sentHeight"] >= LARGE)
        for line in lines:
            await line.both(loss=0.02)
        before = await figures(receiver)
        await _until(receiver, "pictures despite the loss", lambda f: f["frames"] > before["frames"] + 200)
        seen = await _until(sender, "a useful target", lambda f: f["target"] >= ENOUGH and f["sentHeight"] >= LARGE)
        assert seen["state"] == "connected"
        for line in lines:
            await line.both()
        before = await figures(receiver)
        await _until(receiver, "pictures after the loss", lambda f: f["frames"] > before["frames"] + 100)
        await browser.close()
