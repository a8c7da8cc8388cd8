"""A browser that makes no sound before a press: the call page is loaded anew without one, says so, and *Start lyden*
brings the sound; both sides are told meanwhile."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from simulators.demo.stack import Stack
from tests.support.pages.browsing import CHROMIUM, FLAGS, PATIENCE, new_context
from tests.support.pages.journeys import ClinicAtScreen, NurseAtScreen, both_see_each_other, usable

pytest_plugins = ["tests.support.pages.chromium"]
pytestmark = [pytest.mark.journey, pytest.mark.browser, pytest.mark.timeout(900)]

# Playwright's own looks at a page count as a person's gesture, so the page itself tells when it asks for a press.
ASKING = """
setInterval(() => {
  const [video, button] = ["remote", "start-sound"].map((id) => document.getElementById(id));
  if (video?.srcObject) window.__soundIs(video.paused, button.hidden, button.textContent);
}, 100);
"""
BLOCKED = (True, False, "Start lyden")  # paused, and asked for
HEARD = """async () => {
  const video = document.getElementById("remote");
  if (video.paused || video.muted || !video.volume) return false;
  for (const connection of window.__connections) {
    if (connection.signalingState === "closed") continue;
    for (const one of (await connection.getStats()).values()) {
      if (one.type === "inbound-rtp" && one.kind === "audio" && one.audioLevel > 0) return true;
    }
  }
  return false;
}"""


@pytest.fixture
def strict(chromium: Browser) -> Iterator[Browser]:
    """Chromium as it is where nobody has pressed anything on the page yet, whatever was pressed on an earlier one."""
    arguments = [*FLAGS, "--autoplay-policy=user-gesture-required"]
    browser = chromium.browser_type.launch(executable_path=str(CHROMIUM), args=arguments)
    yield browser
    browser.close()


class Screen:
    """A person's page, and what it last said of its sound without being looked at."""

    def __init__(self, context: BrowserContext) -> None:
        self.said: tuple[object, ...] = ()
        context.expose_binding("__soundIs", self._hear)
        context.add_init_script(ASKING)

    def _hear(self, _source: object, *said: object) -> None:
        self.said = said

    def is_loaded_anew(self, page: Page) -> None:
        page.reload(wait_until="commit")
        self.said = ()
        for _ in range(PATIENCE // 100):
            page.wait_for_timeout(100)
            if self.said == BLOCKED:
                return
        raise AssertionError(self.said)


def test_after_a_reload_the_sound_is_one_press_away_and_both_sides_are_told(
    strict: Browser, stack: Stack, contexts: list[BrowserContext]
) -> None:
    contexts += [new_context(strict), new_context(strict)]
    screens = [Screen(context) for context in contexts]
    nurse, clinic = NurseAtScreen(contexts[0], stack), ClinicAtScreen(contexts[1], stack, "peter")
    nurse.stand_in_queue("r-1013")
    clinic.opens_the_waiting_room()
    clinic.opens("Ejnar Efterår")
    clinic.takes()
    nurse.answers_the_ring()
    both_see_each_other(nurse.page, clinic.page, "at first")
    screens[0].is_loaded_anew(nurse.page)
    _is_told_and_presses(nurse.page, "I kan ikke høre lægen lige nu.", clinic.page, "De kan ikke høre dig.")
    screens[1].is_loaded_anew(clinic.page)
    _is_told_and_presses(clinic.page, "Du kan ikke høre dem lige nu.", nurse.page, "Lægen kan ikke høre jer.")


def _is_told_and_presses(silent: Page, own: str, other: Page, theirs: str) -> None:
    expect(silent.get_by_test_id("hearing")).to_have_text(own)
    expect(other.get_by_test_id("hearing")).to_have_text(theirs)
    usable(silent, f"sound-blocked-{silent.url.split('/')[3]}")
    silent.get_by_test_id("start-sound").press("Enter")
    expect(silent.get_by_test_id("start-sound")).to_be_hidden()
    silent.wait_for_function(HEARD)
    for page in (silent, other):
        expect(page.get_by_test_id("hearing")).to_be_hidden()
    both_see_each_other(silent, other, "after the press")
