"""What two people at their screens wait for: the pictures after a call is taken, and the word that a page is old.

    python -m bench.pages.two_people [--quick]

Real processes, two chromium with an invented camera. *Warm*: both pages are open and the cameras allowed. The nurse
presses *Deltag nu* as soon as it is there. Dead is the line of either side, or the web process while something happens.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

from playwright.sync_api import Page, expect, sync_playwright

from bench.figures import Figures, percentile
from gateway.domain.consultation import ringing
from gateway.domain.people import SYSTEM
from simulators.demo.stack import Stack
from tests.support.pages.browsing import PATIENCE
from tests.support.pages.parted import WHO, Parted, parted, shown

PICTURE = """() => new Promise((done) => {
  const look = () => {
    const video = document.querySelector("#remote");
    if (video?.videoWidth > 0 && video.getVideoPlaybackQuality().totalVideoFrames > 0) done(Date.now());
    else setTimeout(look, 20);
  };
  look();
})"""
OLD = "Ikke opdateret siden kl."


def warm_accept(both: Parted) -> float:
    """Seconds from *Tag kaldet* until both see each other."""
    both.clinic.opens(WHO)
    begun = datetime.now(UTC).timestamp()
    both.clinic.takes()
    both.nurse.page.get_by_test_id("join").click()
    seen = [page.evaluate(PICTURE) for page in (both.nurse.page, both.clinic.page)]
    return max(seen) / 1000 - begun


def _once_more(both: Parted) -> None:
    expect(both.clinic.page.get_by_test_id("call-status")).to_have_text("Samtalen er i gang")
    both.nurse.hangs_up()
    both.nurse.approves(clinician="Peter Vang")
    both.nurse.logs_the_citizen_out()
    both.clinic.page.get_by_test_id("finish").click()
    both.nurse.stand_in_queue_again("r-1013")
    both.hers.holds(both.nurse.page)
    expect(both.nurse.page.get_by_test_id("check-verdict")).to_contain_text("er i orden")


def as_fresh(both: Parted, page: Page, begin: Callable[[], object], end: Callable[[], object]) -> float:
    """Seconds for which ``page`` shows what it cannot know any more, and does not say so."""
    at, device = datetime.now(UTC), both.hers if page is both.nurse.page else both.theirs
    begin()
    expect(shown(page, OLD)).to_be_visible()
    age = device.old_after(at)
    end()
    expect(shown(page, OLD)).to_have_count(0)
    assert age is not None
    return age


def old_states(both: Parted) -> Iterator[float]:
    web = both.stack["web"]
    yield as_fresh(both, both.nurse.page, both.hers.line_goes_dead, both.hers.line_lives)
    yield as_fresh(both, both.clinic.page, both.theirs.line_goes_dead, both.theirs.line_lives)
    for name, page in (("Anna Bo", both.nurse.page), ("Bo Ann", both.clinic.page)):

        def stops(name: str = name) -> None:
            web.freeze()
            both.happens(lambda c: ringing.name_clinician(c, name, datetime.now(UTC), SYSTEM))

        yield as_fresh(both, page, stops, web.thaw)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true")
    rounds = 3 if parser.parse_args().quick else 10
    with Stack() as stack, sync_playwright() as playwright, parted(playwright.chromium, stack) as both:
        expect.set_options(timeout=PATIENCE)
        both.wait()
        expect(both.nurse.page.get_by_test_id("check-verdict")).to_contain_text("er i orden")
        took = [warm_accept(both)]
        for _ in range(rounds - 1):
            _once_more(both)
            took.append(warm_accept(both))
        stood = list(old_states(both))
    print("seconds of each:", *(f"{each:.2f}" for each in took), "| stood:", *(f"{each:.1f}" for each in stood))
    figures = Figures()
    figures.at_most("warm_accept_to_both_pictures_p50", percentile(took, 0.5), "s", 2.5)
    figures.at_most("old_state_as_fresh_most", max(stood), "s", 10)
    return figures.exit_code()


if __name__ == "__main__":
    raise SystemExit(main())
