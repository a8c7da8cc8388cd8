"""Login at our FHIR door: what an assertion must be, told to nobody who is not let in (SMART Backend Services)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from joserfc.jwk import ECKey
from sqlalchemy import select

from gateway.domain.scope import SystemScope
from gateway.store.doors.tables import fhir_token
from gateway.store.ground.engine import transaction
from gateway.web.app import create_app
from tests.support.doors.fhir_world import ES, RS, FhirWorld

NOW = int(datetime.now(UTC).timestamp())


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path) -> Iterator[FhirWorld]:
    made = FhirWorld(tmp_path_factory.mktemp("login"), sqlite_template)
    yield made
    made.gateway.engine.dispose()


@pytest.fixture(scope="module")
def client(world: FhirWorld) -> FlaskClient:
    return create_app(world.gateway).test_client()


def ask(client: FlaskClient, form: dict[str, Any]) -> Any:
    return client.post("/fhir/r4/token", data=form)


@pytest.mark.parametrize("key", [ES, RS], ids=["ES384", "RS384"])
def test_an_assertion_under_a_pinned_key_is_a_short_lived_token(
    world: FhirWorld, client: FlaskClient, key: Any
) -> None:
    answer = ask(client, world.form(world.assertion(key)))
    body = answer.get_json()
    assert (answer.status_code, body["token_type"], body["expires_in"]) == (200, "bearer", 300)
    assert body["scope"] == "system/Task.rus system/Subscription.cruds"
    assert answer.headers["Cache-Control"] == "no-store"
    with transaction(world.gateway.engine, SystemScope(), read_only=True) as db:
        rows = db.execute(select(fhir_token)).all()
    assert rows and body["access_token"] not in str(rows), "our rows know its hash alone"
    later = world.gateway.clock.now() + timedelta(seconds=301)
    assert world.gateway.fhir_tokens.holder(body["access_token"], later) is None


def test_an_assertion_works_once(world: FhirWorld, client: FlaskClient) -> None:
    form = world.form(world.assertion())
    assert ask(client, form).status_code == 200
    again = ask(client, form)
    assert (again.status_code, again.get_json()) == (401, {"error": "invalid_client"})


ALSO: dict[str, dict[str, Any]] = {
    "no iat (RFC 7523: optional)": {"iat": None},
    "jku (SMART: optional)": {"header": {"jku": "https://practice.example/jwks.json"}},
    "typed as its draft successor asks": {"header": {"typ": "client-authentication+jwt"}},
    "untyped": {"header": {"typ": None}},
}


@pytest.mark.parametrize("shape", ALSO)
def test_an_assertion_may_be_written_otherwise(world: FhirWorld, client: FlaskClient, shape: str) -> None:
    assert ask(client, world.form(world.assertion(**ALSO[shape]))).status_code == 200


STRANGER = ECKey.generate_key("P-384", parameters={"kid": ES.kid})
WRONG: dict[str, dict[str, Any]] = {
    "another audience": {"aud": "https://other.example/token"},
    "the base as audience": {"aud": "http://gateway.localhost:8000/fhir/r4"},
    "expired": {"iat": NOW - 600, "exp": NOW - 400},
    "from the future": {"iat": NOW + 3600, "exp": NOW + 3700},
    "too long": {"exp": NOW + 3600},
    "no end": {"exp": None},
    "no jti": {"jti": None},
    "an empty jti": {"jti": ""},
    "a jti that is a number": {"jti": 7},
    "another subject": {"sub": "havnen-client"},
    "another client's name": {"iss": "havnen-client", "sub": "havnen-client"},
    "nobody's name": {"iss": "nobody", "sub": "nobody"},
    "a foreign key": {"key": STRANGER},
    "no kid": {"header": {"kid": None}},
    "an unknown kid": {"header": {"kid": "other"}},
    "a foreign key that it brings": {"key": STRANGER, "header": {"jwk": dict(STRANGER.as_dict(private=False))}},
    "a header that must be understood": {"header": {"crit": ["jku"], "jku": "https://evil.example/jwks"}},
    "no start and too long": {"iat": None, "exp": NOW + 3600},
    "another kind of token": {"header": {"typ": "at+jwt"}},
}


@pytest.mark.parametrize("wrong", WRONG)
def test_anything_else_is_nobody(world: FhirWorld, client: FlaskClient, wrong: str) -> None:
    answer = ask(client, world.form(world.assertion(**WRONG[wrong])))
    assert (answer.status_code, answer.get_json()) == (401, {"error": "invalid_client"})


def test_an_unsigned_assertion_is_nobody(world: FhirWorld, client: FlaskClient) -> None:
    signed = world.assertion().split(".")
    none = "eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0"
    for token in (f"{none}.{signed[1]}.", f"{none}.{signed[1]}.x", "", "x", ".".join(signed[:2]), "a.b.c"):
        assert ask(client, world.form(token)).status_code == 401


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"grant_type": "password"}, "unsupported_grant_type"),
        ({"grant_type": ["client_credentials"] * 2}, "invalid_request"),
        ({"client_assertion_type": "other"}, "invalid_client"),
        ({"scope": "system/Patient.r"}, "invalid_scope"),
        ({"scope": "user/Task.r launch openid"}, "invalid_scope"),
    ],
)
def test_a_request_that_is_none_is_told_so(
    world: FhirWorld, client: FlaskClient, change: dict[str, Any], error: str
) -> None:
    answer = ask(client, {**world.form(world.assertion()), **change})
    assert answer.get_json() == {"error": error}
    assert answer.status_code == (401 if error == "invalid_client" else 400)


def test_a_token_may_be_asked_for_less(world: FhirWorld, client: FlaskClient) -> None:
    for asked, got in (("system/Task.r", "system/Task.r"), ("system/Task.write", "system/Task.u")):
        assert ask(client, world.form(world.assertion(), asked)).get_json()["scope"] == got
