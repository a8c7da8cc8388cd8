"""Where the web process meets the net: whose requests it answers, and what its cookies are bound to."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from gateway.web.app import create_app
from tests.unit.web.nurse_world import NurseWorld

WEB = Path(__file__).parents[3] / "gateway" / "web"
PUBLIC = "https://video.example.dk"


@pytest.fixture
def production(tmp_path: Path) -> Iterator[FlaskClient]:
    world = NurseWorld(tmp_path)
    settings = world.gateway.settings.model_copy(
        update={"environment": "production", "public_url": PUBLIC, "live_url": PUBLIC, "media_url": PUBLIC}
    )
    yield create_app(replace(world.gateway, settings=settings)).test_client()
    world.gateway.engine.dispose()


def ask(client: FlaskClient, host: str) -> Any:
    return client.get("/login", headers={"Host": host}, base_url=PUBLIC)


@pytest.mark.parametrize("host", ["evil.example", "video.example.dk.evil.example", "evil.example:443", ""])
def test_another_host_name_is_refused(production: FlaskClient, host: str) -> None:
    answer = ask(production, host)
    assert answer.status_code == 400
    assert "evil" not in answer.get_data(as_text=True)


@pytest.mark.parametrize("host", ["video.example.dk", "video.example.dk:443", "127.0.0.1:8000", "localhost"])
def test_our_own_names_are_answered(production: FlaskClient, host: str) -> None:
    assert ask(production, host).status_code == 200


def test_over_https_each_cookie_is_bound_to_this_host(production: FlaskClient) -> None:
    page = production.get("/login", base_url=PUBLIC)
    assert page.status_code == 200
    chosen = production.post("/sprog", data={"language": "en"}, base_url=PUBLIC)
    put = chosen.headers.getlist("Set-Cookie")
    assert [each.partition("=")[0] for each in put] == ["__Host-laegebro_language"]
    for each in put:
        assert {"Secure", "HttpOnly", "Path=/", "SameSite=Lax"} <= {part.strip() for part in each.split(";")}
        assert "Domain" not in each
    assert '<html lang="en">' in production.get("/login", base_url=PUBLIC).get_data(as_text=True)


def test_cookies_are_put_read_and_dropped_in_one_place() -> None:
    """Elsewhere a flag would be forgotten."""
    found = []
    for file in WEB.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Attribute) and node.attr in ("set_cookie", "delete_cookie", "cookies"):
                found.append(file.name)
    assert set(found) == {"cookies.py"}
