"""What a practice wrote by MedCom message, with its attachments, stays with the consultation: in Debian's chromium, on
every screen of it and beside its timeline, for the one who is responsible."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from uuid import UUID

import pytest
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import func, select

from gateway.access import EMPLOYEE_COOKIE
from gateway.domain.consultation import ringing, talking
from gateway.domain.consultation.aggregate import Consultation, Status
from gateway.domain.people import SYSTEM, Actor, ActorKind
from gateway.domain.scope import SystemScope
from gateway.domain.session import Grant
from gateway.services.changing import change
from gateway.store.ground.tables_audit import audit
from tests.integration.doors.test_medcom_gate import answered, attached, brought, reply, the, verdict
from tests.support.consultations import KOMMUNE_A, KOMMUNE_B
from tests.support.doors.medcom_world import MedcomWorld, medcom_world
from tests.support.pages.browsing import new_context, running_chromium
from tests.support.processes.relaying import until

pytestmark = [pytest.mark.browser, pytest.mark.timeout(900)]
DOCTOR = Actor(ActorKind.CLINIC, "doctor-1", "Lise Hansen", "laege")
TITLES = ("Blodprøvesvar", "Foto af sår")


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with running_chromium() as browser:
        yield browser


@pytest.fixture(scope="module")
def files(chromium: Browser) -> tuple[bytes, bytes]:
    """A PDF and a picture, made by the browser."""
    page = chromium.new_page()
    page.set_content("<h1>Blodprøvesvar</h1><p>CRP 12</p>")
    made = page.pdf(), page.screenshot()
    page.close()
    assert made[0].startswith(b"%PDF-") and made[1].startswith(b"\x89PNG")
    return made


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path) -> Iterator[MedcomWorld]:
    with medcom_world(tmp_path_factory.mktemp("letters"), sqlite_template) as made:
        yield made


def employee(world: MedcomWorld, name: str, tenant: UUID = KOMMUNE_A) -> tuple[str, str]:
    """Her session's token, and who she is."""
    g = world.gateway
    grant = Grant(name, name, "Sygeplejerske", "Fjordby", True, "idp")
    token, session = g.access.open_employee(tenant, grant, g.clock.now(), id=g.ids.new())
    return token, session.person


def opened(world: MedcomWorld, chromium: Browser, token: str, consultation: Consultation) -> Page:
    g = world.gateway
    session = g.access.read(token, g.clock.now())
    assert session is not None
    g.access.see_citizen(session, consultation.id)
    context = new_context(chromium)
    context.add_cookies([{"name": EMPLOYEE_COOKIE, "value": token, "url": g.settings.public_url}])
    return context.new_page()


@pytest.fixture
def written(world: MedcomWorld, files: tuple[bytes, bytes]) -> tuple[Consultation, str]:
    """Told to the practice, which has answered with a text, a PDF and a picture; whose token it is."""
    token, person = employee(world, "Mette Holm")
    placed = world.place(in_hours=2.0)
    placed = world.gateway.store.commit(replace(placed, responsible=person))
    until("announced", lambda: world.attempt() is not None and "announced" in world.history(placed))
    message = reply(world, world.now(placed), "Se svar og foto")
    for title, kind, data in zip(TITLES, ("application/pdf", "image/png"), files, strict=True):
        message = attached(message, base64.b64encode(data).decode(), title, kind)
    assert brought(world, message) == 202
    assert verdict(answered(world, the(message, "MessageHeader")["id"])) == ("ok", "")
    return world.now(placed), token


def moved(world: MedcomWorld, consultation: Consultation, to: Status) -> Consultation:
    """On to the call, or to the note after it."""
    now, store = world.gateway.clock.now(), world.gateway.store
    steps = [
        lambda c: ringing.accept(c, now, DOCTOR, "Lise Hansen"),
        lambda c: ringing.start_talk(ringing.answer(c, now, SYSTEM), now, SYSTEM),
        lambda c: talking.hang_up(c, now, SYSTEM),
    ]
    for step in steps:
        if store.load(SystemScope(), consultation.id).status is not to:
            change(store, SystemScope(), consultation.id, step)
    return store.load(SystemScope(), consultation.id)


def require_the_files(page: Page, files: tuple[bytes, bytes], folder: Path) -> None:
    letter = page.get_by_test_id("practice-letter")
    expect(letter).to_contain_text("Se svar og foto")
    links = letter.get_by_test_id("practice-attachment")
    expect(links).to_have_count(2)
    for place, (title, data) in enumerate(zip(TITLES, files, strict=True)):
        expect(links.nth(place)).to_contain_text(title)
        with page.expect_download() as coming:
            links.nth(place).click()
        kept = folder / coming.value.suggested_filename
        coming.value.save_as(kept)
        assert kept.name == f"{title}.{('pdf', 'png')[place]}" and kept.read_bytes() == data


def opened_attachments(world: MedcomWorld, consultation: Consultation) -> int:
    query = select(func.count()).where(audit.c.consultation == consultation.id, audit.c.what == "practice-attachment")
    with world.gateway.engine.connect() as connection:
        return int(connection.execute(query).scalar_one())


def test_letters_stay_with_the_consultation(
    world: MedcomWorld, chromium: Browser, written: tuple[Consultation, str], files: tuple[bytes, bytes], tmp_path: Path
) -> None:
    consultation, token = written
    page = opened(world, chromium, token, consultation)
    address = f"{world.gateway.settings.public_url}/konsultation/{consultation.id}"
    timeline = f"{world.gateway.settings.public_url}/forloeb/{consultation.short_id}"
    page.goto(address)
    require_the_files(page, files, tmp_path)
    moved(world, consultation, Status.REVIEW)
    for place in (address, timeline):
        page.goto(place)
        require_the_files(page, files, tmp_path)
    assert opened_attachments(world, consultation) == 6
    page.context.close()


def test_nobody_else_sees_them(world: MedcomWorld, chromium: Browser, written: tuple[Consultation, str]) -> None:
    consultation, token = written
    hers = opened(world, chromium, token, consultation)
    hers.goto(f"{world.gateway.settings.public_url}/konsultation/{consultation.id}")
    file = hers.get_by_test_id("practice-attachment").first.get_attribute("href")
    hers.context.close()
    for name, tenant, status in (("Karim Nazari", KOMMUNE_A, 200), ("Nina Nabo", KOMMUNE_B, 404)):
        other, _ = employee(world, name, tenant)
        page = opened(world, chromium, other, consultation)
        answer = page.request.get(f"{world.gateway.settings.public_url}{file}")
        assert answer.status == 404
        shown = page.goto(f"{world.gateway.settings.public_url}/forloeb/{consultation.short_id}")
        assert shown is not None and shown.status == status
        expect(page.get_by_test_id("practice-letter")).to_have_count(0)
        page.context.close()
    assert opened_attachments(world, consultation) == 0
