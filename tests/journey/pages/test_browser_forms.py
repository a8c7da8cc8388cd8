"""What a browser does with the fields of the pages before anything is sent, and with a page that is put on paper."""

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO

import pytest
from playwright.sync_api import Browser, Page, expect
from pypdf import PdfReader

from tests.support.pages.sheet import Look, Showing, opened, showing

pytest_plugins = ["tests.support.pages.chromium"]
pytestmark = [pytest.mark.journey, pytest.mark.browser]
DANISH = Look("1280", "da", "light")
PASTED = "Se 25.12.48\u00a09996, tak"
# state, what opens the field, the field, what sends it, whether it is held back
PLACES = [
    ("note", "", "agreed-text", "approve", False),
    ("start", "", "reason", "enqueue", False),
    ("start-round", "", "reason", "enqueue", True),
    ("note-round", "", "agreed-text", "approve", True),
    ("queue-seen", "open-remark", "remark-text", "send-remark", True),
    ("wishes", "", "wish-text", "send-wish", True),
    ("clinic-pane", "write-remark", "remark-text", "send-remark", True),
]


# Those which must be scrolled, each opened once.
DIALOGS = """() => [...document.querySelectorAll("dialog")].filter((dialog) => {
  document.querySelectorAll("dialog[open]").forEach((open) => open.close());
  dialog.showModal();
  return dialog.scrollHeight > dialog.clientHeight;
}).map((dialog) => dialog.id)"""


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Showing]:
    with showing(tmp_path_factory.mktemp("forms")) as running:
        yield running


def test_u16_a_citizens_number_is_said_while_it_is_written_and_held_back_where_it_must_not_stand(
    chromium: Browser, shown: Showing
) -> None:
    for state, opener, field, sender, held in PLACES:
        with opened(chromium, DANISH, shown, state) as page:
            page.wait_for_load_state("networkidle")
            page.evaluate("document.querySelectorAll('details').forEach(each => each.open = true)")
            if opener:
                page.get_by_test_id(opener).first.click()
            page.get_by_test_id(field).first.fill(PASTED)
            expect(page.locator("[data-number]:visible"), state).to_contain_text("ligner et CPR-nummer")
            sent = sent_by(page, sender)
            assert (sent == []) is held, (state, sent)


def sent_by(page: Page, button: str) -> list[str]:
    """What leaves the page when the button is pressed."""
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.url) if "9996" in (request.post_data or "") else None)
    page.get_by_test_id(button).first.click()
    page.wait_for_timeout(300)
    return sent


def test_u02_a_day_is_written_in_danish_order_whatever_the_browser_speaks(chromium: Browser, shown: Showing) -> None:
    with opened(chromium, DANISH, shown, "rejected-no-agreement", locale="en-US") as page:
        page.get_by_test_id("agreed-date").fill("11/24/2027")
        page.get_by_test_id("agreed-time").fill("9.15")
        page.get_by_test_id("agreed-with").fill("Gitte")
        page.get_by_test_id("place-agreed").click()
        expect(page.locator("main")).to_contain_text("Skriv datoen som dag, måned og år, fx 24.11.2026.")


def test_c03_hidden_names_are_hidden_in_the_pane_too_until_they_are_asked_for(
    chromium: Browser, shown: Showing
) -> None:
    with opened(chromium, DANISH, shown, "clinic-pane") as page:
        pane = page.get_by_test_id("pane")
        expect(pane).to_contain_text("Nancy Ann Berggren")
        page.get_by_test_id("hide-names").click()
        for person in ("Nancy", "Datter", "251248"):
            expect(page.locator("main")).not_to_contain_text(person, use_inner_text=True)
        page.get_by_test_id("reveal-pane").click()
        expect(pane).to_contain_text("Nancy Ann Berggren", use_inner_text=True)


def test_every_dialog_fits_into_800_pixels(chromium: Browser, shown: Showing) -> None:
    for state in ("clinic-pane", "clinic-closed", "queue-seen", "call"):
        with opened(chromium, DANISH, shown, state) as page:
            for width in (1280, 390):
                page.set_viewport_size({"width": width, "height": 800})
                assert page.evaluate(DIALOGS) == [], (state, width)


def test_what_is_printed_is_the_receipt_and_nothing_of_the_screen(chromium: Browser, shown: Showing) -> None:
    with opened(chromium, DANISH, shown, "note-sent") as page:
        page.evaluate("window.print = () => { window.printed = true; dispatchEvent(new Event('beforeprint')); }")
        page.get_by_test_id("print").click()
        assert page.evaluate("window.printed")
        paper = PdfReader(BytesIO(page.pdf(prefer_css_page_size=True)))
    text = paper.pages[0].extract_text()
    assert len(paper.pages) == 1
    assert "Penicillin i syv dage." in text and "Udskrevet" in text and "LB-" in text
    assert [
        word for word in ("Log af", "Log borger ud", "Hjælp", "Udskriv\n", "112", "Forkert borger") if word in text
    ] == []
