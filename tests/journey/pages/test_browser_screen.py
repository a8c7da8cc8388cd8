"""The doctor shows a tab of her browser instead of herself: large and in words on the other side, then she is back.

The browser really captures the tab; only its dialog, which a person would answer, chooses by the tab's title.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from simulators.demo.stack import Stack
from tests.support.pages.browsing import FAKE_CAMERA, PATIENCE, frames_grow, new_context
from tests.support.pages.journeys import ClinicAtScreen, NurseAtScreen, both_see_each_other, usable
from tests.support.processes.kills import Killer

pytest_plugins = ["tests.support.pages.chromium"]
pytestmark = [pytest.mark.journey, pytest.mark.browser, pytest.mark.timeout(900)]

TITLE = "Svar fra laboratoriet"
SHOWN = {"width": 1000, "height": 640}
CAMERA_RATIO = 16 / 9
# A page on which something moves, as text being scrolled: the browser sends a picture only where one has changed.
ANSWER = f"""<!doctype html><title>{TITLE}</title><h1>{TITLE}</h1><p id="moves"></p>
<script>setInterval(() => {{ document.getElementById("moves").textContent = performance.now(); }}, 100);</script>"""
KEPT = """
window.__screens = [];
const pick = MediaDevices.prototype.getDisplayMedia;
MediaDevices.prototype.getDisplayMedia = async function (wish) {
  if (window.__putAway) throw new DOMException("Permission denied", "NotAllowedError");
  const stream = await pick.call(this, wish);
  window.__screens.push(...stream.getTracks());
  return stream;
};
"""
RATIO = "document.querySelector('#remote').videoWidth / document.querySelector('#remote').videoHeight"


@pytest.fixture
def picking(chromium: Browser) -> Iterator[Browser]:
    """A browser whose dialog for sharing takes the tab of that title."""
    arguments = ["--no-sandbox", FAKE_CAMERA, f"--auto-select-tab-capture-source-by-title={TITLE}"]
    browser = chromium.browser_type.launch(executable_path="/usr/bin/chromium", args=arguments)
    yield browser
    browser.close()


def test_the_doctor_shows_a_tab_and_the_camera_is_back_however_it_ends(
    picking: Browser, stack: Stack, contexts: list[BrowserContext]
) -> None:
    contexts += [new_context(picking), new_context(picking)]
    for context in contexts:
        context.grant_permissions(["camera", "microphone"])
        context.add_init_script(KEPT)
    nurse, clinic = NurseAtScreen(contexts[0], stack), ClinicAtScreen(contexts[1], stack, "peter")
    nurse.stand_in_queue("r-1013")
    clinic.opens_the_waiting_room()
    clinic.opens("Ejnar Efterår")
    clinic.takes()
    nurse.answers_the_ring()
    both_see_each_other(nurse.page, clinic.page, "before anything is shared")
    assert nurse.page.get_by_test_id("share").count() == 0
    _puts_the_dialog_away(nurse.page, clinic.page)
    answer = _opens_the_answer(contexts[1])
    _shares(nurse.page, clinic.page)
    _again_after_the_media_process_was_killed(stack, nurse.page, clinic.page)
    clinic.page.get_by_test_id("share").click()
    _camera_is_back(nurse.page, clinic.page)
    _shares(nurse.page, clinic.page)
    answer.close()
    _camera_is_back(nurse.page, clinic.page)
    _opens_the_answer(contexts[1])
    _shares(nurse.page, clinic.page)
    nurse.hangs_up()
    expect(clinic.page.get_by_test_id("after-call")).to_be_visible()
    assert clinic.page.evaluate("__screens.map((track) => track.readyState)") == ["ended"] * 3
    nurse.approves(clinician="Peter Vang")


def _puts_the_dialog_away(nurse: Page, clinic: Page) -> None:
    clinic.evaluate("window.__putAway = true")
    clinic.get_by_test_id("share").click()
    expect(clinic.get_by_test_id("sharing")).to_have_text("Intet blev delt.")
    expect(clinic.get_by_test_id("spoken-assertive")).to_have_text("Intet blev delt.")
    expect(clinic.get_by_test_id("share")).to_have_text("Del skærm")
    expect(nurse.get_by_test_id("screen-shared")).to_have_text("")
    frames_grow(nurse)
    clinic.evaluate("window.__putAway = false")
    expect(clinic.get_by_test_id("sharing")).to_be_hidden()


def _opens_the_answer(context: BrowserContext) -> Page:
    page = context.new_page()
    page.set_viewport_size(SHOWN)
    page.set_content(ANSWER)
    return page


def _shares(nurse: Page, clinic: Page) -> None:
    clinic.bring_to_front()
    clinic.get_by_test_id("share").click()
    _is_shown(nurse, clinic)
    for page in (nurse, clinic):
        usable(page, f"sharing-{page.url.split('/')[3]}")


def _is_shown(nurse: Page, clinic: Page) -> None:
    expect(nurse.get_by_test_id("screen-shared")).to_have_text("Lægen deler sin skærm.")
    expect(nurse.get_by_test_id("remote-video")).to_have_attribute("data-screen", "")
    expect(clinic.get_by_test_id("sharing")).to_have_text("Du deler én fane i browseren. Dit kamera vises ikke imens.")
    expect(clinic.get_by_test_id("share")).to_have_text("Stop deling")
    expect(clinic.get_by_test_id("own-screen")).to_be_visible()
    expect(clinic.get_by_test_id("own-video")).to_be_hidden()
    _becomes_true(nurse, f"Math.abs({RATIO} - {CAMERA_RATIO}) > 0.1")
    frames_grow(nurse)


def _camera_is_back(nurse: Page, clinic: Page) -> None:
    expect(clinic.get_by_test_id("share")).to_have_text("Del skærm")
    expect(clinic.get_by_test_id("spoken-polite")).to_have_text("Du deler ikke længere.")
    expect(clinic.get_by_test_id("own-video")).to_be_visible()
    expect(clinic.get_by_test_id("own-screen")).to_have_count(0)
    expect(nurse.get_by_test_id("screen-shared")).to_have_text("")
    expect(nurse.get_by_test_id("spoken-polite")).to_have_text("Lægen deler ikke længere sin skærm.")
    _becomes_true(nurse, f"Math.abs({RATIO} - {CAMERA_RATIO}) < 0.02")
    both_see_each_other(nurse, clinic, "with the camera back")


def _becomes_true(page: Page, condition: str) -> None:
    """Asked for again and again from outside: the page itself may evaluate no text."""
    for _ in range(PATIENCE // 200):
        if page.evaluate(condition):
            return
        page.wait_for_timeout(200)
    raise AssertionError(f"never: {condition}; {page.evaluate(RATIO)}")


def _again_after_the_media_process_was_killed(stack: Stack, nurse: Page, clinic: Page) -> None:
    killer = Killer(stack)
    killer.kill(["media"], "while a tab is shared")
    killer.settle()
    _becomes_true(nurse, "window.__connections.length > 1")
    _is_shown(nurse, clinic)
