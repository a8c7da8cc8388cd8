"""The whole product on one page: every state (states.py) at two widths, in two languages, light and dark.

``python -m tests.support.pages.sheet var/contact-sheet`` writes the pictures and ``index.html``.
"""

from __future__ import annotations

import argparse
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from tempfile import TemporaryDirectory

from playwright.sync_api import Browser, Page
from werkzeug.serving import make_server

from gateway.web.languages import COOKIE as LANGUAGE
from tests.support.pages.browsing import DESKTOP, PHONE, running_chromium
from tests.support.pages.states import STATES, made
from tests.unit.web.acts.stage import Stage

HEAD = """<!doctype html><html lang="en"><meta charset="utf-8"><title>Every state of every page</title>
<style>body { font: 14px sans-serif } td { vertical-align: top } img { width: 230px; border: 1px solid #999 }
thead th { position: sticky; top: 0; background: #fff }</style>
"""
LONGEST = 2400  # pixels of a page in a picture


@dataclass(frozen=True)
class Look:
    """One way in which a page is looked at."""

    size: str
    language: str
    scheme: str

    @property
    def word(self) -> str:
        return f"{self.size}-{self.language}-{self.scheme}"


SIZES = {"1280": DESKTOP, "390": PHONE}
LOOKS = [Look(*parts) for parts in product(SIZES, ("da", "en"), ("light", "dark"))]


class Showing:
    """A gateway with its pages on a socket of its own. ``origin``: where a browser reaches them."""

    def __init__(self, folder: Path, **settings: str) -> None:
        self.server = make_server("127.0.0.1", 0, _nothing_yet, threaded=True)
        self.origin = f"http://127.0.0.1:{self.server.server_port}"
        self.stage = Stage(folder, public_url=self.origin, live_url=self.origin, media_url=self.origin, **settings)
        self.server.app = self.stage.world.app


def _nothing_yet(_environ: object, _start: object) -> list[bytes]:
    raise RuntimeError("the port is known before the pages are")


@contextmanager
def showing(folder: Path, **settings: str) -> Iterator[Showing]:
    shown = Showing(folder, **settings)
    thread = threading.Thread(target=shown.server.serve_forever, daemon=True)
    thread.start()
    try:
        yield shown
    finally:
        shown.server.shutdown()
        thread.join()


@contextmanager
def opened(browser: Browser, look: Look, shown: Showing, name: str, locale: str = "da-DK") -> Iterator[Page]:
    """The state's page in a profile of its own, at rest. ``locale``: what the browser itself speaks."""
    cookie, token, address = made(shown.stage, name)
    scheme = "dark" if look.scheme == "dark" else "light"
    context = browser.new_context(
        locale=locale, timezone_id="Europe/Copenhagen", viewport=SIZES[look.size], color_scheme=scheme
    )
    kept = {LANGUAGE: look.language} | ({cookie: token} if cookie else {})
    context.add_cookies([{"name": n, "value": v, "url": shown.origin} for n, v in kept.items()])
    page = context.new_page()
    try:
        page.goto(shown.origin + address, wait_until="load")
        page.evaluate("() => document.fonts.ready")
        yield page
    finally:
        context.close()


def picture(page: Page, path: Path, size: str) -> None:
    width = SIZES[size]["width"]
    height: int = page.evaluate("document.documentElement.scrollHeight")
    page.set_viewport_size({"width": width, "height": min(max(height, SIZES[size]["height"]), LONGEST)})
    page.screenshot(path=path, type="jpeg", quality=55, animations="disabled", caret="hide")


def write_sheet(folder: Path, looks: list[Look]) -> Path:
    """One row a state, one column a look."""
    head = "".join(f"<th>{look.word}</th>" for look in looks)
    rows = "".join(_row(name, looks) for name in STATES)
    index = folder / "index.html"
    table = f"<table><thead><tr><th></th>{head}</tr></thead><tbody>{rows}</tbody></table>"
    index.write_text(HEAD + table, encoding="utf-8")
    return index


def _row(name: str, looks: list[Look]) -> str:
    files = [(look, f"{name}-{look.word}.jpg") for look in looks]
    shown = (f'<a href="{f}"><img loading="lazy" src="{f}" alt="{name}, {look.word}"></a>' for look, f in files)
    return f'<tr><th scope="row">{name}</th>' + "".join(f"<td>{each}</td>" for each in shown) + "</tr>"


def main() -> int:
    parser = argparse.ArgumentParser(description="Every state of every page on one sheet.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--look", action="append", help="such as 390-da-dark; all eight where none is named")
    said = parser.parse_args()
    looks = [look for look in LOOKS if not said.look or look.word in said.look]
    said.folder.mkdir(parents=True, exist_ok=True)
    with ExitStack() as stack:
        shown = stack.enter_context(showing(Path(stack.enter_context(TemporaryDirectory()))))
        browser = stack.enter_context(running_chromium())
        for look, name in product(looks, STATES):
            with opened(browser, look, shown, name) as page:
                picture(page, said.folder / f"{name}-{look.word}.jpg", look.size)
    print(write_sheet(said.folder, looks))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
