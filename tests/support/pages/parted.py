"""Two people who wait and talk, each at a device of her own: its way to the servers can go dead, and it can sleep.

What either page says about the connection is kept as it changes, so that also what stood for a moment is known.
"""

from __future__ import annotations

import re
import signal
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID
from zoneinfo import ZoneInfo

import psutil  # type: ignore[import-untyped]  # no stubs of its own
import pytest
from playwright.sync_api import BrowserContext, BrowserType, CDPSession, Page

from gateway import settings
from gateway.domain.consultation.aggregate import Consultation
from gateway.domain.scope import SystemScope
from gateway.services.changing import change
from gateway.wiring import Gateway
from simulators.demo.processes import free_port
from simulators.demo.stack import Stack
from tests.support.pages.browser import CHROMIUM
from tests.support.pages.browsing import FLAGS, new_context
from tests.support.pages.half_open import Line
from tests.support.pages.journeys import ClinicAtScreen, NurseAtScreen

WHO, RECORD = "Ejnar Efterår", "r-1013"
PLACES = "#stale, #newer, #cut, #call-words, #trouble, #hearing"  # where a page says what is wrong with the connection
TELLING = """
((places) => {
  const CHANGES = { subtree: true, childList: true, characterData: true, attributes: true };
  let last = "";
  const look = () => {
    const said = {};
    for (const each of document.querySelectorAll(places)) {
      if (each.checkVisibility() && each.textContent.trim()) said[each.id] = each.textContent.trim();
    }
    const now = JSON.stringify(said);
    if (now !== last) window.__told(Date.now(), said);
    last = now;
  };
  addEventListener("DOMContentLoaded", () => {
    look();
    new MutationObserver(look).observe(document.body, CHANGES);
  });
})"""
CLOCK = re.compile(r"kl\. (\d\d)\.(\d\d)\.(\d\d)")
COPENHAGEN = ZoneInfo("Europe/Copenhagen")
CONNECTED = {"offline": False, "latency": 1, "downloadThroughput": -1, "uploadThroughput": -1, "packetLoss": 0}


@dataclass(frozen=True)
class Told:
    """What stood on a page from a moment on (milliseconds since 1970), by the place where it stood."""

    at: int
    said: Mapping[str, str]


class Device:
    """A browser process of its own; its connections to web, live and media go through lines of the test."""

    def __init__(self, kind: BrowserType, stack: Stack) -> None:
        targets = [_port(url) for url in (stack.gateway_url, stack.live_url, stack.media_url)]
        ports = [free_port() for _ in targets]
        self._lines = [Line(port, target) for port, target in zip(ports, targets, strict=True)]
        ways = zip(targets, ports, strict=True)
        self._mark = ",".join(f"MAP gateway.localhost:{target} 127.0.0.1:{port}" for target, port in ways)
        flags = [*FLAGS, f"--host-resolver-rules={self._mark}"]
        self._browser = kind.launch(executable_path=str(CHROMIUM), args=flags)
        self.context: BrowserContext = new_context(self._browser)
        self.told: list[Told] = []
        self.context.expose_binding("__told", lambda _source, at, said: self.told.append(Told(int(at), said)))
        self.context.add_init_script(f"{TELLING}('{PLACES}, #quality');")
        self._network: CDPSession | None = None

    def holds(self, page: Page) -> None:
        """Its packets of picture and sound can be lost from now on; to be called before there are any."""
        self._network = self.context.new_cdp_session(page)
        self._network.send("Network.enable")
        self._pass_on()

    def since(self, at: datetime) -> list[Told]:
        return [each for each in self.told if each.at >= at.timestamp() * 1000]

    def old_after(self, at: datetime) -> float | None:
        """Seconds from ``at``, when the page lost sight of what is true, until it said so; none where it never did."""
        found = next((each for each in self.since(at) if "stale" in each.said), None)
        return None if found is None else found.at / 1000 - at.timestamp()

    def claims_nothing_after(self, at: datetime) -> bool:
        """Whether each "Ikke opdateret siden kl. …" said since ``at`` names a moment before it (whole seconds)."""
        named = [CLOCK.search(each.said["stale"]) for each in self.since(at) if "stale" in each.said]
        claimed = [tuple(int(part) for part in found.groups()) for found in named if found]
        lost = at.astimezone(COPENHAGEN)
        since_midnight = lost.hour * 3600 + lost.minute * 60 + lost.second
        behind = [(since_midnight - (h * 3600 + m * 60 + s)) % 86400 for h, m, s in claimed]
        return len(claimed) == len(named) and all(seconds < 3600 for seconds in behind)

    def line_goes_dead(self) -> None:
        """Nothing gets through, and no connection is closed."""
        for line in self._lines:
            line.freeze()
        self._pass_on(packetLoss=100)

    def line_lives(self) -> None:
        self._pass_on()
        for line in self._lines:
            line.thaw()

    def leaves_its_network(self) -> None:
        """Its connections end, and there are no others for the moment."""
        self._pass_on(offline=True)
        for line in self._lines:
            line.thaw()

    def falls_asleep(self) -> None:
        self.line_goes_dead()
        self._signal(signal.SIGSTOP)

    def wakes_without_a_line(self) -> None:
        self._signal(signal.SIGCONT)

    def close(self) -> None:
        self._signal(signal.SIGCONT)
        self._browser.close()
        for line in self._lines:
            line.close()

    def _pass_on(self, **conditions: object) -> None:
        if self._network is not None:
            self._network.send("Network.emulateNetworkConditions", {**CONNECTED, **conditions})

    def _signal(self, number: signal.Signals) -> None:
        """To this browser and all it has started."""
        ours = psutil.Process().children(recursive=True)
        for browser in [each for each in ours if each.is_running() and self._mark in " ".join(each.cmdline())]:
            for each in [browser, *browser.children(recursive=True)]:
                each.send_signal(number)


def _port(url: str) -> int:
    port = urlsplit(url).port
    assert port is not None
    return port


class Parted:
    """The nurse at one device, somebody of a clinic that works in our waiting room at the other."""

    def __init__(self, kind: BrowserType, stack: Stack) -> None:
        self.stack = stack
        self.hers, self.theirs = Device(kind, stack), Device(kind, stack)
        self.nurse = NurseAtScreen(self.hers.context, stack)
        self.clinic = ClinicAtScreen(self.theirs.context, stack, "peter")
        self.gateway = Gateway(settings.load(environ=stack.environment))

    def wait(self) -> None:
        self.clinic.opens_the_waiting_room()
        self.theirs.holds(self.clinic.page)
        self.nurse.stand_in_queue(RECORD)
        self.hers.holds(self.nurse.page)
        self.nurse.is_received()

    def talk(self) -> None:
        self.clinic.opens(WHO)
        self.clinic.takes()
        self.nurse.answers_the_ring()

    def happens(self, move: Callable[[Consultation], Consultation]) -> None:
        """What a clock or a practice's system does to it, without the web process."""
        with pytest.MonkeyPatch.context() as patch:
            for name, value in self.stack.environment.items():
                patch.setenv(name, value)  # its secrets are references to these
            change(self.gateway.store, SystemScope(), UUID(self.nurse.page.url.rpartition("/")[2]), move)

    def close(self) -> None:
        self.gateway.engine.dispose()
        for device in (self.hers, self.theirs):
            device.close()


@contextmanager
def parted(kind: BrowserType, stack: Stack) -> Iterator[Parted]:
    made = Parted(kind, stack)
    try:
        yield made
    finally:
        made.close()


def shown(page: Page, words: str) -> Any:
    """The place on the page where it says so to whoever looks at it."""
    return page.locator(PLACES).filter(has_text=words, visible=True)
