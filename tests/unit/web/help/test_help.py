"""Help with its own topic on every page, whom to call, and wishes that reach the support and come back (U15, AD21)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from flask import Flask

from gateway.domain.alarm import AlarmKind, Limits, conditions
from gateway.domain.oversight import ConsoleRole
from gateway.web.guards import audience_of
from gateway.web.help.topics import CONSOLE, FIRST, OF_BLUEPRINT, OF_PAGE, OF_SCREEN
from gateway.web.nurse.screens import _SCREENS
from tests.unit.web.console.console_world import KOMMUNE_A, KOMMUNE_B, Administrator, ConsoleWorld
from tests.unit.web.nurse_world import CPR

SUPPORT = {"support_name": "Digital støtte", "support_phone": "99000199", "support_mail": "stoette@fjordby.example"}
BEGINNING = {"mine", "help"}
TEXT = "Bogstaverne i køen er for små til æ, ø og å"


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> ConsoleWorld:
    return ConsoleWorld(tmp_path_factory.mktemp("help"))


def topics_of(page: str) -> set[str]:
    return set(re.findall(r'data-testid="topic-([\w-]+)"', page))


def pages_of_people(app: Flask) -> Iterator[str]:
    """Endpoints that an employee, a clinic's user or anybody opens in a browser."""
    with app.app_context():
        for rule in app.url_map.iter_rules():
            of_people = audience_of(rule.endpoint) in ("employee", "clinic", "anyone")
            if of_people and "GET" in (rule.methods or ()) and not rule.rule.startswith("/api/"):
                yield rule.endpoint


def test_u15_every_screen_and_every_page_leads_to_a_topic_that_exists(world: ConsoleWorld) -> None:
    shown = topics_of(world.app.test_client().get("/hjaelp").get_data(as_text=True))
    assert {*OF_SCREEN.values(), *OF_PAGE.values(), *OF_BLUEPRINT.values(), CONSOLE, FIRST} <= shown
    assert set(OF_PAGE) <= set(world.app.view_functions)
    with_pages = {endpoint.partition(".")[0] for endpoint in pages_of_people(world.app)}
    assert with_pages - set(OF_BLUEPRINT) <= BEGINNING, "a page whose help is how to begin"
    assert {*_SCREENS.values(), "ring"} == set(OF_SCREEN)
    assert set(OF_BLUEPRINT) <= set(world.app.blueprints), "no topic for pages that are gone"


def test_u15_every_page_of_a_person_has_help_and_wishes_in_its_footer(world: ConsoleWorld) -> None:
    """Pages without values in their address, as they stand; the screens of a consultation share their frame."""
    seats = {"employee": world.employee(), "clinic": world.clinic_user(), "anyone": world.employee()}
    tried = 0
    with world.app.app_context():
        rules = {r.endpoint: r for r in world.app.url_map.iter_rules() if "GET" in (r.methods or ())}
        audiences = {endpoint: audience_of(endpoint) for endpoint in rules}
    for endpoint in pages_of_people(world.app):
        rule = rules[endpoint]
        if rule.arguments:
            continue
        answer = seats[str(audiences[endpoint])].client.get(rule.rule)
        page = answer.get_data(as_text=True)
        if answer.status_code == 200 and "<html" in page:
            assert 'data-testid="help"' in page and 'data-testid="wishes"' in page, rule.rule
            tried += 1
    assert tried >= 4


@pytest.mark.guide(6)
def test_n24_the_help_page_is_open_to_whoever_cannot_log_in(world: ConsoleWorld) -> None:
    page = world.app.test_client().get("/hjaelp").get_data(as_text=True)
    assert "Hvornår bruger jeg Lægebro?" in page and 'data-testid="no-support"' in page
    assert 'href="/oensker' not in page


def test_n24_the_film_shows_every_picture_there_is_once_and_ends_where_it_began(world: ConsoleWorld) -> None:
    """Open before login, turned by links alone; whatever else is asked for is the nearest picture."""
    client = world.app.test_client()
    address, shown = re.search(r'href="(/hjaelp/film)"', client.get("/hjaelp").get_data(as_text=True)), []
    while address is not None:
        page = client.get(address[1]).get_data(as_text=True)
        shown += re.findall(r'src="/static/[0-9a-f]+/(film/[a-z]+\.png)"', page)
        address = re.search(r'href="(/hjaelp/film\?trin=\d+)" rel="next"', page)
    static = Path(str(world.app.static_folder))
    assert sorted(shown) == sorted(f"film/{each.name}" for each in (static / "film").iterdir())
    for asked, nearest in (("0", shown[0]), ("99", shown[-1]), ("x", shown[0]), ("-1", shown[0])):
        assert nearest in client.get(f"/hjaelp/film?trin={asked}").get_data(as_text=True)


def test_u15_the_organisations_own_support_is_shown_and_no_other(world: ConsoleWorld) -> None:
    support_of(world, SUPPORT)
    page = world.employee().client.get("/hjaelp").get_data(as_text=True)
    assert all(text in page for text in ("Digital støtte", "99 00 01 99", "stoette@fjordby.example"))
    assert "Digital støtte" in world.employee().client.get("/tilgaengelighed").get_data(as_text=True)
    assert "Digital støtte" not in world.employee("Nabo", KOMMUNE_B).client.get("/hjaelp").get_data(as_text=True)
    assert "Digital støtte" not in world.clinic_user().client.get("/hjaelp").get_data(as_text=True)


def support_of(world: ConsoleWorld, said: dict[str, str]) -> None:
    book = world.gateway.organisations
    known = next(tenant for tenant in book.tenants() if tenant.name == "Fjordby Kommune")
    book.apply_tenant(replace(known, settings={**known.settings, **said}))
    world.gateway._tenants_seen.clear()


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"kind": "", "text": TEXT}, "kind"),
        ({"kind": "praise", "text": TEXT}, "kind"),
        ({"kind": "wish", "text": "  "}, "text"),
        ({"kind": "wish", "text": "x" * 1001}, "text"),
        ({"kind": "fault", "text": f"Borgeren {CPR[:6]}-{CPR[6:]} kom ikke frem"}, "text"),
        ({"kind": "fault", "text": f"Borgeren {CPR[:6]} {CPR[6:]} kom ikke frem"}, "text"),
    ],
)
def test_u16_what_cannot_be_sent_is_named_and_nothing_typed_is_lost(
    world: ConsoleWorld, said: dict[str, str], field: str
) -> None:
    nurse = world.employee("Ny Sygeplejerske")
    answer = nurse.client.post("/oensker", data={"csrf_token": nurse.csrf, **said})
    page = answer.get_data(as_text=True)
    assert answer.status_code == 422 and f'id="fault-{field}"' in page
    assert said["text"].strip() in page
    assert 'data-testid="my-wish"' not in page


@pytest.mark.guide(17)
def test_ad21_a_wish_reaches_the_support_and_its_answer_the_sender(world: ConsoleWorld) -> None:
    nurse, support = world.employee(), administrator(world, ConsoleRole.SUPPORT)
    said = {"kind": "wish", "text": TEXT, "page": "mine.overview", "reference": "LB-4F7K-2"}
    answer = nurse.client.post("/oensker", data={"csrf_token": nurse.csrf, **said}, follow_redirects=True)
    assert 'data-testid="wish-sent"' in answer.get_data(as_text=True)
    assert alarmed(world), "its support is told"
    page = support.get("/konsol/oensker")
    assert all(text in page for text in (TEXT, "mine.overview", "LB-4F7K-2"))
    assert "Mette" not in page
    assert TEXT not in administrator(world, ConsoleRole.SUPPORT, KOMMUNE_B).get("/konsol/oensker")
    address = re.findall(r'action="(/konsol/oensker/[\w-]+)"', page)[0]
    assert support.post(address, {"status": "declined", "answer": ""}).status_code == 422
    assert support.post(address, {"status": "planned", "answer": "Kommer i marts."}).status_code == 303
    mine = nurse.client.get("/oensker").get_data(as_text=True)
    assert "Planlagt" in mine and "Kommer i marts." in mine
    assert not alarmed(world)
    assert TEXT not in world.employee("Karen Kollega").client.get("/oensker").get_data(as_text=True)


def test_what_a_link_claims_about_page_and_code_is_believed_only_where_it_can_be(world: ConsoleWorld) -> None:
    nurse = world.employee("Vera Vagt")
    said = {"kind": "fault", "text": "Knappen virker ikke", "page": "<script>", "reference": "x y"}
    nurse.client.post("/oensker", data={"csrf_token": nurse.csrf, **said})
    (kept,) = [one for one in world.gateway.wishes.of_support(KOMMUNE_A) if one.text == "Knappen virker ikke"]
    assert (kept.page, kept.reference) == ("", "")


def test_a_clinics_wish_goes_to_the_operator(world: ConsoleWorld) -> None:
    doctor = world.clinic_user()
    data = {"csrf_token": doctor.csrf, "kind": "fault", "text": "Ringetonen er for lav"}
    assert doctor.client.post("/oensker?kind=clinic", data=data).status_code == 303
    assert "Ringetonen er for lav" in doctor.client.get("/oensker?kind=clinic").get_data(as_text=True)
    operator = administrator(world, ConsoleRole.OPERATOR, None)
    assert "Ringetonen er for lav" in operator.get("/konsol/oensker")
    assert "Ringetonen er for lav" not in administrator(world, ConsoleRole.SUPPORT).get("/konsol/oensker")


def administrator(world: ConsoleWorld, role: ConsoleRole, tenant: object = "ours") -> Administrator:
    named = {} if tenant == "ours" else {"tenant": tenant}
    found: Administrator = world.administrator(role, **named)
    return found


def alarmed(world: ConsoleWorld) -> bool:
    seen, now = world.gateway.figures.seen(Limits(), world.gateway.register_ages())
    return any(one.kind is AlarmKind.WISHES and one.tenant is not None for one in conditions(seen, now, Limits()))
