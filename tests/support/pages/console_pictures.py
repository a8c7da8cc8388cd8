"""Takes the pictures of the console in docs/operating.md: ``python -m tests.support.pages.console_pictures
docs/pictures``. Invented people and practices; what whoever is on call opens at night also at telephone size."""

from __future__ import annotations

import argparse
from pathlib import Path
from tempfile import TemporaryDirectory

from playwright.sync_api import sync_playwright

from gateway.access import CONSOLE_COOKIE
from tests.support.pages.browser import CHROMIUM
from tests.support.pages.browsing import DESKTOP
from tests.support.pages.console_pages import furnished
from tests.support.pages.pictures import Album
from tests.support.pages.sheet import showing

# Name of the picture, address, and whether it is taken at telephone size too.
TAKEN = (
    ("console-overview", "/konsol/forbindelser", True),
    ("console-handling", "/konsol/kraever-handling", True),
    ("console-practices", "/konsol/klinikker", False),
    ("console-statistics", "/konsol/statistik", False),
    ("console-access", "/konsol/adgange", False),
    ("console-surroundings", "/konsol/miljoe", False),
)


def main() -> int:
    parser = argparse.ArgumentParser(description="Take the pictures of the console anew.")
    parser.add_argument("folder", type=Path)
    album = Album(parser.parse_args().folder)
    with TemporaryDirectory() as folder, showing(Path(folder)) as shown, sync_playwright() as playwright:
        furnished(shown.stage)
        with playwright.chromium.launch(executable_path=str(CHROMIUM), args=["--no-sandbox"]) as browser:
            context = browser.new_context(locale="da-DK", timezone_id="Europe/Copenhagen", viewport=DESKTOP)
            session = {"name": CONSOLE_COOKIE, "value": shown.stage.admin.token, "url": shown.origin}
            context.add_cookies([session])  # type: ignore[list-item]
            page = context.new_page()
            for name, address, phone in TAKEN:
                page.goto(shown.origin + address)
                album.take(page, name, phone=phone)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
