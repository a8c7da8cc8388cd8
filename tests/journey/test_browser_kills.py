"""Each process killed once while two people use it: the page recovers by itself and the consultation gets through."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from simulators.demo.stack import Stack
from tests.support.pages.browsing import new_context
from tests.support.pages.journeys import AGREED, DoctorAtScreen, NurseAtScreen, both_see_each_other, notes_of

pytest_plugins = ["tests.support.pages.chromium"]
pytestmark = [pytest.mark.journey, pytest.mark.browser, pytest.mark.timeout(900)]

CITIZEN = "Karla Testmose"


class Killer:
    """Kills by SIGKILL and counts; a run in which a planned kill did not happen is red."""

    def __init__(self, stack: Stack) -> None:
        self._stack = stack
        self.killed: list[str] = []

    def kill(self, name: str) -> None:
        assert self._stack[name].alive, name
        self._stack[name].kill()
        assert not self._stack[name].alive, name
        self.killed.append(name)

    def restart(self, name: str) -> None:
        self._stack[name].start()

    def replace(self, name: str) -> None:
        self.kill(name)
        self.restart(name)


def test_each_process_dies_once_and_the_consultation_gets_through(
    chromium: Browser, stack: Stack, contexts: list[BrowserContext]
) -> None:
    contexts += [new_context(chromium), new_context(chromium)]
    nurse, doctor = NurseAtScreen(contexts[0], stack), DoctorAtScreen(contexts[1], stack)
    killer, before = Killer(stack), notes_of(stack)
    try:
        _placed_while_web_and_worker_die(nurse, killer)
        _rung_without_redis_and_live(nurse, doctor, killer)
        _seen_again_after_the_media_process_died(nurse, doctor, killer)
        nurse.hangs_up()
        killer.replace("relay")
        nurse.approves()
    finally:
        for name in killer.killed:
            if not stack[name].alive:
                killer.restart(name)
    print(f"\n  killed: {', '.join(killer.killed)}")
    assert sorted(killer.killed) == ["live", "media", "redis", "relay", "web", "worker"]
    after = notes_of(stack)
    assert [after[key] for key in after.keys() - before.keys()] == [1]
    nurse.page.goto(f"{stack['eoj'].address}/records/r-1002")
    expect(nurse.page.get_by_test_id("journal-note").first).to_contain_text(AGREED)


def _placed_while_web_and_worker_die(nurse: NurseAtScreen, killer: Killer) -> None:
    nurse.launch("r-1002")
    nurse.tell_who_she_is()
    nurse.fill_start_page()
    killer.replace("web")
    killer.kill("worker")  # nobody takes jobs: the relay makes the attempt itself
    nurse.page.get_by_test_id("enqueue").click()
    nurse.number()
    nurse.is_received()
    killer.restart("worker")


def _rung_without_redis_and_live(nurse: NurseAtScreen, doctor: DoctorAtScreen, killer: Killer) -> None:
    killer.kill("redis")  # wakes are lost: polls carry the news
    killer.kill("live")
    doctor.opens_own_system()
    doctor.accepts(CITIZEN)
    expect(nurse.page.get_by_test_id("ring-who")).to_contain_text("Lise Hansen")
    nurse.answers_the_ring()
    doctor.opens_the_video_link(CITIZEN)
    killer.restart("redis")
    killer.restart("live")


def _seen_again_after_the_media_process_died(nurse: NurseAtScreen, doctor: DoctorAtScreen, killer: Killer) -> None:
    both_see_each_other(nurse.page, doctor.page, "before the media process is killed")
    connections = [_connections(page) for page in (nurse.page, doctor.page)]
    addresses = [page.url for page in (nurse.page, doctor.page)]
    killer.kill("media")
    expect(nurse.page.get_by_test_id("call-state")).to_contain_text("afbrudt")
    killer.restart("media")
    for page, old in zip((nurse.page, doctor.page), connections, strict=True):
        page.wait_for_function("old => window.__connections.length > old", arg=old)
    both_see_each_other(nurse.page, doctor.page, "by new connections after the kill")
    assert [page.url for page in (nurse.page, doctor.page)] == addresses  # neither logged in again


def _connections(page: Page) -> int:
    count: int = page.evaluate("window.__connections.length")
    return count
