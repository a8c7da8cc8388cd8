"""Takes the README's pictures: one consultation through the real pages, at desk size and at telephone size.

``python -m tests.support.pages.pictures docs/pictures``. Invented people with official test numbers; drawn scenes
stand before the two cameras. The pictures are reduced to 256 colours, so that a clone stays small. Seven
of them are the film in Hjælp.
"""

from __future__ import annotations

import argparse
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Page, Playwright, ViewportSize, expect, sync_playwright

from simulators.demo.people import REASON
from simulators.demo.stack import Stack
from tests.support.pages.browser import CHROMIUM
from tests.support.pages.browsing import DESKTOP, FLAGS, PHONE, frames_grow, new_context
from tests.support.pages.journeys import AGREED, ClinicAtScreen, DoctorAtScreen, NurseAtScreen
from tests.support.pages.palette import reduce_colours

SCENES = Path(__file__).parents[3] / "docs" / "pictures" / "scenes"
LIMIT = 150_000  # bytes a picture may have
CAMERA: ViewportSize = {"width": 1280, "height": 720}
FILM = Path(__file__).parents[3] / "gateway" / "web" / "static" / "film"  # those that Hjælp shows, without "-phone"
INVENTED_DOCTOR_MS = 120_000  # from joining the queue to her ring; the product's own clocks
ONE_VIEW = ("ring", "call-nurse", "call-clinic", "rehearsal")  # what fills the screen is not scrolled


class Album:
    """Pictures of one state at both sizes, into one folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.taken: list[Path] = []

    def take(self, page: Page, name: str, *, phone: bool = True) -> None:
        sizes = {"desktop": DESKTOP, "phone": PHONE} if phone else {"desktop": DESKTOP}
        for word, size in sizes.items():
            path = self._folder / f"{name}-{word}.png"
            _settle(page, size, whole=name not in ONE_VIEW)
            page.screenshot(path=path, animations="disabled", caret="hide")
            reduce_colours(path)
            if path.stat().st_size > LIMIT:
                raise ValueError(f"{path.name} has {path.stat().st_size} bytes")
            self.taken.append(path)
        page.set_viewport_size(DESKTOP)


def _settle(page: Page, size: ViewportSize, *, whole: bool) -> None:
    """The window at its size; for a ``whole`` page as high as the page, so that what sticks to an edge lies there."""
    page.set_viewport_size(size)
    page.evaluate("() => document.activeElement.matches('input, textarea') && document.activeElement.blur()")
    for _ in range(2 if whole else 0):  # what has a height of its own in the window grows with the first pass
        height: int = page.evaluate("document.documentElement.scrollHeight")
        page.set_viewport_size({"width": size["width"], "height": max(size["height"], height)})
    page.evaluate("scrollTo(0, 0)")
    page.evaluate("() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")


@contextmanager
def _camera_on(playwright: Playwright, scene: str, folder: Path) -> Iterator[Browser]:
    """A chromium before whose camera the drawn scene stands: its fake device repeats a file of JPEG pictures."""
    film = folder / f"{scene}.mjpeg"
    with playwright.chromium.launch(executable_path=str(CHROMIUM), args=["--no-sandbox"]) as drawing:
        page = drawing.new_page(viewport=CAMERA)
        page.set_content(f"<style>body{{margin:0}}svg{{display:block;width:100vw;height:100vh}}</style>{_svg(scene)}")
        film.write_bytes(page.screenshot(type="jpeg", quality=90) * 10)
    args = [*FLAGS, f"--use-file-for-fake-video-capture={film}"]
    with playwright.chromium.launch(executable_path=str(CHROMIUM), args=args) as browser:
        yield browser


def _svg(scene: str) -> str:
    return (SCENES / f"{scene}.svg").read_text(encoding="utf-8")


def take_all(stack: Stack, home: Browser, practice: Browser, album: Album) -> None:
    nurse = NurseAtScreen(new_context(home), stack)
    doctor = DoctorAtScreen(new_context(practice), stack)
    _from_the_record_into_the_queue(nurse, doctor, album)
    _the_call(nurse, doctor, album)
    _the_note(nurse, album)
    _rejected(nurse, doctor, album)
    _the_waiting_room(nurse, ClinicAtScreen(new_context(practice), stack, "peter"), album)
    _the_rehearsal(nurse, album)


def _from_the_record_into_the_queue(nurse: NurseAtScreen, doctor: DoctorAtScreen, album: Album) -> None:
    nurse.page.goto(f"{nurse.stack.gateway_url}/login")
    album.take(nurse.page, "login")
    nurse.log_in_at_the_care_system()
    nurse.open_record("r-1001")
    album.take(nurse.page, "record")
    nurse.press_start("r-1001")
    nurse.tell_who_she_is()
    nurse.fill_start_page(REASON)
    expect(nurse.page.get_by_test_id("saved")).to_have_text("Teksten er gemt")
    album.take(nurse.page, "start")
    nurse.page.get_by_test_id("enqueue").click()
    nurse.is_received()
    doctor.opens_own_system()
    expect(nurse.page.get_by_test_id("seen")).to_have_class("done")
    expect(nurse.page.get_by_test_id("check-verdict")).to_have_text("Kamera, mikrofon, højttaler og net er i orden.")
    album.take(nurse.page, "queue")
    album.take(doctor.queue, "practice-system", phone=False)


def _the_call(nurse: NurseAtScreen, doctor: DoctorAtScreen, album: Album) -> None:
    doctor.accepts("Børge Testmose")
    expect(nurse.page.get_by_test_id("ring")).to_be_visible()
    album.take(nurse.page, "ring")
    doctor.opens_the_video_link("Børge Testmose")
    nurse.answers_the_ring()
    for page in (nurse.page, doctor.page):
        frames_grow(page, 60)
    expect(nurse.page.get_by_test_id("quality")).to_have_text("God forbindelse")
    nurse.page.get_by_test_id("call-note").fill("Penicillin i syv dage.")
    expect(nurse.page.get_by_test_id("saved")).to_have_text("Teksten er gemt")
    album.take(nurse.page, "call-nurse")
    album.take(doctor.page, "call-clinic")
    nurse.hangs_up()
    doctor.page.close()


def _the_note(nurse: NurseAtScreen, album: Album) -> None:
    nurse.page.get_by_test_id("agreed-text").fill(AGREED)
    album.take(nurse.page, "note")
    nurse.approves()
    album.take(nurse.page, "receipt")
    reference = nurse.page.locator("p.small").filter(has_text="LB-").inner_text()
    nurse.page.goto(f"{nurse.stack.gateway_url}/forloeb/{reference}")
    album.take(nurse.page, "timeline")


def _rejected(nurse: NurseAtScreen, doctor: DoctorAtScreen, album: Album) -> None:
    nurse.stand_in_queue_again("r-1012", "Hævet højre ben siden i går, ømt ved tryk. Skal hun ses i dag?")
    doctor.rejects("Gerda Julsø", "not-our-patient", "Hun er flyttet til Lægehuset Havnen i sidste uge.")
    expect(nurse.page.get_by_test_id("rejected-text")).to_be_visible()
    album.take(nurse.page, "rejected")
    nurse.page.get_by_test_id("choose-012041").click()
    nurse.number()


def _the_waiting_room(nurse: NurseAtScreen, clinic: ClinicAtScreen, album: Album) -> None:
    clinic.opens_the_waiting_room()
    nurse.stand_in_queue_again("r-1013", "Blodtryk 178/96 to dage i træk. Skal medicinen ændres?")
    expect(clinic.row("Ejnar Efterår")).to_be_visible()
    clinic.opens("Gerda Julsø")
    album.take(clinic.page, "waiting-room")


def _the_rehearsal(nurse: NurseAtScreen, album: Album) -> None:
    """An Øvekald, whose invented doctor rings by herself."""
    nurse.page.goto(f"{nurse.stack.gateway_url}/")
    nurse.page.get_by_test_id("rehearse").click()
    nurse.tell_who_she_is()
    nurse.fill_start_page("Jeg øver mig i at stille i kø og tale med lægen.")
    nurse.page.get_by_test_id("enqueue").click()
    expect(nurse.page.get_by_test_id("ring")).to_be_visible(timeout=INVENTED_DOCTOR_MS)
    nurse.answers_the_ring()
    frames_grow(nurse.page, 60)
    album.take(nurse.page, "rehearsal")


def main() -> int:
    parser = argparse.ArgumentParser(description="Take the README's pictures anew.")
    parser.add_argument("folder", type=Path)
    arguments = parser.parse_args()
    album = Album(arguments.folder)
    with ExitStack() as opened:
        stack = opened.enter_context(Stack())
        playwright = opened.enter_context(sync_playwright())
        films = Path(opened.enter_context(tempfile.TemporaryDirectory()))
        home, practice = (opened.enter_context(_camera_on(playwright, scene, films)) for scene in ("home", "practice"))
        take_all(stack, home, practice, album)
    for scene in FILM.glob("*.png"):
        taken = "call-nurse" if scene.stem == "call" else scene.stem
        shutil.copyfile(arguments.folder / f"{taken}-phone.png", scene)
    for path in album.taken:
        print(f"{path.name:32} {path.stat().st_size // 1000:4} kB")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
