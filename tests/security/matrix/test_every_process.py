"""Whatever can be asked of any process of ours has its row in the matrix, and is tried by somebody who may.

web: tests/unit/web/test_isolation_matrix.py (shown and changed) and tests/unit/web/acts (done); other systems'
doors and lines: test_doors.py; streams and the media's signalling: test_live_and_media.py; figures: here.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from werkzeug.test import Client

from adapters.discovery import found_doors
from gateway.metrics import exporter
from gateway.web.doors.mounting import _rules
from tests.architecture.source import nodes_of
from tests.security.matrix import test_doors, test_live_and_media
from tests.security.test_asvs import why_not_run
from tests.support.matrix.cast import SECRET, STATES
from tests.support.matrix.processes import _opens, listening, of_lines, of_live, of_media, of_web
from tests.unit.web.acts.exercises import EXERCISES
from tests.unit.web.acts.stage import Stage
from tests.unit.web.acts.test_table import acts
from tests.unit.web.test_isolation_matrix import SEES

# Every module that opens something which others can ask, and where the matrix asks it.
ASKED_AT = {
    "gateway/web/app.py": "web",
    "gateway/live/app.py": "live",
    "gateway/live/__main__.py": "live",
    "video/process.py": "media",
    "workers/mllp.py": "mllp",
    "adapters/wire/mllp_listener.py": "mllp",
    "gateway/metrics/exporter.py": "figures",
    "gateway/certify/door.py": "a command's own place for the peer it certifies; no citizen of ours is there",
    "gateway/certify/fault_server.py": "a command's own faulty peer; no citizen of ours is there",
}
DOORS = "tests/integration/clinic/test_web_clinic_doors.py"
NURSES = "tests/integration/nurse/test_web_nurse_doors.py"
# What other systems ask of the web process beside the adapters' doors, and the test in which one of them may.
PEERS = {
    "/internal/rooms": f"{DOORS}::test_media_from_both_sides_starts_the_talk",
    "/.well-known/jwks.json": f"{DOORS}::test_our_keys_are_public_keys",
    "/health": f"{DOORS}::test_health_says_up_and_ready",
    "/health/ready": f"{DOORS}::test_health_says_up_and_ready",
    "/login/<identity>/logout": (
        "tests/integration/arrival/test_provider_logout.py::test_whoever_logs_out_at_the_provider_is_out_here"
    ),
    "/api/v1/launches": f"{NURSES}::test_a_signed_launch_gives_an_address_that_works_once",
}
# Pressed by whoever has no session yet, and where it succeeds.
PRESSED = {
    "/start": f"{NURSES}::test_a_signed_launch_gives_an_address_that_works_once",
    "/gaest/ind": "tests/unit/web/clinic/test_guests.py::test_a_link_works_once_and_leads_to_nothing_else",
    "/sprog": "tests/unit/web/test_the_edge.py::test_over_https_each_cookie_is_bound_to_this_host",
}


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Stage:
    return Stage(tmp_path_factory.mktemp("every"), rate_factor="1000000")


def test_nothing_listens_that_the_matrix_does_not_ask() -> None:
    assert listening() == set(ASKED_AT)


def test_every_route_of_every_process_has_its_row(stage: Stage) -> None:
    web = dict(of_web(stage.world.app))
    assert {audience for audience in web.values() if audience != "static"} == set(SEES)
    doors = {rule for found in found_doors() for address in found.addresses for rule, _ in _rules(address.path)}
    at_doors = {route.path for route, audience in web.items() if audience == "peer"}
    assert at_doors - set(PEERS) == {rule for rule in doors if rule}
    assert {route.path for route in of_live(stage.gateway)} == set(test_live_and_media.HEARS)
    assert {route.path for route in of_media()} == set(test_live_and_media.MEDIA)
    assert {route.path for route in of_lines()} <= set(test_doors.DOORS)
    assert len(web) > 180


def test_what_is_pressed_is_pressed_by_whoever_may(stage: Stage) -> None:
    """Each change through a session is one of the acts, and each act is done in tests/unit/web/acts."""
    done = {rule.rule for rows in acts(stage.world.app).values() for rule, _ in rows}
    assert {(who, verb) for who, each in EXERCISES.items() for verb in each} == set(acts(stage.world.app))
    changes = {(route, who) for route, who in of_web(stage.world.app) if route.method != "GET"}
    left = {route.path for route, who in changes if route.path not in done and who not in ("peer", "static")}
    assert left == set(PRESSED)
    assert [why for test in (*PRESSED.values(), *PEERS.values()) if (why := why_not_run(test))] == []


@pytest.mark.parametrize("state", STATES)
def test_the_figures_name_nobody(stage: Stage, state: str) -> None:
    about = stage.at(state)
    client = Client(exporter._answering(exporter.of_the_gateway(stage.gateway), lambda: ""))
    for path in ("/metrics", "/", "/health", "/health/ready"):
        text = client.get(path).get_data(as_text=True)
        assert not any(word in text for word in (*SECRET, str(about.id))), path


def test_a_process_that_opens_a_place_of_its_own_is_seen(tmp_path: Path) -> None:
    module = tmp_path / "new.py"
    module.write_text("from aiohttp import web\napp = web.Application()\n", encoding="utf-8")
    assert any(_opens(node) for node in nodes_of(module))
