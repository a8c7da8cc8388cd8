"""What two people in a call see when the nurse's network changes, and when her camera and microphone go and come back.

    python -m bench.pages.in_call [--quick] [networks] [devices]

Real processes and pages, two chromium with an invented camera. *networks* (as root): the nurse's browser has two ways
to this machine, and the one in use goes down. The figure is the longest time without a new picture on either side.
*devices*: her permission is withdrawn, so that the browser ends both tracks, and given back.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from typing import Final
from urllib.parse import urlsplit

from playwright.sync_api import Browser, BrowserType, Page, expect, sync_playwright

from bench.figures import Figures, percentile
from bench.pages.two_networks import HERE, TwoNetworks
from simulators.demo.stack import Stack
from tests.support.pages.browser import CHROMIUM
from tests.support.pages.browsing import FAKE_CAMERA, FLAGS, PATIENCE, new_context
from tests.support.pages.journeys import ClinicAtScreen, NurseAtScreen, both_see_each_other
from tests.support.pages.parted import RECORD, WHO

# Moments (ms since 1970) at which the large picture was another one than 20 ms before.
WATCHED: Final = """() => {
  window.__pictures = [];
  let last = -1;
  setInterval(() => {
    const count = document.querySelector("#remote")?.getVideoPlaybackQuality().totalVideoFrames ?? -1;
    if (count !== last && count > 0) window.__pictures.push(Date.now());
    last = count;
  }, 20);
}"""
LONGEST: Final = """([from, until]) => {
  const moments = [from, ...window.__pictures.filter((at) => at > from && at < until), until];
  return Math.max(...moments.slice(1).map((at, place) => at - moments[place])) / 1000;
}"""
# The address from which the newest connection sends.
SENDS_FROM: Final = """async () => {
  const report = await window.__connections.filter((each) => each.connectionState === "connected").at(-1).getStats();
  const transport = [...report.values()].find((each) => each.type === "transport");
  return report.get(report.get(transport.selectedCandidatePairId).localCandidateId).address;
}"""
# The moment (ms since 1970) at which the place is shown, or hidden.
SEEN: Final = """([id, shown]) => new Promise((done) => {
  const look = () => {
    const place = document.querySelector(`[data-testid="${id}"]`);
    if (Boolean(place?.checkVisibility()) === shown) done(Date.now());
    else setTimeout(look, 20);
  };
  look();
})"""
SETTLED: Final = 8.0  # seconds that are looked at after a change
GONE: Final = 5.0  # within which both sides must have been told of a device
BOTH: Final = ["camera", "microphone"]


def longest_without(pages: tuple[Page, Page], happen: Callable[[], None]) -> float:
    """Seconds; ``SETTLED`` where no picture came back on one of them."""
    begun = time.time() * 1000
    happen()
    pages[0].wait_for_timeout(SETTLED * 1000)
    span = [begun, begun + SETTLED * 1000]
    return max(float(page.evaluate(LONGEST, span)) for page in pages)


@contextmanager
def talking(hers: Browser, theirs: Browser, stack: Stack) -> Iterator[tuple[Page, Page]]:
    """The pages of the nurse and of the clinic, in a call."""
    contexts = (new_context(hers), new_context(theirs))
    for context in contexts:
        context.grant_permissions(BOTH)
    nurse, clinic = NurseAtScreen(contexts[0], stack), ClinicAtScreen(contexts[1], stack, "peter")
    nurse.stand_in_queue(RECORD)
    clinic.opens_the_waiting_room()
    clinic.opens(WHO)
    clinic.takes()
    nurse.answers_the_ring()
    both_see_each_other(nurse.page, clinic.page, "at first")
    for page in (nurse.page, clinic.page):
        page.evaluate(WATCHED)
    yield nurse.page, clinic.page


def networks(kind: BrowserType, rounds: int, figures: Figures) -> None:
    with ExitStack() as held:
        ways = held.enter_context(TwoNetworks())
        stack = held.enter_context(Stack(environment={"LAEGEBRO_MEDIA_ADDRESSES": f"127.0.0.1,{HERE}"}))
        addresses = (
            stack.gateway_url,
            stack.live_url,
            stack.media_url,
            stack["eoj"].address,
            stack["identity"].address,
        )
        ways.carry(int(urlsplit(url).port or 0) for url in addresses)
        there = f"--host-resolver-rules=MAP *.localhost {HERE}"
        hers = kind.launch(executable_path=str(ways.program(CHROMIUM)), args=[*FLAGS, there])
        theirs = kind.launch(executable_path=str(CHROMIUM), args=[*FLAGS])
        pages = held.enter_context(talking(hers, theirs, stack))
        took = []
        for _ in range(rounds):
            used = int(pages[0].evaluate(SENDS_FROM).split(".")[2]) - 1
            took.append(longest_without(pages, partial(ways.close, used)))
            ways.open(used)
            pages[0].wait_for_timeout(2000)
        both_see_each_other(*pages, "after the last change")
        for browser in (hers, theirs):
            browser.close()
    print("seconds without a picture:", *(f"{each:.2f}" for each in took))
    figures.at_most("network_changes_without_a_way_back", sum(each >= SETTLED for each in took), "calls", 0)
    figures.at_most("network_change_without_picture_p50", percentile(took, 0.5), "s", 3)
    figures.at_most("network_change_without_picture_p99", percentile(took, 0.99), "s", 3)


def _until(page: Page, test_id: str, visible: bool) -> float:
    """The moment (seconds since 1970) at which it is."""
    return float(page.evaluate(SEEN, [test_id, visible])) / 1000


def lost_once(nurse: Page, clinic: Page) -> tuple[float, float]:
    """Seconds until both were told that her devices are gone, and from their return until both see each other."""
    begun = time.time()
    nurse.context.clear_permissions()
    told = max(_until(nurse, "devices", True), _until(clinic, "other-devices", True)) - begun
    nurse.wait_for_timeout(2000)
    returned = time.time()
    nurse.context.grant_permissions(BOTH)
    well = [_until(nurse, "devices", False), _until(clinic, "other-devices", False)]
    clinic.wait_for_function("(from) => window.__pictures.at(-1) > from", arg=returned * 1000)
    picture = clinic.evaluate("(from) => window.__pictures.find((at) => at > from)", returned * 1000)
    return told, max(*well, float(picture) / 1000) - returned


def devices(kind: BrowserType, rounds: int, figures: Figures) -> None:
    flags = ["--no-sandbox", f"{FAKE_CAMERA},device-count=3"]  # permissions can be withdrawn
    with Stack() as stack:
        hers, theirs = (kind.launch(executable_path=str(CHROMIUM), args=flags) for _ in range(2))
        with talking(hers, theirs, stack) as pages:
            lost = []
            for _ in range(rounds):
                lost.append(lost_once(*pages))
                pages[0].wait_for_timeout(1000)
            both_see_each_other(*pages, "after the last loss")
        for browser in (hers, theirs):
            browser.close()
    told, back = zip(*lost, strict=True)
    print("seconds until told, and back:", *(f"{a:.2f}/{b:.2f}" for a, b in lost))
    figures.at_most("device_losses_silent", sum(each > GONE for each in told), "losses", 0)
    figures.at_most("device_loss_told_p99", percentile(told, 0.99), "s", GONE)
    figures.at_most("device_back_p50", percentile(back, 0.5), "s", 2)
    figures.at_most("device_back_p99", percentile(back, 0.99), "s", 2)


PARTS: Final = {"networks": networks, "devices": devices}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("parts", nargs="*", choices=[*PARTS, []])
    arguments = parser.parse_args()
    figures = Figures()
    expect.set_options(timeout=PATIENCE)
    with sync_playwright() as playwright:
        for part in arguments.parts or PARTS:
            PARTS[part](playwright.chromium, 2 if arguments.quick else 20, figures)
    return figures.exit_code()


if __name__ == "__main__":
    raise SystemExit(main())
