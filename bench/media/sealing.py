"""What end-to-end encryption costs a page: each frame's time through sealing and opening, in Chromium.

Frames of a call at 2.5 Mbit/s: picture 30 times a second with 10 kB each, sound 50 times with 100 octets, one side up,
one down. The time is that of one frame after the other in one thread, waiting for the cipher included, so the share of
a core is an upper bound. ``python -m bench.media.sealing [--quick]``.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
from pathlib import Path
from typing import Any, Final

from aiohttp import web
from playwright.async_api import async_playwright

from bench.figures import Figures, percentile

SCRIPTS: Final = Path(__file__).parents[2] / "gateway/web/static/js"
PER_SECOND: Final = {"video": 30, "audio": 50}
MEASURE: Final = """async ([kind, size, count]) => {
  const { Vault } = await import("/js/encryption/vault.js");
  const { freshKey } = await import("/js/encryption/agreement.js");
  const key = freshKey(), [from, to] = [new Vault(() => {}), new Vault(() => {})];
  await from.use({ own: key, others: [], plain: false });
  await to.use({ own: null, others: [key], plain: false });
  const stream = to.incoming(kind), took = [];
  for (let turn = 0; turn < count; turn += 1) {
    const frame = crypto.getRandomValues(new Uint8Array(size));
    const began = performance.now();
    const opened = await to.open(await from.seal(frame, kind), stream);
    took.push(performance.now() - began);
    if (opened.length !== size) throw new Error("spoilt");
  }
  return took;
}"""


async def measure(frames: int) -> dict[str, list[float]]:
    """Milliseconds of each frame, by kind."""
    app = web.Application()
    app.router.add_static("/js", SCRIPTS)
    app.router.add_get("/", _page)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "localhost", 0).start()
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        page = await browser.new_page()
        await page.goto(f"http://localhost:{runner.addresses[0][1]}/")
        took: dict[str, Any] = {}
        for kind, size in (("video", 10_000), ("audio", 100)):
            await page.evaluate(MEASURE, [kind, size, 200])  # compiled before it counts
            took[kind] = await page.evaluate(MEASURE, [kind, size, frames])
        await browser.close()
    await runner.cleanup()
    return took


async def _page(_request: web.Request) -> web.Response:
    return web.Response(text="<!doctype html><title>sealing</title>", content_type="text/html")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="500 frames of each kind instead of 10,000")
    took = asyncio.run(measure(500 if parser.parse_args().quick else 10_000))
    figures = Figures()
    for kind, limit in (("video", 5.0), ("audio", 3.0)):
        figures.at_most(f"sealed_{kind}_frame_p50", percentile(took[kind], 0.5), "ms", 0.5)
        figures.at_most(f"sealed_{kind}_frame_p99", percentile(took[kind], 0.99), "ms", limit)
    busy = sum(PER_SECOND[kind] * sum(each) / len(each) for kind, each in took.items()) / 1000
    figures.at_most("sealed_call_share_of_core", 100 * busy, "%", 10)
    return figures.exit_code()


if __name__ == "__main__":
    sys.exit(main())
