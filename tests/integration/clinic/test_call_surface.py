"""The call of employee, clinic and citizen has one surface: it fills the window; what ends the call is alone and last.

On a desk's screen, in a narrow window beside a practice system, and on a phone (requirements.md N12, C10, B03).
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, ViewportSize, expect
from werkzeug.serving import make_server

from gateway.access import CLINIC_COOKIE, EMPLOYEE_COOKIE
from gateway.domain.consultation import ringing
from gateway.domain.consultation.aggregate import Consultation
from gateway.domain.consultation.device_handover import hand_over
from gateway.domain.people import SYSTEM, Form
from gateway.domain.scope import SystemScope
from gateway.services.changing import change
from simulators.demo.processes import free_port
from tests.support.clinic_world import ClinicWorld, settings_in
from tests.support.pages.browsing import new_context, running_chromium, serious_faults
from tests.support.processes.live_process import live_served

pytestmark = [pytest.mark.browser, pytest.mark.timeout(900)]

NOTHING_LISTENS = "redis://127.0.0.1:1/0"
PICTURES = os.environ.get("LAEGEBRO_PICTURES")  # a folder: keep screenshots there
SIZES: dict[str, ViewportSize] = {
    "desk": {"width": 1280, "height": 720},
    "beside": {"width": 500, "height": 800},
    "phone": {"width": 390, "height": 844},
    "small": {"width": 320, "height": 640},
    "turned": {"width": 844, "height": 390},
}
# Least part of the window's height that is picture.
PICTURE = {"phone": 0.6, "small": 0.35}

# Of the page as it stands: what scrolls, what of the toolbar is cut off, and where the last button lies.
GEOMETRY = """
() => {
  const box = (one) => one.getBoundingClientRect();
  const fits = ({ right, bottom }) => right <= innerWidth + 0.5 && bottom <= innerHeight + 0.5;
  const inside = (at) => at.left >= 0 && at.top >= 0 && fits(at);
  const bar = document.querySelector("[role=toolbar]");
  const tools = [...bar.querySelectorAll(".tool")].filter((tool) => tool.checkVisibility());
  const end = tools.at(-1), others = tools.slice(0, -1);
  const gap = (one) => Math.max(box(end).left - box(one).right, box(end).top - box(one).bottom);
  const page = document.documentElement;
  return {
    scrolls: page.scrollHeight > innerHeight || page.scrollWidth > innerWidth,
    cut: tools.filter((one) => !inside(box(one)) || one.scrollWidth > one.clientWidth + 1).map((one) => one.innerText),
    small: tools.filter((tool) => Math.min(box(tool).width, box(tool).height) < 48).map((tool) => tool.innerText),
    ends: end.classList.contains("tool--bad"),
    alone: Math.min(...others.map(gap)) >= 8,
    stops: tools.filter((tool) => tool.tabIndex === 0).length,
    picture: box(document.querySelector(".call__picture")).height / innerHeight,
    wide: box(document.querySelector(".call__stage")).width / innerWidth,
    framed: [...document.querySelectorAll(".top, .foot")].filter((one) => one.checkVisibility()).length,
  };
}
"""

# How much of one's own picture lies under *Detaljer*, opened with its longest sentence; and whether it is all inside.
DETAILS = """
() => {
  const details = document.getElementById("call-details"), words = document.getElementById("secrecy");
  details.hidden = false;
  details.open = true;
  words.textContent = words.dataset.sealed.replace("{numbers}", "1234 5678 9012 3456 7890");
  const box = (at) => document.querySelector(at).getBoundingClientRect();
  const [own, one, all] = ["#own", "#call-details", ".call__picture"].map(box);
  const over = (low, high) => Math.max(0, Math.min(own[high], one[high]) - Math.max(own[low], one[low]));
  const covered = over("left", "right") * over("top", "bottom");
  const inside = one.top >= all.top && one.left >= all.left && one.right <= all.right && one.bottom <= all.bottom;
  details.open = false;
  return { covered, inside };
}
"""


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with running_chromium() as browser:
        yield browser


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path) -> Iterator[ClinicWorld]:
    folder = tmp_path_factory.mktemp("surface")
    database = folder / "laegebro.db"
    database.write_bytes(sqlite_template.read_bytes())
    web, live = free_port(), free_port()
    urls = {"public_url": f"http://gateway.localhost:{web}", "live_url": f"http://gateway.localhost:{live}"}
    made = ClinicWorld(settings_in(folder, f"sqlite:///{database}", NOTHING_LISTENS, **urls))
    server = make_server("127.0.0.1", web, made.app, threaded=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    with live_served(made.gateway.settings, live):
        yield made
    server.shutdown()
    made.gateway.engine.dispose()


def _talking(world: ClinicWorld) -> tuple[Consultation, str, str]:
    """A call that goes on; the sessions of its employee and of its clinic."""
    nurse, clinic = world.employee(), world.clinic_user()
    consultation = world.wait_in_queue(of=nurse)
    clinic.post(f"/api/v1/entries/{world.entry_of(consultation)}/accept")
    nurse.post(f"/api/v1/consultations/{consultation.id}/answer")
    now = world.gateway.clock.now()
    change(world.gateway.store, SystemScope(), consultation.id, lambda c: ringing.start_talk(c, now, SYSTEM))
    session = world.gateway.access.read(nurse.token, world.gateway.clock.now())
    assert session is not None
    world.gateway.access.see_citizen(session, consultation.id)
    return consultation, nurse.token, clinic.token


def _opened(chromium: Browser, world: ClinicWorld, side: str) -> Page:
    consultation, nurse, clinic = _talking(world)
    address = world.gateway.settings.public_url
    name, token, path = {
        "employee": (EMPLOYEE_COOKIE, nurse, f"/konsultation/{consultation.id}"),
        "clinic": (CLINIC_COOKIE, clinic, f"/klinik/samtale/{world.entry_of(consultation)}"),
        "citizen": (EMPLOYEE_COOKIE, "", "/borger"),
    }[side]
    context = new_context(chromium)
    value = token or _handed_over(world, consultation)
    context.add_cookies([{"name": name, "value": value, "url": address}])
    page = context.new_page()
    page.goto(address + path)
    expect(page.get_by_role("toolbar")).to_be_visible()
    expect(page.locator("#own")).to_have_js_property("paused", False)
    return page


def _handed_over(world: ClinicWorld, consultation: Consultation) -> str:
    """The citizen talks alone; the session of the device that lies with her."""
    now = world.gateway.clock.now()

    def alone(talking: Consultation) -> Consultation:
        return hand_over(replace(talking, form=Form.CITIZEN_ALONE), True, now, SYSTEM)

    change(world.gateway.store, SystemScope(), consultation.id, alone)
    return world.citizen(consultation.id).token


@pytest.mark.parametrize("side", ["employee", "clinic", "citizen"])
def test_the_call_fills_the_window_and_ends_with_its_last_button(
    chromium: Browser, world: ClinicWorld, side: str
) -> None:
    page = _opened(chromium, world, side)
    for word, size in SIZES.items():
        page.set_viewport_size(size)
        page.reload()  # the note is beside the picture where there is room for both
        expect(page.get_by_role("toolbar")).to_be_visible()
        _keep_picture(page, f"call-{side}-{word}")
        found = page.evaluate(GEOMETRY)
        expected = {"scrolls": False, "cut": [], "small": [], "ends": True, "alone": True, "stops": 1, "framed": 0}
        assert {key: found[key] for key in expected} == expected, (side, word)
        assert found["wide"] >= (0.9 if size["height"] > size["width"] else 0.6), (side, word, found["wide"])
        assert page.evaluate(DETAILS) == {"covered": 0, "inside": True}, (side, word)
        assert found["picture"] >= PICTURE.get(word, 0.4), (side, word, found["picture"])
    page.set_viewport_size(SIZES["desk"])
    assert serious_faults(page) == []
    _by_keyboard(page)
    page.context.close()


def _by_keyboard(page: Page) -> None:
    """The toolbar is one stop; arrows go through all of it, the last being what ends the call."""
    tools = page.locator("[role=toolbar] .tool:visible")
    tools.first.focus()
    page.keyboard.press("End")
    expect(tools.last).to_be_focused()
    page.keyboard.press("ArrowRight")
    expect(tools.first).to_be_focused()
    page.keyboard.press("m")
    expect(page.get_by_test_id("mute")).to_have_text("Mikrofon er slået fra")


def _keep_picture(page: Page, name: str) -> None:
    for theme in ("light", "dark") if PICTURES else ():
        page.emulate_media(color_scheme="dark" if theme == "dark" else "light")
        page.screenshot(path=f"{PICTURES}/{name}-{theme}.png")
    page.emulate_media(color_scheme="light")
