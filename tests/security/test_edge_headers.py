"""What every answer of the web process carries in production, and what it does not serve at all."""

from __future__ import annotations

import base64
import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

import pytest
from flask import url_for
from flask.testing import FlaskClient
from werkzeug.http import parse_options_header
from werkzeug.routing import Rule

from gateway.web.app import create_app
from gateway.web.forms import Form
from gateway.web.nurse import practice_letters
from tests.architecture.source import ROOT
from tests.unit.web.nurse_world import NurseWorld

PUBLIC = "https://video.example.dk"
EXAMPLES = {"UUIDConverter": UUID(int=7), "IntegerConverter": 7}
TITLES = ("../../etc/passwd", 'a"; filename="b.html', "a\r\nSet-Cookie: x=y", "æøå", "", "a\0b", "C:\\x", "...")
PLACES = ("/login", "/api/v1/none", "/static/css/none.css", "/health/up", "/konsol", "/none")


@pytest.fixture(scope="module")
def production(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FlaskClient]:
    world = NurseWorld(tmp_path_factory.mktemp("edge"))
    settings = world.gateway.settings.model_copy(
        update={"environment": "production", "public_url": PUBLIC, "live_url": PUBLIC, "media_url": PUBLIC}
    )
    yield create_app(replace(world.gateway, settings=settings)).test_client()
    world.gateway.engine.dispose()


@pytest.mark.parametrize("place", PLACES)
def test_every_answer_is_hardened(production: FlaskClient, place: str) -> None:
    headers = production.get(place, base_url=PUBLIC).headers
    assert headers["X-Content-Type-Options"] == "nosniff" and headers["Referrer-Policy"] == "no-referrer"
    policy = dict(part.strip().partition(" ")[::2] for part in headers["Content-Security-Policy"].split(";"))
    assert (
        policy["default-src"] == "'none'" and policy["frame-ancestors"] == "'none'" and policy["base-uri"] == "'none'"
    )
    assert (
        policy["script-src"] == policy["worker-src"] == "'self'" and "unsafe" not in headers["Content-Security-Policy"]
    )
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert headers["Strict-Transport-Security"] == "max-age=31536000; includeSubDomains"
    assert "Access-Control-Allow-Origin" not in headers


def test_a_screen_may_be_shown_from_the_clinics_call_and_from_no_other_page(production: FlaskClient) -> None:
    """Every route is asked, by somebody who is not logged in: the answer is of that route whatever it says."""
    rules = [rule for rule in production.application.url_map.iter_rules() if "GET" in (rule.methods or ())]
    told = {rule.endpoint: _permissions(production, rule) for rule in rules}
    assert {endpoint for endpoint, may in told.items() if "display-capture=(self)" in may} == {"clinic_call.call"}
    assert all("display-capture=()" in may for endpoint, may in told.items() if endpoint != "clinic_call.call")
    assert len(told) > 50


def _permissions(client: FlaskClient, rule: Rule) -> str:
    values = {name: EXAMPLES.get(type(kind).__name__, "x") for name, kind in rule._converters.items()}
    with client.application.test_request_context(base_url=PUBLIC):
        address = url_for(rule.endpoint, **values)
    return client.get(address, base_url=PUBLIC).headers["Permissions-Policy"]


@pytest.mark.parametrize("place", PLACES)
def test_a_text_says_its_character_set(production: FlaskClient, place: str) -> None:
    kind = production.get(place, base_url=PUBLIC).headers["Content-Type"]
    assert "charset=utf-8" in kind or kind in ("application/problem+json", "application/json"), "JSON is UTF-8"


@pytest.mark.parametrize("method", ["TRACE", "CONNECT", "TRACK"])
def test_no_method_repeats_a_request(production: FlaskClient, method: str) -> None:
    answer = production.open("/login", method=method, base_url=PUBLIC, headers={"X-Mark": "mark-of-the-caller"})
    assert answer.status_code in (403, 405) and b"mark-of-the-caller" not in answer.data


@pytest.mark.parametrize("place", ["/.git/HEAD", "/.env", "/static/", "/static/js/", "/static/../app.py", "/console"])
def test_no_folder_no_source_and_no_debugger_is_served(production: FlaskClient, place: str) -> None:
    assert production.get(place, base_url=PUBLIC).status_code == 404


@pytest.mark.parametrize(
    "title", ["../../etc/passwd", 'a"; filename="b.html', "a\r\nSet-Cookie: x=y", "æøå", "", "a\0b"]
)
def test_an_attachments_name_is_only_a_name(production: FlaskClient, title: str) -> None:
    """What a stranger called it: saved, never opened, in no other folder, and no header of its own making."""
    content = {"data": base64.b64encode(b"%PDF").decode(), "title": title, "type": "application/pdf"}
    with production.application.test_request_context():
        headers = practice_letters._file(content).headers
    kind, options = parse_options_header(headers["Content-Disposition"])
    name = options["filename"]
    assert kind == "attachment" and name.endswith(".pdf") and not set("/\\\r\n\0") & set(name)
    assert "Set-Cookie" not in headers and headers["Content-Security-Policy"] == "sandbox"


def test_no_form_takes_what_it_does_not_name() -> None:
    """Every field is written down; whatever else a request says reaches nothing. ``Week`` reads two fields per day
    and span by name and keeps no other."""
    found = list(forms_below(Form))
    assert len(found) > 20
    assert {form.model_config.get("extra") for form in found if form.__name__ != "Week"} <= {"ignore", "forbid"}


def forms_below(kind: type[Form]) -> Iterator[type[Form]]:
    for each in kind.__subclasses__():
        yield each
        yield from forms_below(each)


def test_debugging_is_off(production: FlaskClient) -> None:
    assert not production.application.debug and not production.application.testing


def test_nothing_is_sent_on_to_another_scheme(production: FlaskClient) -> None:
    """A program that asks in clear is not led on quietly: the proxy decides (docs/operating.md)."""
    answer = production.get("/api/v1/none", base_url=PUBLIC.replace("https", "http"))
    assert answer.status_code == 404


def test_a_line_of_the_log_stays_one_line() -> None:
    """JSON, with its moment in UTC; what breaks lines is escaped. Run apart: logging belongs to a whole process."""
    code = "from gateway import logs; logs.configure('web'); logs.log('x').info('e', said=chr(10) + 'a' + chr(13))"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    (line,) = [each for each in ran.stderr.split("\n") if "said" in each]
    read = json.loads(line)
    assert (read["said"], read["level"], read["process"]) == ("\na\r", "info", "web")
    assert datetime.fromisoformat(read["timestamp"]).utcoffset() == timedelta(0)
