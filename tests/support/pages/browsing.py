"""Debian's chromium with an invented camera and microphone, and what a browser is asked about the page it shows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, ViewportSize, expect, sync_playwright

from tests.support.pages.browser import CHROMIUM

# Ten pictures a second: each camera is encoded by the processor, and a call holds two of them.
FAKE_CAMERA = "--use-fake-device-for-media-stream=fps=10"
FLAGS = (
    "--no-sandbox",
    FAKE_CAMERA,
    "--use-fake-ui-for-media-stream",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-default-apps",
    "--disable-domain-reliability",
)
DESKTOP: ViewportSize = {"width": 1280, "height": 720}
PHONE: ViewportSize = {"width": 390, "height": 844}
NARROW: ViewportSize = {"width": 320, "height": 640}
PATIENCE = 90_000  # ms; the longest wait for a condition on a busy machine, no claim about speed

# What the browser itself counts, connection by connection: no script of the page has a say in it.
COUNTING = """
window.__connections = [];
window.RTCPeerConnection = class extends RTCPeerConnection {
  constructor(...given) { super(...given); window.__connections.push(this); }
};
window.__decoded = async () => {
  const frames = [];
  for (const connection of window.__connections) {
    if (connection.signalingState === "closed") { frames.push(0); continue; }
    let most = 0;
    for (const one of (await connection.getStats()).values()) {
      if (one.type === "inbound-rtp" && one.kind === "video") most += one.framesDecoded ?? 0;
    }
    frames.push(most);
  }
  return frames;
};
"""


@contextmanager
def running_chromium(more: Sequence[str] = ()) -> Iterator[Browser]:
    """One headless browser; ``more`` are further flags."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=[*FLAGS, *more])
        expect.set_options(timeout=PATIENCE)
        yield browser
        browser.close()


def new_context(browser: Browser, size: ViewportSize = DESKTOP) -> BrowserContext:
    """A person's own browser profile: Danish, in Copenhagen, with a camera she has allowed."""
    context = browser.new_context(locale="da-DK", timezone_id="Europe/Copenhagen", viewport=size)
    context.set_default_timeout(PATIENCE)
    context.add_init_script(COUNTING)
    return context


def decoded(page: Page) -> int:
    """Video frames decoded by the page's newest connection."""
    frames: list[int] = page.evaluate("window.__decoded()")
    return frames[-1] if frames else 0


def frames_grow(page: Page, more: int = 20) -> tuple[int, int]:
    """Wait until ``more`` frames have been decoded by one connection; (before, after)."""
    before, connections = decoded(page), page.evaluate("window.__connections.length")
    for _ in range(PATIENCE // 200):
        now = decoded(page)
        if page.evaluate("window.__connections.length") != connections:
            before, connections = 0, page.evaluate("window.__connections.length")
        elif now >= before + more:
            return before, now
        page.wait_for_timeout(200)
    raise AssertionError(f"{before} frames decoded, and no {more} more: {page.evaluate('window.__decoded()')}")


def serious_faults(page: Page) -> list[tuple[str, list[str]]]:
    """What axe calls serious or critical on the page as it stands, and of its contrasts on a dark screen."""
    found: list[dict[str, Any]] = Axe().run(page).response["violations"]
    page.emulate_media(color_scheme="dark")
    found += Axe().run(page, options={"runOnly": ["color-contrast"]}).response["violations"]
    page.emulate_media(color_scheme="light")
    grave = [each for each in found if each["impact"] in ("serious", "critical")]
    return [(each["id"], [node["html"][:200] for node in each["nodes"]]) for each in grave]


def scrolls_sideways(page: Page) -> int:
    """How many pixels the page is too wide at 320 px; the size is put back."""
    size = page.viewport_size or DESKTOP
    page.set_viewport_size(NARROW)
    wide: int = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    page.set_viewport_size(size)
    return wide
