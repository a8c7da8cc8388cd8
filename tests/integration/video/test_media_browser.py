"""Two real Chromium pages in one call: they see each other, lose the media process, and see each other again."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import av
import pytest
import pytest_asyncio
from aiohttp import web
from aiortc.codecs.vpx import VpxPayloadDescriptor
from playwright.async_api import Browser, Page, async_playwright

from tests.support.processes import tapped_media
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
window.seen = { states: [], seats: [], tracks: [], quality: [], secrecy: {} };
window.begin = async () => {
  const localStream = await camera();
  const call = window.call = new MediaCall({ fetchSeat, localStream });
  call.addEventListener("state", (e) => seen.states.push(e.detail));
  call.addEventListener("seats", (e) => { seen.seats = e.detail; });
  call.addEventListener("quality", (e) => seen.quality.push(e.detail));
  call.addEventListener("secrecy", (e) => { seen.secrecy = e.detail; });
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


async def open_page(browser: Browser, address: str, seat: str, script: str = "") -> Page:
    page = await browser.new_page()
    await page.add_init_script(script)
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
        await page.wait_for_function("seen.seats.length", timeout=60_000)
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


SEALED = b"LBE1"  # the end of each sealed frame
CANNOT = "delete window.RTCRtpScriptTransform; delete RTCRtpSender.prototype.createEncodedStreams;"
NO_VP8 = """const before = RTCPeerConnection.prototype.setRemoteDescription;
RTCPeerConnection.prototype.setRemoteDescription = function ({ type, sdp }) {
  return before.call(this, { type, sdp: sdp.replaceAll("VP8/90000", "unknown/90000") });
};"""
OLDER = "delete window.RTCRtpScriptTransform;"  # Chromium before 141


def frames(tap: Path) -> Iterator[bytes]:
    """The VP8 frames that the media process has carried; one of several packets may have got another sender's in it."""
    whole = b""
    for last, payload in tapped_media.records(tap, b"v"):
        whole += VpxPayloadDescriptor.parse(payload)[1]
        if last:
            if whole:
                yield whole
            whole = b""


def pictures(carried: list[bytes]) -> list[bytes]:
    """What a decoder makes of the key frames, each by itself: grey values."""
    found: list[bytes] = []
    for frame in carried:
        if frame[0] & 1:
            continue
        try:
            decoded = av.CodecContext.create("vp8", "r").decode(av.Packet(frame))
        except av.FFmpegError:
            continue
        found += [bytes(picture.reformat(64, 48, "gray").planes[0]) for picture in decoded]
    return found


async def agreed(*pages: Page, state: str = "sealed") -> str:
    """The numbers that all pages show once each says ``state``."""
    for page in pages:
        await page.wait_for_function(f"seen.secrecy.state === '{state}'", timeout=60_000)
    said: set[str] = set()
    for _ in range(100):
        said = {await page.evaluate("seen.secrecy.numbers") for page in pages}
        if len(said) == 1:
            return said.pop()
        await asyncio.sleep(0.1)
    raise AssertionError(said)


async def decodes_on(page: Page) -> None:
    """It decodes pictures that were not there yet, whosever they are."""
    before = await page.evaluate("seen.quality.at(-1)?.framesDecoded ?? 0")
    await page.wait_for_function(f"(seen.quality.at(-1)?.framesDecoded ?? 0) > {before + 20}", timeout=60_000)


async def test_what_the_media_process_carries_cannot_be_seen_until_a_browser_comes_that_cannot(
    site: dict[str, Any], tmp_path: Path
) -> None:
    media, tap = site["media"], tmp_path / "carried"
    await media.stop()
    media.program, media.environment["TAP"] = "tests.support.processes.tapped_media", str(tap)
    await media.start()
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path="/usr/bin/chromium", args=ARGUMENTS)
        clinic, home = [await open_page(browser, site["address"], seat) for seat in ("clinic", "home")]
        await _begin(clinic, home)
        first = await agreed(clinic, home)
        await home.reload()
        await home.wait_for_function("window.ready")
        await home.evaluate("begin()")
        await asyncio.gather(sees(home), decodes_on(clinic))
        assert await agreed(clinic, home) != first  # another page, another key
        sealed = list(frames(tap))
        assert all(frame.endswith(SEALED) for frame in sealed)
        assert len(pictures(sealed)) * 2 < sum(not frame[0] & 1 for frame in sealed)
        await _all_in_clear_and_sealed_again(browser, site["address"], clinic, home)
        assert pictures([frame for frame in frames(tap) if not frame.endswith(SEALED)])  # of those it can make one
        await browser.close()


async def test_h264_is_sealed_and_seen_too(site: dict[str, Any]) -> None:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path="/usr/bin/chromium", args=ARGUMENTS)
        pages = [await open_page(browser, site["address"], seat, NO_VP8) for seat in ("clinic", "home")]
        await _begin(*pages)
        await agreed(*pages)
        await asyncio.gather(*(decodes_on(page) for page in pages))
        codecs = "(async () => [...(await newest.getStats()).values()].map((one) => one.mimeType))()"
        assert "video/H264" in await pages[0].evaluate(codecs)
        await browser.close()


async def _all_in_clear_and_sealed_again(browser: Browser, address: str, *pages: Page) -> None:
    guest = await open_page(browser, address, "guest", CANNOT)
    await guest.evaluate("begin()")
    await sees(guest, tracks=2)
    await agreed(*pages, guest, state="plain")
    assert [await page.evaluate("seen.secrecy.able") for page in (*pages, guest)] == [True, True, False]
    await asyncio.gather(*(decodes_on(page) for page in pages))
    await guest.close()
    older = await open_page(browser, address, "guest", OLDER)
    await older.evaluate("begin()")
    await sees(older, tracks=2)
    await agreed(*pages, older)
    await asyncio.gather(*(decodes_on(page) for page in (*pages, older)))
