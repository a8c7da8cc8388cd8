"""A page of the former build goes on working while a newer one answers that has none of its files any more."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Response, expect

from gateway.access import EMPLOYEE_COOKIE
from gateway.domain.consultation import queueing, ringing
from gateway.domain.consultation.aggregate import Status
from gateway.domain.people import SYSTEM
from simulators.demo.processes import Process, free_port
from tests.support.pages.browsing import new_context, running_chromium
from tests.support.processes.builds import ROOT, another_build, web_process
from tests.support.processes.live_process import live_served
from tests.unit.web.nurse_world import DOCTOR, Nurse, NurseWorld

pytestmark = [pytest.mark.browser, pytest.mark.timeout(900)]

AGREED = "Sårskift hver anden dag."


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with running_chromium() as browser:
        yield browser


@pytest.fixture
def ports() -> dict[str, int]:
    return {name: free_port() for name in ("public", "live", "media")}


@pytest.fixture
def world(tmp_path: Path, ports: dict[str, int]) -> Iterator[NurseWorld]:
    made = NurseWorld(tmp_path, **{f"{name}_url": f"http://gateway.localhost:{port}" for name, port in ports.items()})
    with live_served(made.gateway.settings, ports["live"]):
        yield made
    made.gateway.engine.dispose()


@pytest.fixture
def builds(world: NurseWorld, ports: dict[str, int], tmp_path: Path) -> Iterator[tuple[Process, Process]]:
    """The former one, which answers, and the newer one, which takes its port afterwards."""
    packages = {"former": another_build(tmp_path), "newer": ROOT}
    settings = world.gateway.settings
    both = [web_process(name, each, ports["public"], settings, tmp_path) for name, each in packages.items()]
    both[0].start()
    yield both[0], both[1]
    for process in both:
        process.stop()


@pytest.fixture
def nurse(world: NurseWorld) -> Nurse:
    return world.nurse()


@pytest.fixture
def page(chromium: Browser, world: NurseWorld, nurse: Nurse) -> Iterator[Page]:
    context = new_context(chromium)
    context.add_cookies([{"name": EMPLOYEE_COOKIE, "value": nurse.token, "url": world.gateway.settings.public_url}])
    yield context.new_page()
    context.close()


def test_from_the_queue_to_the_note_on_the_former_scripts(
    world: NurseWorld, nurse: Nurse, page: Page, builds: tuple[Process, Process]
) -> None:
    former, newer = builds
    consultation = world.waiting(nurse)
    page.goto(f"{world.gateway.settings.public_url}/konsultation/{consultation.id}")
    expect(page.get_by_test_id("position-words")).to_have_text("Du er nr. 1 i køen")
    page.evaluate("document.fonts.ready")
    page.evaluate("window.stayed = true")
    former.stop()
    newer.start()
    answers: list[Response] = []
    page.on("response", lambda answer: answers.append(answer))
    world.does(consultation, lambda c: queueing.see(c, c.entries[-1].id, world.later(), DOCTOR))
    expect(page.get_by_test_id("newer")).to_be_visible()
    world.does(consultation, lambda c: ringing.accept(c, world.later(), DOCTOR, "Lise Hansen"))
    page.get_by_test_id("join").click()
    expect(page.get_by_test_id("call")).to_be_visible()
    world.does(consultation, lambda c: ringing.start_talk(c, world.later(), SYSTEM))
    assert page.evaluate("window.stayed")
    assert [each.url for each in answers if "/static/" in each.url] == []
    page.get_by_test_id("hang-up").click()
    page.get_by_test_id("agreed-text").fill(AGREED)
    page.get_by_test_id("approve").click()
    expect(page.get_by_test_id("closed").or_(page.get_by_test_id("receipt"))).to_be_visible()
    assert world.reload(consultation).status is Status.CLOSED
    assert world.reload(consultation).cases[0].current_note.employee_text == AGREED
    assert [each.url for each in answers if each.status >= 400 and "/static/" in each.url] == []
