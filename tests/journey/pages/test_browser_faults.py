"""What fails while two people wait and talk: the words on both sides are those of docs/waiting.md, during and after it.

Real processes are stopped, lines go dead, a device sleeps, the servers become newer. One wait and one talk see it all.
Each day has a third of the faults; ``FAULTS=all`` runs all.
"""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from gateway.domain.consultation import queueing, ringing
from gateway.domain.consultation.aggregate import Availability
from gateway.domain.people import SYSTEM
from simulators.demo.stack import Stack
from tests.support.pages.journeys import both_see_each_other, usable
from tests.support.pages.parted import PLACES, WHO, Parted, parted, shown
from tests.support.pages.told import Told, told

pytest_plugins = ["tests.support.pages.chromium"]
pytestmark = [pytest.mark.journey, pytest.mark.browser, pytest.mark.timeout(900)]

ROOT = Path(__file__).parents[3]
RESTARTED = ("web", "live", "media")
KNOWS = ("queue-live", "queue-redis")  # what is away only carries news that comes by another way, too
OLD = 11_000  # ms: a page that knew nothing for so long would say so
# Pages are told an address at which nobody answers, as behind a wall that lets no datagram through.
SWALLOWS = {"LAEGEBRO_MEDIA_ADDRESSES": "127.0.0.1", "LAEGEBRO_MEDIA_ANNOUNCED": "127.0.0.1=127.0.0.1:9"}
TYPED = "Penicillin i syv dage."


@dataclass(frozen=True)
class Fault:
    begin: Callable[[Parted], object]
    end: Callable[[Parted], object]
    meanwhile: Callable[[Parted], object] = lambda _: None


def _stopped(name: str) -> Fault:
    return Fault(lambda both: both.stack[name].stop(), lambda both: both.stack[name].start())


def _lines_die(both: Parted) -> None:
    both.hers.line_goes_dead()
    both.theirs.line_goes_dead()


def _lines_live(both: Parted) -> None:
    both.hers.line_lives()
    both.theirs.line_lives()


WAITING = {
    "queue-lines": Fault(_lines_die, _lines_live),
    "queue-web": _stopped("web"),
    "queue-live": _stopped("live"),
    "queue-redis": _stopped("redis"),
}


def _wakes(both: Parted) -> None:
    """Before its network is there again."""
    _reads(both.clinic.page, told("sleep").clinic)
    time.sleep(OLD / 1000)
    both.hers.wakes_without_a_line()


def _goes_on_without_the_web(both: Parted) -> None:
    both.happens(lambda c: ringing.name_clinician(c, "Anna Bo", _now(), SYSTEM))
    both.nurse.page.get_by_test_id("call-note").fill(TYPED)


def _web_goes_on(both: Parted) -> None:
    expect(both.nurse.page.get_by_test_id("saved")).to_have_text("Teksten er ikke gemt endnu – vi prøver igen")
    both.stack["web"].thaw()
    expect(both.nurse.page.get_by_test_id("saved")).to_have_text("Teksten er gemt")


def _media_told(**changes: str) -> Callable[[Parted], None]:
    """The media process is started anew and told so; what it was told before is put back by ``_media_told()``."""

    def told_anew(both: Parted) -> None:
        media = both.stack["media"]
        media.stop()
        media.environment = {**both.stack.environment, **changes}
        media.start()

    return told_anew


def _sends_sound(page: Page, sends: bool = True) -> None:
    """Without it no packet of sound leaves, although the microphone is on and the page knows of nothing."""
    page.evaluate(
        """async (sends) => {
          const sender = window.__connections.at(-1).getSenders()[0];
          const own = document.querySelector("#own").srcObject.getAudioTracks()[0];
          await sender.replaceTrack(sends ? own : null);
        }""",
        sends,
    )


def _can_ring(both: Parted) -> None:
    for page in (both.nurse.page, both.clinic.page):
        expect(page.get_by_test_id("blocked-phone")).to_be_visible()
        usable(page, f"no-way-{page.url.split('/')[3]}")


TALKING = {
    "nurse-line": Fault(lambda both: both.hers.line_goes_dead(), lambda both: both.hers.line_lives()),
    "clinic-line": Fault(lambda both: both.theirs.line_goes_dead(), lambda both: both.theirs.line_lives()),
    "sleep": Fault(lambda both: both.hers.falls_asleep(), lambda both: both.hers.line_lives(), _wakes),
    "network": Fault(lambda both: both.hers.leaves_its_network(), lambda both: both.hers.line_lives()),
    "web": Fault(lambda both: both.stack["web"].freeze(), _web_goes_on, _goes_on_without_the_web),
    "media": _stopped("media"),
    "no-way": Fault(_media_told(**SWALLOWS), _media_told(), _can_ring),
    "nurse-unheard": Fault(
        lambda both: _sends_sound(both.nurse.page, False), lambda both: _sends_sound(both.nurse.page)
    ),
    "clinic-unheard": Fault(
        lambda both: _sends_sound(both.clinic.page, False), lambda both: _sends_sound(both.clinic.page)
    ),
    "live": _stopped("live"),
    "redis": _stopped("redis"),
}


def _todays(names: Iterable[str]) -> list[str]:
    if os.environ.get("FAULTS") == "all":
        return list(names)
    return list(names)[datetime.now(UTC).toordinal() % 3 :: 3]


@pytest.fixture(scope="module")
def both(chromium: Browser, stack: Stack) -> Iterator[Parted]:
    with parted(chromium.browser_type, stack) as made:
        made.wait()
        yield made


@pytest.fixture(scope="module")
def talking(both: Parted) -> Parted:
    both.talk()
    both_see_each_other(both.nurse.page, both.clinic.page, "at first")
    return both


@pytest.mark.parametrize("name", _todays(WAITING))
def test_u06_who_waits_is_never_shown_an_old_state_as_a_fresh_one(both: Parted, name: str) -> None:
    """She is said to have gone from her screen meanwhile: both pages say it as soon as they can know it."""
    words, at = told(name), _now()
    WAITING[name].begin(both)
    begun = _now()
    both.happens(lambda c: queueing.step_away(c, Availability.AWAY, _now(), SYSTEM))
    _is_told(both, words, at, begun)
    if name in KNOWS:
        _is_away(both)
    WAITING[name].end(both)
    _is_away(both)
    _is_quiet(both)
    both.nurse.page.get_by_test_id("ready-now").click()
    expect(both.clinic.row(WHO)).not_to_contain_text("Ikke ved skærmen")


def _is_away(both: Parted) -> None:
    expect(both.nurse.page.get_by_test_id("away")).to_be_visible()
    expect(both.clinic.row(WHO)).to_contain_text("Ikke ved skærmen")


@pytest.mark.parametrize("name", _todays(TALKING))
def test_u06_who_talks_reads_what_has_failed_and_is_back_without_a_press(talking: Parted, name: str) -> None:
    words, at = told(name), _now()
    TALKING[name].begin(talking)
    begun = _now()
    TALKING[name].meanwhile(talking)
    if not words.employee and not words.clinic:
        talking.nurse.page.wait_for_timeout(OLD)
    _is_told(talking, words, at, begun)
    TALKING[name].end(talking)
    _is_quiet(talking)
    both_see_each_other(talking.nurse.page, talking.clinic.page, f"after {name}")


def test_u09_a_call_goes_on_when_the_servers_become_newer_and_its_pages_are_loaded_anew_after_it(
    talking: Parted, newer: Path
) -> None:
    words, at = told("new-version"), _now()
    for page in (talking.nurse.page, talking.clinic.page):
        page.evaluate("window.stayed = true")
    talking.nurse.page.get_by_test_id("call-note").fill(TYPED)
    for name in RESTARTED:
        _restart(talking.stack, name, newer)
    _is_told(talking, words, at, _now())
    both_see_each_other(talking.nurse.page, talking.clinic.page, "with newer servers")
    for page in (talking.nurse.page, talking.clinic.page):
        assert page.evaluate("window.stayed")
    talking.stack["live"].stop()  # so the end is told by asking
    talking.nurse.hangs_up()
    expect(talking.clinic.page.get_by_test_id("after-call")).to_be_visible()
    assert not talking.nurse.page.evaluate("window.stayed")
    talking.stack["live"].start()
    expect(talking.nurse.page.get_by_test_id("agreed-text")).to_have_value(TYPED)
    talking.nurse.approves(clinician="Peter Vang")


def test_what_a_page_says_of_its_line_is_of_one_mind(talking: Parted) -> None:
    """Whatever stood there, also for a moment: a lost line is neither good nor weak, and an old list is not fetched."""
    stood = [each.said for device in (talking.hers, talking.theirs) for each in device.told]
    lost = [said for said in stood if "Vi forsøger igen" in said.get("call-words", "") + said.get("trouble", "")]
    assert lost
    assert [said for said in lost if said.get("quality")] == []
    assert [said for said in stood if "Listen hentes" in said.get("cut", "") and said.get("stale")] == []


@pytest.fixture
def newer(tmp_path: Path, stack: Stack) -> Iterator[Path]:
    """The same sources with another style sheet; in the end the stack runs what it ran."""
    for each in ROOT.iterdir():
        if each.name != "gateway":
            (tmp_path / each.name).symlink_to(each)
    shutil.copytree(ROOT / "gateway", tmp_path / "gateway", ignore=shutil.ignore_patterns("__pycache__"))
    with (tmp_path / "gateway/web/static/css/base.css").open("a", encoding="utf-8") as sheet:
        sheet.write("\n/* newer */\n")
    ran = {name: stack[name].command for name in RESTARTED}
    yield tmp_path
    for name in RESTARTED:
        stack[name].command = ran[name]
        stack[name].stop()
        stack[name].start()


def _restart(stack: Stack, name: str, folder: Path) -> None:
    process = stack[name]
    process.stop()
    process.command = ["env", "-C", str(folder), *process.command]
    process.start()


def _is_told(both: Parted, words: Told, at: datetime, begun: datetime) -> None:
    """Each side reads its words and claims to have known nothing since ``begun``; one without words said nothing."""
    sides = ((both.hers, both.nurse.page, words.employee), (both.theirs, both.clinic.page, words.clinic))
    for device, page, expected in sides:
        _reads(page, expected)
        if not expected:
            assert [each for each in device.since(at) if set(each.said) - {"quality"}] == []
        assert device.claims_nothing_after(begun)


def _reads(page: Page, words: tuple[str, ...]) -> None:
    for each in words:
        expect(shown(page, each)).to_be_visible()


def _is_quiet(both: Parted) -> None:
    for page in (both.nurse.page, both.clinic.page):
        expect(page.locator(PLACES).filter(visible=True)).to_have_count(0)


def _now() -> datetime:
    return datetime.now(UTC)
