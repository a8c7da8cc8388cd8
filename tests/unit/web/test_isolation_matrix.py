"""Nobody sees or changes what is not hers: every route × every method × fourteen actors × states of one consultation.

The routes are found in the application, so a new one is in the matrix by itself; one whose audience is not named in
``SEES`` is red. That whoever may does, act by act, is tests/unit/web/acts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from uuid import UUID

import pytest
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from gateway.domain.consultation.aggregate import Consultation
from gateway.web.guards import audience_of
from tests.security.test_asvs import why_not_run
from tests.support.matrix.cast import SECRET, STATES, Cast
from tests.unit.web.acts.stage import Stage
from tests.unit.web.test_looking_is_audited import address

# Who may be shown who the citizen is, and her text, by the audience that the route names.
SEES: Mapping[str, frozenset[str]] = {
    "employee": frozenset({"owner"}),
    "clinic": frozenset({"doctor"}),
    "anyone": frozenset({"owner", "doctor"}),
    "citizen": frozenset(),
    "guest": frozenset(),
    "console": frozenset(),
    "peer": frozenset(),
    "public": frozenset(),
}
# A workplace's list names what colleagues have waiting to whoever was granted that workplace, and says why.
LISTS = {"workplace.overview": "grund=agreed"}
SHARED: Mapping[str, frozenset[str]] = {"workplace.overview": frozenset({"colleague"})}
# Pages for whoever another system has sent, and the test in which one is: that system is a process of its own there.
STILLS = "tests/unit/web/nurse/test_stills.py::test_a_picture_is_shown_to_both_sides_as_nothing_but_a_picture"
NURSES = "tests/integration/nurse/test_web_nurse_doors.py"
WITH: Mapping[str, str] = {
    "/launch/smart": f"{NURSES}::test_a_smart_launch_lands_on_the_start_page",
    "/launch/smart/callback": f"{NURSES}::test_a_smart_launch_lands_on_the_start_page",
    "/login/<identity>": f"{NURSES}::test_d16_launched_by_smart_at_the_pc_and_found_again_by_login_on_the_tablet",
    "/login/callback": f"{NURSES}::test_d16_launched_by_smart_at_the_pc_and_found_again_by_login_on_the_tablet",
    "/konsultation/<uuid:id>/bilag/<uuid:attachment>": (
        "tests/integration/nurse/test_letters_browser.py::test_letters_stay_with_the_consultation"
    ),
    "/konsultation/<uuid:id>/billede/<uuid:still>": STILLS,
    "/klinik/samtale/<uuid:entry>/billede/<uuid:still>": STILLS,
    "/konsol/forbindelser/<connection>/kontraktproeve/raekker": (
        "tests/unit/web/console/test_contracts.py::test_an_interrupted_run_says_so_and_may_be_run_again"
    ),
    "/konsol/forbindelser/<connection>/kontraktproeve/<uuid:id>.html": (
        "tests/unit/web/console/test_contracts.py::test_the_report_is_the_vendors_and_no_other_organisation_sees_it"
    ),
    "/konsol/haendelse/<uuid:id>": (
        "tests/unit/web/console/review/test_review.py::test_a_fault_is_counted_and_its_citizens_are_named_by_two_only"
    ),
    "/konsol/opsaetning/kladde/vis": (
        "tests/unit/web/console/matters/test_setup.py::test_a_wording_is_valid_from_its_day_and_who_approved_it_is_told"
    ),
    "/konsol/tilsyn/stikproeve/<month>": (
        "tests/unit/web/console/review/test_log_reviews.py::test_a_month_is_drawn_once_and_no_citizen_is_in_it"
    ),
    "/konsol/tilsyn/stikproeve/<month>.pdf": (
        "tests/unit/web/console/review/test_log_reviews.py::test_judged_and_signed_nothing_changes_any_more"
    ),
    "/konsol/klinikker/<number>/invitation": (
        "tests/unit/web/console/test_practices.py::test_ad17_who_is_not_connected_gets_a_letter"
    ),
}
OVER = "/start/slut/<why>"  # a page that says why a start is over: 410


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Stage:
    return Stage(tmp_path_factory.mktemp("matrix"), rate_factor="1000000")


@pytest.fixture(scope="module")
def cast(stage: Stage) -> Cast:
    return Cast(stage)


def routes(stage: Stage) -> Iterator[tuple[Rule, str, str]]:
    """Every route with each of its methods and its audience; those that end the session they are asked with go last."""
    with stage.world.app.app_context():
        found = [(rule, audience_of(rule.endpoint) or "") for rule in stage.world.app.url_map.iter_rules()]
    for rule, audience in sorted(found, key=lambda each: (each[0].endpoint == "login.end", each[0].rule)):
        if rule.endpoint != "static":
            for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
                yield rule, method, audience


def asked_of(rule: Rule, consultation: Consultation) -> str:
    path, more = address(rule, consultation), LISTS.get(rule.endpoint)
    path = path if "<connection>" not in rule.rule else path.replace(consultation.short_id, "eoj-nexus")
    return f"{path}?{more}" if more else path


def delivery_of(stage: Stage, consultation: Consultation) -> UUID:
    """What the console shows of it: something is owed to its practice or its record."""
    rows = stage.gateway.store.deliveries_of(stage.world.scope, consultation.id)
    return rows[0].id if rows else consultation.id


def test_every_route_says_who_sees(stage: Stage) -> None:
    assert {audience for _, _, audience in routes(stage)} <= set(SEES)


@dataclass
class Walk:
    """Every page once by everybody, in one state. ``answered``: pages that somebody was given."""

    broken: list[tuple[str, str, str, int]] = field(default_factory=list)
    told: set[str] = field(default_factory=set)
    answered: set[str] = field(default_factory=set)


@pytest.fixture(scope="module")
def walked(stage: Stage, cast: Cast) -> Callable[[str], Walk]:
    @cache
    def walk(state: str) -> Walk:
        made, consultation = Walk(), stage.at(state)
        people = cast.with_device_of(consultation)
        stage.gateway.access.see_citizen(stage.nurse.session, consultation.id)
        for rule, method, audience in routes(stage):
            for who, somebody in people.items() if method == "GET" else ():
                path = asked_of(rule, consultation)
                if rule.rule.startswith("/konsol/besked/"):
                    path = path.replace(str(consultation.id), str(delivery_of(stage, consultation)))
                answer = somebody.ask(method, path)
                shown = any(word in answer.get_data(as_text=True) for word in SECRET)
                if shown and who not in SEES[audience] | SHARED.get(rule.endpoint, frozenset()):
                    made.broken.append((who, method, rule.rule, answer.status_code))
                made.told |= {who} if shown else set()
                if (
                    answer.status_code == 200
                    or rule.rule == OVER
                    or (answer.status_code < 400 and not _to_login(answer))
                ):
                    made.answered.add(rule.rule)
        return made

    return walk


def _to_login(answer: TestResponse) -> bool:
    return "/login" in answer.headers.get("Location", "")


@pytest.mark.parametrize("state", STATES)
def test_nobody_is_shown_what_is_not_hers(walked: Callable[[str], Walk], state: str) -> None:
    walk = walked(state)
    assert walk.broken == []
    assert "owner" in walk.told, "the words it looks for must be there to be found"
    assert "doctor" in walk.told or state == "draft"
    assert "colleague" in walk.told or state != "waiting"


def test_no_page_is_tried_as_a_refusal_only(stage: Stage, walked: Callable[[str], Walk]) -> None:
    """Somebody is given each page in some state, or in the test that ``WITH`` names."""
    pages = {rule.rule for rule, method, audience in routes(stage) if method == "GET" and audience != "peer"}
    given = set().union(*(walked(state).answered for state in STATES))
    assert pages - given == set(WITH)
    assert [why for test in WITH.values() if (why := why_not_run(test))] == []


@pytest.mark.parametrize("state", ("waiting", "talk"))
def test_nobody_changes_what_is_not_hers(stage: Stage, cast: Cast, state: str) -> None:
    """The owner, the doctor who has it and the colleagues of the workplace may: act by act in tests/unit/web/acts."""
    outsiders = {who: one for who, one in cast.people.items() if who not in ("owner", "doctor", "colleague")}
    consultation = stage.at(state)
    broken, tried = [], 0
    for rule, method, _ in routes(stage):
        if method == "GET" or rule.endpoint in ("login.end",):
            continue
        for who, somebody in outsiders.items():
            answer = somebody.ask(method, asked_of(rule, consultation))
            tried += 1
            if any(word in answer.get_data(as_text=True) for word in SECRET):
                broken.append((who, method, rule.rule, answer.status_code))
    assert broken == []
    assert stage.gateway.store.load(stage.world.scope, consultation.id) == consultation, "not a letter of it moved"
    assert tried > 800
