"""Camera and microphone lost in the call: both sides are told which, and the picture is back without a reload.

The browser really ends the tracks: permission is withdrawn and given back, as by a person in the browser's own menu.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from simulators.demo.stack import Stack
from tests.support.pages.browsing import FAKE_CAMERA, new_context
from tests.support.pages.journeys import ClinicAtScreen, NurseAtScreen, both_see_each_other, usable
from tests.support.pages.told import told

pytest_plugins = ["tests.support.pages.chromium"]
pytestmark = [pytest.mark.journey, pytest.mark.browser, pytest.mark.timeout(900)]

BOTH = ["camera", "microphone"]
# What the side that lost it reads, and what the other side reads.
NURSES_LOSS = {
    "both": (told("nurse-devices").employee[0], told("nurse-devices").clinic[0]),
    "audio": (told("nurse-microphone").employee[0], told("nurse-microphone").clinic[0]),
}
CLINICS_LOSS = {
    "both": (told("clinic-devices").clinic[0], told("clinic-devices").employee[0]),
    "audio": (told("clinic-microphone").clinic[0], told("clinic-microphone").employee[0]),
}


ONE_CAMERA_AT_A_TIME = """
const cameras = [], all = MediaDevices.prototype.getUserMedia;
MediaDevices.prototype.getUserMedia = async function (wish) {
  const taken = wish.video && cameras.some((track) => track.readyState === "live");
  if (taken) throw new DOMException("", "NotReadableError");
  const stream = await all.call(this, wish);
  cameras.push(...stream.getVideoTracks());
  return stream;
};
"""


@pytest.fixture
def asking(chromium: Browser) -> Iterator[Browser]:
    """A browser in which a permission can be withdrawn; the other one grants everything for ever."""
    arguments = ["--no-sandbox", f"{FAKE_CAMERA},device-count=3"]
    browser = chromium.browser_type.launch(executable_path="/usr/bin/chromium", args=arguments)
    yield browser
    browser.close()


def test_what_is_lost_is_said_on_both_sides_and_comes_back_by_itself(
    asking: Browser, stack: Stack, contexts: list[BrowserContext]
) -> None:
    contexts += [new_context(asking), new_context(asking)]
    for context in contexts:
        context.grant_permissions(BOTH)
        context.add_init_script(ONE_CAMERA_AT_A_TIME)
    nurse, clinic = NurseAtScreen(contexts[0], stack), ClinicAtScreen(contexts[1], stack, "peter")
    nurse.stand_in_queue("r-1013")
    clinic.opens_the_waiting_room()
    clinic.opens("Ejnar Efterår")
    clinic.takes()
    nurse.answers_the_ring()
    both_see_each_other(nurse.page, clinic.page, "at first")
    for page in (nurse.page, clinic.page):
        _chooses_by_keyboard(page)
    both_see_each_other(nurse.page, clinic.page, "with the devices that were chosen")
    nurse.page.get_by_test_id("flip").click()
    expect(nurse.page.get_by_test_id("call")).to_have_attribute("data-rear", "yes")
    both_see_each_other(nurse.page, clinic.page, "with the camera turned")
    _silence_and_let_go(nurse.page, clinic.page)
    both_see_each_other(nurse.page, clinic.page, "with the telephone call over")
    _lose_and_find(nurse.page, clinic.page, NURSES_LOSS)
    both_see_each_other(nurse.page, clinic.page, "with the nurse's devices back")
    _lose_and_find(clinic.page, nurse.page, CLINICS_LOSS)
    both_see_each_other(nurse.page, clinic.page, "with the doctor's devices back")


def _chooses_by_keyboard(page: Page) -> None:
    """Each list's other device; the one in use is closed first, as on a telephone that opens one at a time."""
    page.get_by_test_id("mute").focus()
    while page.evaluate("document.activeElement.id") != "choose":
        page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    for kind in ("video", "audio", "speaker"):
        chosen = page.get_by_test_id(f"choose-{kind}")
        expect(chosen.locator("option").nth(1)).to_be_attached()
        other = "option:not(:checked)"
        name = chosen.locator(other).last.inner_text()
        chosen.select_option(label=name)
        expect(page.get_by_test_id("choose-said")).to_have_text(f"{name} er i brug.")
    usable(page, f"choose-{page.url.split('/')[3]}")
    page.keyboard.press("Escape")
    expect(page.get_by_test_id("choose")).to_be_focused()


def _lose_and_find(losing: Page, other: Page, words: dict[str, tuple[str, str]]) -> None:
    losing.context.clear_permissions()
    _are_told(losing, other, words["both"])
    usable(losing, f"devices-lost-{words['both'][1]}")
    losing.context.grant_permissions(["camera"])
    _are_told(losing, other, words["audio"])
    losing.context.grant_permissions(BOTH)
    _are_well(losing, other)


def _are_well(losing: Page, other: Page) -> None:
    expect(losing.get_by_test_id("devices")).to_be_hidden()
    expect(other.get_by_test_id("other-devices")).to_be_hidden()
    expect(losing.get_by_test_id("spoken-polite")).to_have_text("Kamera og mikrofon virker igen.")


SILENCE = """silent => {
  for (const track of document.getElementById("own").srcObject.getTracks()) {
    Object.defineProperty(track, "muted", { configurable: true, get: () => silent });
    track.dispatchEvent(new Event(silent ? "mute" : "unmute"));
  }
}"""


def _silence_and_let_go(losing: Page, other: Page) -> None:
    """As a telephone call does that takes both: the browser says that the tracks are muted, and later no more. Chromium
    has no such call, so the tracks themselves are made to say it."""
    words = told("nurse-telephone")
    losing.evaluate(SILENCE, True)
    _are_told(losing, other, (words.employee[0], words.clinic[0]))
    losing.evaluate(SILENCE, False)
    _are_well(losing, other)


def _are_told(losing: Page, other: Page, words: tuple[str, str]) -> None:
    expect(losing.get_by_test_id("devices")).to_contain_text(words[0])
    expect(losing.get_by_test_id("spoken-assertive")).to_contain_text(words[0])
    expect(other.get_by_test_id("other-devices")).to_have_text(words[1])
