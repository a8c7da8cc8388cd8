"""Two real Chromium pages in one call: they see each other, lose the media process, and see each other again."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from aiohttp import web
from playwright.async_api import Browser, Page, async_playwright

from tests.support.processes.media_client import ROOT, MediaProcess

pytestmark = [
    pytest.mark.browser,
    pytest.mark.timeout(240),
    pytest.mark.timeless("packets are timed by the monotonic clock"),
]

ARGUMENTS = [
    "--no-sandbox",
    "--use-fake-device-for-media-stream",
    "--use-fake-ui-for-media-stream",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
PAGE = """<!doctype html><title>call</title><link rel="icon" href="data:,"><body><script type="module">
import { MediaCall } from "/js/shared/media.js";
import { checkPath } from "/js/shared/path.js";
const asked = new URLSearchParams(location.search);
const seat = asked.get("seat");
window.RTCPeerConnection = class extends RTCPeerConnection {
  constructor(...given) { super(...given); window.newest = this; }
};
window.relayed = async () => { // by which protocol, "" where the way is direct
  const report = [...(await newest.getStats()).values()];
  const pair = report.find((one) => one.type === "candidate-pair" && one.nominated);
  return report.find((one) => one.id === pair?.localCandidateId)?.relayProtocol ?? "";
};
const fetchTicket = async () => (await fetch("/ticket?seat=" + seat)).text();
const signalUrl = "SIGNAL";
const relay = asked.has("relay");
const fetchSeat = async () => ({ ticket: await fetchTicket(), signal_url: signalUrl, node: "", relay });
window.path = () => checkPath(signalUrl, fetchTicket);
const camera = () => navigator.mediaDevices.getUserMedia({ audio: true, video: { width: 320, height: 240 } });
window.measured = async () => {
  const stream = await camera(), began = performance.now();
  const path = await checkPath(signalUrl, fetchTicket, stream);
  return { ...path, took: performance.now() - began };
};
window.seen = { states: [], seats: [], tracks: [], quality: [] };
window.begin = async () => {
  const localStream = await camera();
  const call = window.call = new MediaCall({ fetchSeat, localStream });
  call.addEventListener("state", (e) => seen.states.push(e.detail));
  call.addEventListener("seats", (e) => { seen.seats = e.detail; });
  call.addEventListener("quality", (e) => seen.quality.push(e.detail));
  call.addEventListener("remotetrack", (e) => {
    seen.tracks.push(e.detail.seat);
    const video = document.createElement("video");
    Object.assign(video, { srcObject: e.detail.stream, autoplay: true, muted: true });
    document.body.replaceChildren(video);
  });
  call.join();
};
window.frames_shown = () => {
  const video = document.querySelector("video");
  return video ? video.getVideoPlaybackQuality().totalVideoFrames : 0;
};
window.ready = true;
</script>"""


@pytest_asyncio.fixture
async def site() -> AsyncIterator[dict[str, Any]]:
    """The pages' own web server, and a media process that lets its pages in."""
    media = MediaProcess()

    async def page(_request: web.Request) -> web.Response:
        signal = media.url.replace("http", "ws").replace("127.0.0.1", "localhost")
        return web.Response(text=PAGE.replace("SIGNAL", signal), content_type="text/html")

    async def ticket(request: web.Request) -> web.Response:
        return web.Response(text=media.ticket(request.query["seat"]))

    app = web.Application()
    app.router.add_get("/", page)
    app.router.add_get("/ticket", ticket)
    app.router.add_static("/js", ROOT / "gateway/web/static/js")
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "localhost", 0).start()
    address = f"http://localhost:{runner.addresses[0][1]}"
    media.environment["LAEGEBRO_MEDIA_ALLOWED_ORIGINS"] = address
    await media.start()
    yield {"media": media, "address": address}
    await media.stop()
    await runner.cleanup()


async def open_page(browser: Browser, address: str, seat: str) -> Page:
    page = await browser.new_page()
    page.on("pageerror", lambda error: print("page error:", error))
    page.on("console", lambda message: print("console:", message.text))
    await page.goto(f"{address}/?seat={seat}")
    await page.wait_for_function("window.ready")
    return page


async def sees(page: Page, more_than: int = 0, tracks: int = 1) -> None:
    for _ in range(600):
        shown = await page.evaluate(f"seen.tracks.length >= {tracks} ? frames_shown() : 0")
        if shown > more_than + 10:
            return
        await asyncio.sleep(0.1)
    raise AssertionError(await page.evaluate("JSON.stringify(seen)"))


async def test_two_browsers_see_each_other_and_again_after_the_media_process_was_killed(
    site: dict[str, Any],
) -> None:
    media: MediaProcess = site["media"]
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path="/usr/bin/chromium", args=ARGUMENTS)
        clinic, home = [await open_page(browser, site["address"], seat) for seat in ("clinic", "home")]
        path = await clinic.evaluate("path()")
        assert path["signalling"] and path["media"], path

        await _begin(clinic, home)
        await _camera_off_is_told(clinic, home)
        await _killed_and_back(media, clinic, home)

        await home.evaluate("call.leave()")
        await clinic.wait_for_function("seen.seats.some((s) => !s.self && !s.connected)", timeout=60_000)
        await browser.close()


async def _begin(*pages: Page) -> None:
    for page in pages:
        await page.evaluate("begin()")
    await asyncio.gather(*(sees(page) for page in pages))
    assert [s["seat"] for s in await pages[0].evaluate("seen.seats")] == ["clinic", "home"]
    for page in pages:
        await page.wait_for_function("seen.quality.some((q) => q.framesDecoded > 0)", timeout=60_000)


async def _camera_off_is_told(clinic: Page, home: Page) -> None:
    await clinic.evaluate("call.setMuted({ video: true })")
    await home.wait_for_function("!seen.seats[0].video && seen.seats[0].audio", timeout=60_000)
    await clinic.evaluate("call.setMuted({ video: false })")
    await home.wait_for_function("seen.seats[0].video", timeout=60_000)


async def _killed_and_back(media: MediaProcess, *pages: Page) -> None:
    first = [await page.evaluate("frames_shown()") for page in pages]
    await media.kill()
    for page in pages:
        await page.wait_for_function("seen.states.at(-1) === 'reconnecting'", timeout=60_000)
    await media.start()
    await asyncio.gather(*(sees(page, tracks=2) for page in pages))
    again = [await page.evaluate("frames_shown()") for page in pages]
    print("frames decoded before the kill", first, "and by the new connection", again)
    for page in pages:
        assert await page.evaluate("seen.states.at(-1)") == "connected"


async def test_a_page_whose_network_lets_no_datagram_through_says_so_and_sees_when_it_does(
    site: dict[str, Any],
) -> None:
    media: MediaProcess = site["media"]
    await media.stop()
    media.environment |= {"LAEGEBRO_MEDIA_ADDRESSES": "127.0.0.1", "LAEGEBRO_MEDIA_ANNOUNCED": "127.0.0.1=127.0.0.1:9"}
    await media.start()
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path="/usr/bin/chromium", args=ARGUMENTS)
        clinic, home = [await open_page(browser, site["address"], seat) for seat in ("clinic", "home")]
        await clinic.evaluate("begin()")
        await clinic.wait_for_function("seen.states.at(-1) === 'blocked'", timeout=60_000)
        assert await clinic.evaluate("seen.states") == ["connecting", "blocked"]
        path = await clinic.evaluate("path()")
        assert path["signalling"] and not path["media"], path
        del media.environment["LAEGEBRO_MEDIA_ANNOUNCED"]
        await media.stop()
        await media.start()
        await home.evaluate("begin()")
        await asyncio.gather(*(sees(page) for page in (clinic, home)))
        await browser.close()
